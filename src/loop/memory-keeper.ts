// The controller's memory, and the one way to change it: a plan's rows are in the store before they
// count, so that no effect is ever played that a crash could make us forget.

import type { Action } from '../action/action.ts';
import type { ConfigFile } from '../desired/desired.ts';
import type { Problem } from '../kernel/errors.ts';
import type { HostId, RevisionId, ServiceKey, SourceId } from '../kernel/ids.ts';
import { LABEL } from '../kernel/owner.ts';
import { ok, type Result } from '../kernel/result.ts';
import type { Instant } from '../kernel/time.ts';
import type { HostView } from '../observed/host-view.ts';
import { remember } from '../plan/forecast.ts';
import { EMPTY_MEMORY, type EndedRollout, type Memory, type Plan } from '../plan/world.ts';
import type { AuditEntry, Store, StoreWrite } from '../ports/store.ts';
import { isActive, type Rollout, type ServiceMemory } from '../rollout/memory.ts';
import { resumed } from '../rollout/resume.ts';
import { stepEvents } from './narrate-steps.ts';
import { goneImages, prune } from './pruning.ts';
import { decodeRollout, loadMemory, loadPulled, put, rowKey } from './rows.ts';

export class MemoryKeeper {
  readonly #store: Store;
  #memory: Memory = EMPTY_MEMORY;
  #pulled = new Map<HostId, Set<string>>();
  #missingImages: ReadonlySet<string> = new Set();

  constructor(store: Store) {
    this.#store = store;
  }

  get memory(): Memory {
    return this.#memory;
  }

  get pulled(): ReadonlyMap<HostId, ReadonlySet<string>> {
    return this.#pulled;
  }

  async load(now: Instant): Promise<Result<void, Problem>> {
    const loaded = await loadMemory(this.#store);
    if (!loaded.ok) return loaded;
    this.#memory = {
      ...loaded.value,
      services: new Map([...loaded.value.services].map(([key, row]) => [key, resumed(row, now)])),
    };
    this.#pulled = await loadPulled(this.#store);
    return ok(undefined);
  }

  /** Writes what a plan wants remembered and what it is about to do. Nothing is played where this fails. */
  async save(
    plan: Plan,
    configs: (contentHash: string) => readonly ConfigFile[] | null,
    fresh: readonly Action[],
    now: Instant,
  ): Promise<Result<void, Problem>> {
    const writes: StoreWrite[] = [];
    for (const [key, row] of plan.services)
      writes.push(
        row === null ? { kind: 'delete', key: rowKey.service(key) } : put(rowKey.service(key), row),
      );
    for (const row of plan.balancers.rows.values()) writes.push(put(rowKey.balancer(row.host), row));
    for (const revision of plan.revisions) writes.push(put(rowKey.revision(revision.id), revision));
    // A volume that is filled again is not filled until that has succeeded.
    const unfilled = fresh.flatMap((a) =>
      a.kind === 'fillConfig' ? [`${a.host}/${a.labels[LABEL.content] ?? ''}`] : [],
    );
    for (const key of unfilled)
      if (this.#memory.filled.has(key)) writes.push({ kind: 'delete', key: rowKey.filled(key) });
    const added = this.#newConfigs(plan, configs);
    for (const [hash, files] of added) writes.push(put(rowKey.config(hash), files));
    for (const [volume, host] of plan.volumeHosts) {
      if (this.#memory.volumeHosts.get(volume) !== host) writes.push(put(rowKey.volumeHost(volume), host));
    }
    for (const { service, rollout } of plan.ended)
      writes.push(put(rowKey.deployment(service, rollout.sequence), rollout));
    // Noted before it is played: an image whose pull is not heard of any more must not stay for ever.
    const pulls = fresh.flatMap((a) => (a.kind === 'pullImage' ? [a] : []));
    for (const { host, image } of pulls)
      if (this.#pulled.get(host)?.has(image) !== true) writes.push(put(rowKey.pulled(host, image), true));
    const audit = [
      ...[...plan.services.values()].flatMap((row) => this.#stepEntries(row, now)),
      ...plan.ended.map((e) => endEntry(e, now)),
      ...fresh.map((a) => actionEntry(a, now)),
    ];
    if (writes.length === 0 && audit.length === 0) return ok(undefined);
    const written = await this.#store.write(writes, audit);
    if (!written.ok) return written;
    for (const { host, image } of pulls) this.#notePulled(host, image);
    const filled = new Set([...this.#memory.filled].filter((key) => !unfilled.includes(key)));
    this.#memory = { ...remember(this.#memory, plan), filled };
    if (added.size > 0)
      this.#memory = { ...this.#memory, configs: new Map([...this.#memory.configs, ...added]) };
    return ok(undefined);
  }

  #stepEntries(row: ServiceMemory | null, at: Instant): readonly AuditEntry[] {
    if (row === null) return [];
    return stepEvents(this.#memory.services.get(row.key), row).map(({ kind, message }) => ({
      at,
      actor: 'controller',
      event: kind,
      object: row.key,
      because: message,
      details: JSON.stringify({ sequence: row.rollout?.sequence, to: row.rollout?.to }),
    }));
  }

  #newConfigs(plan: Plan, configs: (hash: string) => readonly ConfigFile[] | null) {
    const added = new Map<string, readonly ConfigFile[]>();
    for (const { container } of plan.revisions) {
      for (const mount of container.mounts) {
        if (mount.kind !== 'config' || this.#memory.configs.has(mount.contentHash)) continue;
        const files = configs(mount.contentHash);
        if (files !== null) added.set(mount.contentHash, files);
      }
    }
    return added;
  }

  /** Takes on what was found by labels, together with `more` in one transaction. */
  async adopt(
    rows: readonly ServiceMemory[],
    volumes: ReadonlyMap<string, HostId>,
    more: readonly StoreWrite[],
    now: Instant,
  ): Promise<Result<void, Problem>> {
    const writes = [
      ...rows.map((row) => put(rowKey.service(row.key), row)),
      ...[...volumes].map(([volume, host]) => put(rowKey.volumeHost(volume), host)),
      ...more,
    ];
    const audit = rows.map((row) => adoptEntry(row, now));
    const written = await this.#store.write(writes, audit);
    if (!written.ok) return written;
    this.#memory = {
      ...this.#memory,
      services: new Map([...this.#memory.services, ...rows.map((row) => [row.key, row] as const)]),
      volumeHosts: new Map([...this.#memory.volumeHosts, ...volumes]),
    };
    return ok(undefined);
  }

  /** A person changed a service's row; a run that ended by that is recorded like any other. */
  async replace(row: ServiceMemory, audit: AuditEntry): Promise<Result<void, Problem>> {
    const writes = [put(rowKey.service(row.key), row)];
    const entries = [audit];
    const { rollout } = row;
    const hasEnded = isActive(this.#memory.services.get(row.key)?.rollout ?? null) && !isActive(rollout);
    if (rollout !== null && hasEnded) {
      writes.push(put(rowKey.deployment(row.key, rollout.sequence), rollout));
      entries.push(endEntry({ service: row.key, rollout }, audit.at));
    }
    const written = await this.#store.write(writes, entries);
    if (!written.ok) return written;
    this.#memory = { ...this.#memory, services: new Map(this.#memory.services).set(row.key, row) };
    return ok(undefined);
  }

  /** Notes what only the success of an action can tell. */
  async noteDone(action: Action, contentHash: string | undefined): Promise<void> {
    if (action.kind === 'fillConfig' && contentHash !== undefined) {
      const key = `${action.host}/${contentHash}`;
      const written = await this.#store.write([put(rowKey.filled(key), true)]);
      if (written.ok) this.#memory = { ...this.#memory, filled: new Set(this.#memory.filled).add(key) };
    }
    if (action.kind === 'pullImage') {
      // Once more: while it was pulled it may have been taken for an image that is gone.
      await this.#store.write([put(rowKey.pulled(action.host, action.image), true)]);
      this.#notePulled(action.host, action.image);
    }
  }

  #notePulled(host: HostId, image: string): void {
    const images = this.#pulled.get(host) ?? new Set<string>();
    this.#pulled.set(host, images.add(image));
  }

  /** A store that was restored does not know what load balancers were told since. */
  distrustBalancers(): void {
    const rows = [...this.#memory.balancers].map(
      ([host, row]) => [host, { ...row, isWhole: false }] as const,
    );
    this.#memory = { ...this.#memory, balancers: new Map(rows) };
  }

  /** Deletes the rows of what was pulled and filled on a host that has left the fleet, together with `row`. */
  async forgetHost(id: HostId, row: string): Promise<Result<void, Problem>> {
    const isHere = (key: string): boolean => key.startsWith(`${id}/`);
    const keys = [
      row,
      rowKey.balancer(id),
      ...[...(this.#pulled.get(id) ?? [])].map((image) => rowKey.pulled(id, image)),
      ...[...this.#memory.filled].filter(isHere).map(rowKey.filled),
    ];
    const written = await this.#store.write(keys.map((key): StoreWrite => ({ kind: 'delete', key })));
    if (!written.ok) return written;
    this.#pulled.delete(id);
    const filled = new Set([...this.#memory.filled].filter((key) => !isHere(key)));
    const balancers = new Map([...this.#memory.balancers].filter(([host]) => host !== id));
    this.#memory = { ...this.#memory, filled, balancers };
    return ok(undefined);
  }

  /** Rollouts of these sources go on from `now`: nobody could see how far they were until then, or go on with them. */
  resume(sources: ReadonlySet<SourceId> | 'all', now: Instant): void {
    const services = new Map(this.#memory.services);
    for (const row of services.values())
      if (sources === 'all' || sources.has(row.source)) services.set(row.key, resumed(row, now));
    this.#memory = { ...this.#memory, services };
  }

  /** Ended runs of a service, newest first. */
  async history(service: ServiceKey): Promise<readonly Rollout[]> {
    const rollouts: Rollout[] = [];
    for (const row of await this.#store.list(rowKey.deployments(service))) {
      const rollout = decodeRollout(row);
      if (rollout.ok) rollouts.unshift(rollout.value);
    }
    return rollouts;
  }

  /** Revisions that a rollback may go to, newest success first. */
  async goodRevisions(service: ServiceKey): Promise<readonly RevisionId[]> {
    const good = (await this.history(service)).filter((r) => r.phase === 'succeeded').map((r) => r.to);
    return [...new Set(good)];
  }

  /** Forgets what nothing refers to any more; gives the revisions that are kept. A Problem: nothing is forgotten. */
  async prune(
    historyLimit: (service: ServiceKey) => number | null,
    views: readonly HostView[],
    now: Instant,
  ): Promise<Result<ReadonlySet<RevisionId>, Problem>> {
    const pruned = await prune(this.#store, this.#memory, { historyLimit, views, now });
    const { writes, kept, revisions, configs, unfilled } = pruned;
    const missing = goneImages(this.#pulled, views);
    // A list that was read before the pull ended lacks its image: only what is missing twice is gone.
    const gone = missing.filter((one) => this.#missingImages.has(`${one.host}/${one.image}`));
    this.#missingImages = new Set(missing.map((one) => `${one.host}/${one.image}`));
    const forgotten = gone.map(
      ({ host, image }): StoreWrite => ({ kind: 'delete', key: rowKey.pulled(host, image) }),
    );
    const all = [...writes, ...forgotten];
    if (all.length === 0) return ok(kept);
    const written = await this.#store.write(all);
    if (!written.ok) return written;
    // Meanwhile others may have been filled.
    const filled = new Set([...this.#memory.filled].filter((key) => !unfilled.has(key)));
    this.#memory = { ...this.#memory, revisions, configs, filled };
    for (const { host, image } of gone) this.#pulled.get(host)?.delete(image);
    return ok(kept);
  }
}

const adoptEntry = (row: ServiceMemory, at: Instant): AuditEntry => ({
  at,
  actor: 'controller',
  event: 'store/adopted',
  object: row.key,
  because: 'its containers were found by their labels',
  details: '{}',
});

function endEntry({ service, rollout }: EndedRollout, at: Instant): AuditEntry {
  return {
    at,
    actor: 'controller',
    event: `rollout/${rollout.phase}`,
    object: service,
    because: rollout.because,
    details: JSON.stringify({ sequence: rollout.sequence, to: rollout.to, commit: rollout.commit }),
  };
}

function actionEntry(action: Action, at: Instant): AuditEntry {
  return {
    at,
    actor: 'controller',
    event: `action/${action.kind}`,
    object: action.service ?? action.object,
    because: action.because,
    details: JSON.stringify({ host: action.host, object: action.object }),
  };
}
