// The controller's knowledge for people: reads, never changes. What `describe`, `hosts`, `why`, `plan`,
// `logs` and `doctor` show comes from here.

import { actionKey } from '../action/action.ts';
import type { DesiredHost, DesiredService } from '../desired/desired.ts';
import { imageToRun } from '../desired/revision.ts';
import type { Problem } from '../kernel/errors.ts';
import type { HostId, RevisionId, ServiceKey } from '../kernel/ids.ts';
import { isOwnedBy, type OwnedContainer, ownedContainer } from '../kernel/owner.ts';
import type { Result } from '../kernel/result.ts';
import type { Instant } from '../kernel/time.ts';
import type { HostView } from '../observed/host-view.ts';
import type { ObservedContainer } from '../observed/report.ts';
import { type Forecast, forecast } from '../plan/forecast.ts';
import type { Host } from '../ports/host.ts';
import type { Store, StoredAuditEntry } from '../ports/store.ts';
import type { ImageFact } from '../rollout/facts.ts';
import { inSpecOrder, isRowOf } from '../rollout/found-row.ts';
import { type Instance, instanceName, type Rollout, type ServiceMemory } from '../rollout/memory.ts';
import { findTakenPorts, type KnownOfHost } from './doctor.ts';
import { copyFleet, type FleetCopy } from './fleet-copy.ts';
import type { Parts } from './parts.ts';
import { worldOf } from './pass.ts';
import { type PublishedPort, publishedPorts } from './published-ports.ts';
import { hostReason, sourceState } from './read-status.ts';
import { type RunView, viewRun } from './run-view.ts';
import { explain, type Link } from './why.ts';

/** One of our containers, on the host where it was seen. */
export interface LocatedContainer {
  readonly host: Host;
  readonly container: ObservedContainer;
  readonly identity: OwnedContainer;
}

/** Where a service comes from. */
export interface ServiceOrigin {
  /** Of the revision that runs; where none does, of the one that is to run. Null: nothing is decided yet. */
  readonly image: string | null;
  /** The one that the commit names; null where no commit wants the service. */
  readonly desiredImage: string | null;
  readonly source: string;
  readonly commit: string | null;
  readonly pin: ServiceMemory['pin'];
  readonly dependsOn: readonly ServiceKey[];
}

/** What is seen of an instance. */
export interface InspectedInstance {
  /** Null where there is none, or where its host was never seen. */
  readonly container: ObservedContainer | null;
  readonly ports: readonly PublishedPort[];
  readonly hostState: HostView['state'];
  /** How old the picture is, where the host does not answer; null: it is of now, or there is none. */
  readonly asOf: Instant | null;
}

export interface InspectedHost {
  readonly host: DesiredHost;
  /** No commit has it in the fleet any more. */
  readonly isLeaving: boolean;
  /** Why it is in its state. */
  readonly because: string;
  readonly view: HostView;
  readonly containers: { readonly own: number; readonly foreign: number };
}

/** What is known about the image that the commit in force names; an older answer is about another one. */
function imageFact(
  memory: ServiceMemory | null,
  desired: DesiredService | null,
  fact: ImageFact | undefined,
): ImageFact | null {
  const reference = desired?.container.image;
  if (fact !== undefined && fact.reference === reference) return fact;
  const known = memory?.image ?? null;
  if (known === null || known.reference !== reference) return null;
  return { reference, at: known.resolvedAt, outcome: { ok: true, identity: known.identity } };
}

export class Inspection {
  readonly #parts: Parts;
  readonly #unmetHosts: () => ReadonlySet<HostId>;

  constructor(parts: Parts, unmetHosts: () => ReadonlySet<HostId>) {
    this.#parts = parts;
    this.#unmetHosts = unmetHosts;
  }

  /** Whether a host answers at the moment. */
  answers(host: HostId): boolean {
    return this.#parts.fleet.view(host)?.state === 'fresh';
  }

  /** The containers of a service, running or not, by ordinal, the latest started first. */
  containers(key: ServiceKey): readonly LocatedContainer[] {
    const located: LocatedContainer[] = [];
    for (const view of this.#parts.fleet.views()) {
      const host = this.#parts.fleet.host(view.host);
      if (host === undefined) continue;
      for (const container of view.containers.values()) {
        const identity = ownedContainer(container.labels, this.#parts.options.id);
        if (identity?.key === key) located.push({ host, container, identity });
      }
    }
    const startedAt = (c: LocatedContainer): number => c.container.startedAt ?? 0;
    return located.sort((a, b) => a.identity.ordinal - b.identity.ordinal || startedAt(b) - startedAt(a));
  }

  /** Null where no commit wants the service and nothing is remembered of it. */
  origin(key: ServiceKey): ServiceOrigin | null {
    const { sources, keeper } = this.#parts;
    const desired = sources.desired.services.get(key);
    const memory = keeper.memory.services.get(key);
    const source = desired?.source ?? memory?.source;
    if (source === undefined) return null;
    return {
      image: this.#imageThatRuns(key),
      desiredImage: desired?.container.image ?? null,
      source,
      commit: sources.desired.commits.get(source) ?? null,
      pin: memory?.pin ?? null,
      dependsOn: desired?.dependsOn ?? memory?.dependsOn ?? [],
    };
  }

  #imageThatRuns(key: ServiceKey): string | null {
    const { services, revisions } = this.#parts.keeper.memory;
    const counts = new Map<RevisionId, number>();
    for (const { container, identity } of this.containers(key)) {
      if (container.status === 'running')
        counts.set(identity.revision, (counts.get(identity.revision) ?? 0) + 1);
    }
    const most = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
    const revision = most ?? services.get(key)?.target ?? null;
    return revision === null ? null : (revisions.get(revision)?.container.image ?? null);
  }

  instance(key: ServiceKey, instance: Instance): InspectedInstance {
    const view = this.#parts.fleet.view(instance.host);
    const isIt = ({ host, container: it, identity }: LocatedContainer): boolean =>
      isRowOf(instance, { host: host.id, container: it, identity });
    const container = this.containers(key).find(isIt)?.container ?? null;
    const specs = this.#parts.keeper.memory.revisions.get(instance.revision)?.container.ports ?? [];
    return {
      container,
      ports: publishedPorts(container?.hostPorts ?? [], specs, inSpecOrder(specs, instance.hostPorts)),
      hostState: view?.state ?? 'unknown',
      asOf: view === undefined || view.state === 'fresh' ? null : view.seenAt,
    };
  }

  /** A run of the service, with where it is among its steps. */
  run(key: ServiceKey, rollout: Rollout): RunView {
    const { keeper, blocked } = this.#parts;
    return viewRun(rollout, keeper.memory.services.get(key) ?? null, blocked.get(key) ?? []);
  }

  hosts(): readonly InspectedHost[] {
    const { fleet, options, sources, hosts } = this.#parts;
    return fleet.views().flatMap((view) => {
      const host = hosts.get(view.host);
      if (host === undefined) return [];
      const all = [...view.containers.values()];
      const own = all.filter((c) => isOwnedBy(c.labels, options.id)).length;
      const isLeaving = !sources.desired.hosts.has(host.id);
      const because = hostReason(this.#parts, view);
      return [{ host, isLeaving, because, view, containers: { own, foreign: all.length - own } }];
    });
  }

  /** What would be done now if everything went well, whether or not anything may be done. */
  forecast(): Forecast {
    return forecast(worldOf(this.#parts, { reportOnly: null, unmetHosts: this.#unmetHosts() }));
  }

  /** From the commit to the containers: each link is the ground of those below. */
  async why(key: ServiceKey): Promise<readonly Link[]> {
    const { sources, keeper, blocked, fleet, prober, resolver, failures, options } = this.#parts;
    const desired = sources.desired.services.get(key) ?? null;
    const memory = keeper.memory.services.get(key) ?? null;
    const sourceId = desired?.source ?? memory?.source ?? null;
    const accepted = sourceId === null ? [] : await options.store.audit({ limit: 20, object: sourceId });
    const containers = this.containers(key);
    const unread = sourceId === null ? null : sourceState(this.#parts, sourceId);
    return explain({
      key,
      desired,
      memory,
      source: sources.status().find((s) => s.id === sourceId) ?? null,
      accepted: accepted.find((entry) => entry.event === 'commit/accepted') ?? null,
      unread: unread?.kind === 'unread' ? unread.because : null,
      image: imageFact(memory, desired, resolver.facts.get(key)),
      instances: (memory?.instances ?? []).map((instance) => {
        const name = memory === null ? '' : instanceName(memory, instance);
        const container = containers.find((c) => c.container.name === name)?.container ?? null;
        return {
          instance,
          name,
          container,
          view: fleet.view(instance.host) ?? null,
          probe: container === null ? null : (prober.verdicts.get(container.id) ?? null),
        };
      }),
      failures: this.#failuresOf(key, memory).flatMap((action) => {
        const failure = failures.entries.get(action);
        return failure === undefined ? [] : [{ action, failure }];
      }),
      blocked: blocked.get(key) ?? [],
    });
  }

  /** The keys of actions that serve this service: those on its containers, and the pulls of its image. */
  #failuresOf(key: ServiceKey, memory: ServiceMemory | null): readonly string[] {
    const target = memory?.target ?? null;
    const revision = target === null ? undefined : this.#parts.keeper.memory.revisions.get(target);
    const pulls = new Set(
      revision === undefined
        ? []
        : this.#parts.fleet.views().map((v) => actionKey(v.host, 'pullImage', imageToRun(revision))),
    );
    const prefix = `${key.replace('/', '.')}.`;
    const isOurs = (action: string): boolean =>
      pulls.has(action) || (action.split('/')[2]?.startsWith(prefix) ?? false);
    return [...this.#parts.failures.entries.keys()].filter(isOurs);
  }

  /** Everything that a simulation begins with. Rejects where the store cannot be read. */
  copy(): Promise<Result<FleetCopy, Problem>> {
    return copyFleet(this.#parts);
  }

  /** Newest first. */
  audit(query: Parameters<Store['audit']>[0]): Promise<readonly StoredAuditEntry[]> {
    return this.#parts.options.store.audit(query);
  }

  /** Ports that our services want on this host and somebody else has, and how its load balancer stands. */
  knownOf(id: HostId): KnownOfHost {
    const { fleet, sources, options, balancers, balancerWaits } = this.#parts;
    const view = fleet.view(id);
    const waits = balancerWaits.lasting(id, options.clock.now());
    return {
      taken: view === undefined ? [] : findTakenPorts(view, sources.desired.services.values(), options.id),
      balancer: waits ?? (balancers.facts.has(id) ? null : undefined),
    };
  }
}
