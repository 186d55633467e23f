// A store that meets a host for the first time and finds containers there that carry this controller's
// labels was lost, moved or restored. The controller takes them on as they are, shows what it would do, and
// waits for `plimsoll approve`. This goes host by host: one that answers only later keeps its containers too.

import { formatProblem, type Problem, toProblem } from '../kernel/errors.ts';
import { HostId, type NamespaceName, type ServiceKey, SourceId } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { observe } from '../observed/observed.ts';
import { adoptFromLabels, volumesFromLabels } from '../plan/adopt.ts';
import { RESTORED_KEY, type StoreWrite } from '../ports/store.ts';
import type { Parts } from './parts.ts';
import { put, rowKey } from './rows.ts';

/** Of the row that says why the controller only reports. */
export const HOLD = 'controller/rebuilt';
/** How long the first look waits for hosts that do not answer. */
const FIRST_LOOK_MS = 15_000;

export class RebuiltStore {
  readonly #parts: Parts;
  readonly #met = new Set<HostId>();
  #hasSeenFleet = false;
  /** Since when the fleet has hosts; null: it has none. */
  #lookedForMs: number | null = null;
  #reason: string | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Why the controller only reports; null: it may act. */
  get reason(): string | null {
    return this.#reason;
  }

  /** Hosts of the fleet that this store knows nothing about: volumes of ours may lie there. */
  get unmetHosts(): ReadonlySet<HostId> {
    const ids = [...this.#parts.sources.desired.hosts.keys()];
    return new Set(ids.filter((id) => !this.#met.has(id)));
  }

  async load(): Promise<void> {
    const { store } = this.#parts.options;
    const hold = await store.get(HOLD);
    const restored = await store.get(RESTORED_KEY);
    if (restored !== null) {
      this.#reason = 'the store was restored from a backup and does not know what happened since';
      this.#parts.keeper.distrustBalancers();
    } else if (hold !== null) this.#reason = hold.value;
    // What a backup says of the hosts it met is too old to conclude that nothing else runs there.
    const met = restored === null ? await store.list('met/') : [];
    for (const { key } of met) this.#met.add(HostId.parse(key.slice('met/'.length)));
  }

  /**
   * How long it may take at most until the fleet counts as seen; null: nobody knows, or it does. Whoever waits is
   * woken by each host that answers.
   */
  get firstLookLeftMs(): number | null {
    if (this.#hasSeenFleet || this.#lookedForMs === null) return null;
    return this.#lookedForMs + FIRST_LOOK_MS - this.#parts.options.clock.monotonicMs();
  }

  /**
   * Whether every host has been seen once, or has had its time: before that nothing is planned, since
   * the first host to answer would get everything.
   */
  hasSeenFleet(): boolean {
    if (this.#hasSeenFleet) return true;
    const views = this.#parts.fleet.views();
    // Without a single host the repository has not been read, or it names none.
    if (views.length === 0) {
      this.#lookedForMs = null;
      return this.#namesNoHost();
    }
    this.#lookedForMs ??= this.#parts.options.clock.monotonicMs();
    const isSeen = views.every((v) => v.state !== 'unknown');
    const isLate = (this.firstLookLeftMs ?? 0) <= 0;
    this.#hasSeenFleet = isSeen || isLate;
    return this.#hasSeenFleet;
  }

  #namesNoHost(): boolean {
    const { sources, options } = this.#parts;
    const { commits, hosts } = sources.desired;
    return hosts.size === 0 && options.sources.some(({ id, fleet }) => fleet && commits.has(id));
  }

  /** Called before each pass: meets the hosts that have answered for the first time. */
  async meet(): Promise<Result<void, Problem>> {
    const { fleet, keeper, sources, options } = this.#parts;
    const views = fleet.views();
    const answered = views.filter((v) => v.state === 'fresh' && !this.#met.has(v.host)).map((v) => v.host);
    if (answered.length === 0) return ok(undefined);
    const hosts = new Set(answered);
    const observed = observe(views, options.id);
    const now = options.clock.now();
    const adopted = adoptFromLabels(
      observed,
      sources.desired,
      keeper.memory,
      hosts,
      (key, namespace) => this.#sourceOf(key, namespace),
      now,
    );
    const volumes = this.#newVolumes(volumesFromLabels(observed, options.id, hosts));
    const reason =
      adopted.count === 0
        ? null
        : `${adopted.count} containers of this controller on ${answered.join(', ')} are not in its store: the store was lost, moved or restored`;
    const writes: StoreWrite[] = answered.map((host) => put(rowKey.met(host), now));
    if (reason !== null) writes.push({ kind: 'put', key: HOLD, value: reason });
    const saved = await keeper
      .adopt(adopted.rows, volumes, writes, now)
      .catch((e: unknown) => err(toProblem(e)));
    if (!saved.ok) {
      const message = formatProblem(saved.error);
      this.#parts.events.emit({ kind: 'store/failed', level: 'error', message });
      return saved;
    }
    for (const host of answered) this.#met.add(host);
    this.#parts.mark(adopted.rows.map((row) => row.key));
    if (reason !== null) this.#hold(reason);
    return ok(undefined);
  }

  /** The source that is known to define it, else the one of its namespace, else the one of the fleet. */
  #sourceOf(service: ServiceKey, namespace: NamespaceName): SourceId {
    const { sources, options } = this.#parts;
    const owner = sources.ownerOf(service) ?? sources.desired.namespaces.get(namespace)?.source;
    const fleet = options.sources.find((s) => s.fleet) ?? options.sources[0];
    return owner ?? fleet?.id ?? SourceId.parse('none');
  }

  /** A volume that is known to lie elsewhere stays there; the twin is told, since only a person can choose. */
  #newVolumes(found: ReadonlyMap<string, HostId>): ReadonlyMap<string, HostId> {
    const known = this.#parts.keeper.memory.volumeHosts;
    const added = new Map<string, HostId>();
    for (const [volume, host] of found) {
      const elsewhere = known.get(volume);
      if (elsewhere === undefined) added.set(volume, host);
      else if (elsewhere !== host)
        this.#parts.events.emit({
          kind: 'volume/twin',
          level: 'warning',
          host,
          message: `volume ${volume} lies on ${elsewhere} and on ${host}: the one on ${elsewhere} is used`,
        });
    }
    return added;
  }

  #hold(reason: string): void {
    this.#reason ??= reason;
    this.#parts.events.emit({
      kind: 'store/rebuilt',
      level: 'warning',
      message: `${reason}; nothing is changed until \`plimsoll approve\``,
    });
  }

  async approve(by: string): Promise<void> {
    const { store, clock } = this.#parts.options;
    const audit = {
      at: clock.now(),
      actor: by,
      event: 'command/approve',
      object: 'store',
      because: this.#reason ?? '',
      details: '{}',
    };
    // A backup may say of hosts that they were met which nobody has seen since.
    const rows = await store.list('met/');
    const unseen = rows
      .map((row) => row.key)
      .filter((key) => !this.#met.has(HostId.parse(key.slice('met/'.length))));
    const writes = [HOLD, RESTORED_KEY, ...unseen].map((key) => ({ kind: 'delete' as const, key }));
    const written = await store.write(writes, [audit]);
    if (!written.ok) return;
    this.#reason = null;
    // While nothing was done, no rollout could make progress.
    this.#parts.keeper.resume('all', clock.now());
  }
}
