// The heart: what is wanted, remembered and seen goes in, what to do and what to remember comes out.

import type { Action } from '../action/action.ts';
import type { ConfigFile } from '../desired/desired.ts';
import type { Revision } from '../desired/revision.ts';
import type { HostId, RevisionId, ServiceKey, SourceId } from '../kernel/ids.ts';
import { isOwnedBy } from '../kernel/owner.ts';
import { isSameJson } from '../kernel/same-json.ts';
import type { Instant } from '../kernel/time.ts';
import { type HostView, unknownHost } from '../observed/host-view.ts';
import { LoadTable } from '../placement/load.ts';
import type { Candidate } from '../placement/place.ts';
import type { StepResult } from '../rollout/draft.ts';
import type { Ask, Blocked } from '../rollout/facts.ts';
import type { ServiceMemory } from '../rollout/memory.ts';
import { stepService } from '../rollout/step.ts';
import { routingOf, whyNoDoors } from '../traffic/routing.ts';
import type { Sight } from '../traffic/sight.ts';
import { planBalancers, sightOf } from './balancers.ts';
import { isUndecided, newRow } from './new-row.ts';
import { dependenciesMissing, dependentsLeft, inDependencyOrder } from './order.ts';
import type { EndedRollout, Plan, World } from './world.ts';

/** Which services to look at: those whose inputs changed, or all. */
export type Scope = ReadonlySet<ServiceKey> | 'all';

function countLoad(world: World, load: LoadTable): void {
  for (const memory of world.memory.services.values()) {
    for (const instance of memory.instances) {
      const ports = world.memory.revisions.get(instance.revision)?.container.ports ?? [];
      const taken = instance.hostPorts.flatMap((port, i) =>
        port === null ? [] : [{ port, protocol: ports[i]?.protocol ?? ('tcp' as const) }],
      );
      load.add({ service: memory.key, host: instance.host, ports: taken });
    }
  }
  for (const view of world.observed.hosts.values()) {
    for (const container of view.containers.values()) {
      if (container.status !== 'running' || isOwnedBy(container.labels, world.controller)) continue;
      for (const { port, protocol } of container.hostPorts) load.blockPort(view.host, port, protocol);
    }
  }
}

function candidatesOf(world: World): readonly Candidate[] {
  return [...world.desired.hosts.values()].map((host) => ({
    host,
    view: world.observed.hosts.get(host.id) ?? unknownHost(host.id, world.now),
  }));
}

/** Mutable while one plan is made: later services see what earlier ones decided. */
class Planning {
  readonly world: World;
  readonly load: LoadTable;
  readonly candidates: readonly Candidate[];
  readonly changed = new Map<ServiceKey, ServiceMemory | null>();
  readonly revisions = new Map<RevisionId, Revision>();
  readonly volumeHosts = new Map<string, HostId>();
  readonly actions = new Map<string, Action>();
  readonly blocked = new Map<ServiceKey, readonly Blocked[]>();
  readonly asks: Ask[] = [];
  readonly ended: EndedRollout[] = [];
  readonly wakeAt = new Map<ServiceKey, Instant>();
  readonly sight: Sight;

  constructor(world: World) {
    this.world = world;
    this.sight = sightOf(world, world.memory.services, (id) => this.#revision(id));
    this.load = new LoadTable((load) => countLoad(world, load));
    this.candidates = candidatesOf(world);
  }

  memoryOf(key: ServiceKey): ServiceMemory | undefined {
    const changed = this.changed.get(key);
    return changed === undefined ? this.world.memory.services.get(key) : (changed ?? undefined);
  }

  #revision(id: RevisionId): Revision | null {
    return this.revisions.get(id) ?? this.world.memory.revisions.get(id) ?? null;
  }

  /** The rows as this plan leaves them. */
  servicesAfter(): ReadonlyMap<ServiceKey, ServiceMemory> {
    if (this.changed.size === 0) return this.world.memory.services;
    const after = new Map(this.world.memory.services);
    for (const [key, row] of this.changed) {
      if (row === null) after.delete(key);
      else after.set(key, row);
    }
    return after;
  }

  balancers(): ReturnType<typeof planBalancers> {
    const after = this.servicesAfter();
    const isSame = after === this.world.memory.services;
    const sight = isSame ? this.sight : sightOf(this.world, after, (id) => this.#revision(id));
    return planBalancers(this.world, sight, [...this.actions.values()]);
  }

  #config(hash: string): readonly ConfigFile[] | null {
    return this.world.desired.configs.get(hash)?.files ?? this.world.memory.configs.get(hash) ?? null;
  }

  /** Containers of ours that no row and no commit explains: they are cleared away like a removed service. */
  #orphan(key: ServiceKey): ServiceMemory | null {
    const { observed, desired, memory, settings } = this.world;
    const first = observed.byService.get(key)[0];
    if (first === undefined || settings.fleetSource === null) return null;
    const { namespace, service: name } = first.identity;
    const source = desired.namespaces.get(namespace)?.source ?? settings.fleetSource;
    return newRow(memory, { key, namespace, name, source });
  }

  /**
   * "Not wanted" is a statement of the source's commit: a source that was not read says nothing. Whose a service
   * is that was only found by its labels is a guess: then each source must have been read.
   */
  #unreadSourceOf(service: ServiceMemory): SourceId | null {
    const { desired, settings } = this.world;
    const asked = isUndecided(service) ? [service.source, ...settings.sources] : [service.source];
    return asked.find((source) => !desired.commits.has(source)) ?? null;
  }

  step(key: ServiceKey): void {
    const { world } = this;
    const desired = world.desired.services.get(key) ?? null;
    const before =
      this.memoryOf(key) ?? (desired === null ? this.#orphan(key) : newRow(world.memory, desired));
    if (before === null) return;
    const unread = desired === null ? this.#unreadSourceOf(before) : null;
    if (unread !== null) {
      const because = `source ${unread} is not read: left as it is`;
      this.blocked.set(key, [{ object: key, because, needs: 'time' }]);
      return;
    }
    const hosts: ReadonlyMap<HostId, HostView> = world.observed.hosts;
    const result = stepService({
      now: world.now,
      controller: world.controller,
      memory: before,
      desired,
      commit: desired === null ? null : (world.desired.commits.get(desired.source) ?? null),
      found: world.observed.byService.get(key),
      candidates: this.candidates,
      hosts,
      facts: world.facts,
      filled: world.memory.filled,
      load: this.load,
      volumeHosts: new Map([...world.memory.volumeHosts, ...this.volumeHosts]),
      revision: (id) => this.#revision(id),
      config: (hash) => this.#config(hash),
      waitsFor: dependenciesMissing(key, world.desired, (other) => this.memoryOf(other)),
      removalWaitsFor: desired === null ? dependentsLeft(key, world.desired, this.servicesAfter()) : null,
      routing: routingOf(this.sight, before),
      planned: () => this.actions.values(),
      whyNoDoors: (host, connects) => whyNoDoors(this.sight, before, host, connects),
      settings: world.settings,
    });
    this.#collect(key, before, result);
  }

  /** What several services need is done in the way that waits for least: nobody waits for another's image. */
  #addAction(action: Action): void {
    const known = this.actions.get(action.key);
    if (known === undefined || action.after.length < known.after.length) this.actions.set(action.key, action);
  }

  #collect(key: ServiceKey, before: ServiceMemory, result: StepResult): void {
    const isNew = !this.world.memory.services.has(key);
    if (result.gone) this.changed.set(key, null);
    else if (isNew || !isSameJson(result.memory, before)) this.changed.set(key, result.memory);
    for (const revision of result.revisions) this.revisions.set(revision.id, revision);
    for (const [volume, host] of result.volumeHosts) this.volumeHosts.set(volume, host);
    for (const action of result.actions) this.#addAction(action);
    for (const rollout of result.ended) this.ended.push({ service: key, rollout });
    this.asks.push(...result.asks);
    this.blocked.set(key, result.blocked);
    if (result.wakeAt !== null) this.wakeAt.set(key, result.wakeAt);
  }
}

function keysInScope(world: World, scope: Scope): readonly ServiceKey[] {
  const { services: desired } = world.desired;
  const { services: remembered } = world.memory;
  const { byService: found } = world.observed;
  return scope === 'all'
    ? [...new Set([...desired.keys(), ...remembered.keys(), ...found.keys()])]
    : [...scope].filter((key) => desired.has(key) || remembered.has(key) || found.has(key));
}

export function reconcile(world: World, scope: Scope = 'all'): Plan {
  const planning = new Planning(world);
  const dependenciesOf = (key: ServiceKey): readonly ServiceKey[] =>
    world.desired.services.get(key)?.dependsOn ?? [];
  for (const key of inDependencyOrder(keysInScope(world, scope), dependenciesOf)) planning.step(key);
  const { actions: told, ...balancers } = planning.balancers();
  const actions = [...planning.actions.values(), ...told];
  return {
    actions: world.settings.reportOnly === null ? actions : [],
    services: planning.changed,
    revisions: [...planning.revisions.values()],
    volumeHosts: planning.volumeHosts,
    ended: planning.ended,
    asks: planning.asks,
    blocked: planning.blocked,
    wakeAt: planning.wakeAt,
    balancers,
  };
}
