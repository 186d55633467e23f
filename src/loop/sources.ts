// Decides which commits come into force. A commit is accepted whole or not at all; what is broken,
// suspicious or would delete much leaves the last good one in force and says so.

import type { ResolutionCache } from '../desired/cache.ts';
import type { Desired } from '../desired/desired.ts';
import { EMPTY_DESIRED } from '../desired/desired.ts';
import type { FleetOverrides } from '../desired/input.ts';
import { resolveDesired } from '../desired/resolve.ts';
import { formatProblem, type Problem } from '../kernel/errors.ts';
import type { CommitSha, ServiceKey, SourceId } from '../kernel/ids.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Store } from '../ports/store.ts';
import { acceptedEvent, auditEntry, heldEvent, rejectedEvent, warningEvent } from './commit-events.ts';
import type { EventLog } from './events.ts';
import { type FollowedSource, followedSource, isLookedAt, statusOf } from './followed-source.ts';
import { acceptance, whyHeld } from './hold.ts';
import { Refusals } from './refusals.ts';
import { decodeSource, put, rowKey, type SourceMemory } from './rows.ts';
import type { SourceStatus } from './source-status.ts';
import { type Candidate, type SourceOptions, SourceWatcher } from './source-watcher.ts';
import { ToldWarnings } from './told-warnings.ts';

export interface SourcesOptions {
  readonly sources: readonly SourceOptions[];
  readonly overrides: FleetOverrides;
  readonly resolved: ResolutionCache;
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly events: EventLog;
  /** Writes down what the acceptance would make us forget; it may not come to it. */
  readonly beforeAccepted: (before: Desired, after: Desired) => Promise<void>;
  readonly onDesired: (before: Desired, after: Desired) => Promise<void>;
}

const whyNotInForce = ({ watcher, memory }: FollowedSource, candidate: Candidate, desired: Desired) =>
  whyHeld({ options: watcher.options, memory, candidate, desired });

export class Sources {
  readonly #options: SourcesOptions;
  readonly #sources = new Map<SourceId, FollowedSource>();
  readonly #warnings = new ToldWarnings();
  readonly #refusals = new Refusals();
  #desired: Desired = EMPTY_DESIRED;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: SourcesOptions) {
    this.#options = options;
  }

  get desired(): Desired {
    return this.#desired;
  }

  /** Reads the rows and brings the commits that were in force back, without asking any remote. */
  async load(): Promise<Problem | null> {
    const { clock, random, store } = this.#options;
    for (const options of this.#options.sources) {
      const row = await store.get(rowKey.source(options.id));
      const memory = row === null ? null : decodeSource(row);
      if (memory !== null && !memory.ok) return memory.error;
      const watcher = new SourceWatcher(options, clock, random, {
        onCandidate: (candidate) => this.#inTurn(() => this.#lookAt(candidate)),
        hadPath: () => this.#hadPath(options),
        onProblem: (found) => this.#noteUnreadable(options.id, found),
      });
      this.#sources.set(options.id, followedSource(watcher, memory?.value));
    }
    for (const source of this.#sources.values()) await this.#restore(source);
    return null;
  }

  start(): void {
    for (const { watcher } of this.#sources.values()) watcher.start();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#sources.values()].map(({ watcher }) => watcher.stop()));
  }

  /** Looks at the remotes now; resolves when what was found has been considered. */
  async sync(id: SourceId | null): Promise<void> {
    const chosen = [...this.#sources.values()].filter((s) => id === null || s.watcher.options.id === id);
    await Promise.all(chosen.map((s) => s.watcher.sync()));
    await this.#turn;
  }

  status(): readonly SourceStatus[] {
    return [...this.#sources.values()].map(statusOf);
  }

  /** The source whose commit in force defines a service, read or not; null: none is known to. */
  ownerOf(service: ServiceKey): SourceId | null {
    for (const [id, { memory }] of this.#sources) if (memory.services.includes(service)) return id;
    return null;
  }

  /** The commit in force of a source as it was read; null where nothing is. */
  accepted(id: SourceId): Candidate | null {
    return this.#sources.get(id)?.accepted ?? null;
  }

  /** Lets the held commits come into force; gives those that were approved. */
  async approve(id: SourceId | null, by: string): Promise<readonly CommitSha[]> {
    const approved: CommitSha[] = [];
    for (const source of this.#sources.values()) {
      const { held } = source.memory;
      if (held === null || (id !== null && source.watcher.options.id !== id)) continue;
      await this.#inTurn(async () => {
        // Another commit may have come meanwhile, or another person been faster: nobody has approved that.
        const now = source.memory.held;
        if (now?.commit !== held.commit || now.because !== held.because) return;
        const change = { approved: held.commit };
        if (!(await this.#remember(source, change, 'command/approve', by, held.because))) return;
        approved.push(held.commit);
        source.watcher.forget();
      });
      await source.watcher.sync();
    }
    await this.#turn;
    return approved;
  }

  #hadPath({ id, path = '' }: SourceOptions): boolean {
    const memory = this.#sources.get(id)?.memory;
    return memory !== undefined && memory.accepted !== null && memory.path === path;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work, work);
    return this.#turn;
  }

  /** Reads what is in force, unless that was done. */
  async #restore(source: FollowedSource): Promise<void> {
    const { accepted } = source.memory;
    if (accepted === null || source.accepted !== null) return;
    const candidate = await source.watcher.load(accepted);
    if (!candidate.ok) return;
    // Read differently than when it was accepted (another path, another version of Plimsoll), it is a new
    // commit in all but name: the first check reports, holds or accepts it.
    const resolved = candidate.value.problems.length > 0 ? null : this.#resolve(candidate.value);
    if (resolved === null || resolved.desired === null) return;
    if ((await whyNotInForce(source, candidate.value, resolved.desired)) !== null) return;
    // They were told when the commit came into force.
    this.#warnings.fresh(resolved.desired, resolved.warnings);
    source.accepted = candidate.value;
    source.head ??= candidate.value.head;
    await this.#enforce(resolved.desired);
  }

  /** Desired with this candidate in place of its source's present commit. */
  #resolve(candidate: Candidate): {
    desired: Desired | null;
    problems: readonly Problem[];
    warnings: readonly Problem[];
  } {
    const inputs = [...this.#sources.values()].flatMap((s) => {
      const chosen = s.watcher.options.id === candidate.source ? candidate : s.accepted;
      if (chosen === null) return [];
      const { id, fleet } = s.watcher.options;
      return [{ id, fleet, commit: chosen.head.commit, documents: chosen.documents, files: chosen.files }];
    });
    const { overrides, resolved } = this.#options;
    const result = resolveDesired({ sources: inputs, overrides }, resolved);
    return result.ok
      ? { desired: result.value.desired, problems: [], warnings: result.value.warnings }
      : { desired: null, problems: result.error, warnings: [] };
  }

  async #enforce(desired: Desired): Promise<void> {
    const before = this.#desired;
    this.#desired = desired;
    await this.#options.onDesired(before, desired);
    for (const other of this.#sources.values()) {
      // What it needs of this one, a namespace perhaps, was not there yet.
      await this.#restore(other);
      // A service that moves between sources is refused by one until it has left the other.
      if (other.waiting !== null) await this.#consider(other.waiting);
    }
  }

  /** What is in force was accepted before: where it is refused now, another source may have yet to be read. */
  #lacksOthers({ memory }: FollowedSource, { head, problems }: Candidate): boolean {
    const isRead = [...this.#sources.values()].every((s) => s.memory === memory || s.accepted !== null);
    return memory.accepted === head.commit && problems.length === 0 && !isRead;
  }

  async #lookAt(candidate: Candidate): Promise<void> {
    await this.#consider(candidate);
    this.#tellRefusals();
  }

  #tellRefusals(): void {
    if ([...this.#sources.values()].every(isLookedAt)) this.#refusals.tellAll();
  }

  async #consider(candidate: Candidate): Promise<void> {
    const source = this.#sources.get(candidate.source);
    if (source === undefined) return;
    const { head } = candidate;
    source.head = head;
    source.waiting = null;
    // What is in force may have been in a copy that was lost: this commit is it, or its history brings it back.
    await this.#restore(source);
    const isKnown = source.accepted?.head.commit === head.commit;
    if (isKnown) {
      source.rejected = [];
      this.#refusals.drop(candidate.source);
      if (source.memory.held !== null) await this.#remember(source, { held: null });
      return;
    }
    const resolved = candidate.problems.length > 0 ? null : this.#resolve(candidate);
    const problems = resolved === null ? candidate.problems : resolved.problems;
    if (resolved === null || resolved.desired === null) {
      source.waiting = resolved === null ? null : candidate;
      source.rejected = problems;
      if (!this.#lacksOthers(source, candidate))
        this.#refusals.note(candidate.source, resolved === null, () =>
          this.#options.events.emit(rejectedEvent(candidate, problems, source)),
        );
      return;
    }
    source.rejected = [];
    this.#refusals.drop(candidate.source);
    for (const warning of this.#warnings.fresh(resolved.desired, resolved.warnings))
      this.#options.events.emit(warningEvent(candidate, warning));
    const hold = await whyNotInForce(source, candidate, resolved.desired);
    if (hold === null) await this.#accept(source, candidate, resolved.desired);
    else await this.#hold(source, candidate, hold.message);
  }

  async #hold(source: FollowedSource, candidate: Candidate, because: string): Promise<void> {
    const { commit } = candidate.head;
    const { held } = source.memory;
    // It was held before the controller began: nothing new has happened to it.
    if (held?.commit === commit && held.because === because) return;
    const at = this.#options.clock.now();
    await this.#remember(source, { held: { commit, because, at } }, 'commit/held', 'controller', because);
    this.#options.events.emit(heldEvent(candidate, because));
  }

  async #accept(source: FollowedSource, candidate: Candidate, desired: Desired): Promise<void> {
    const { commit, subject, author } = candidate.head;
    await this.#options.beforeAccepted(this.#desired, desired);
    const change = acceptance(source.watcher.options, commit, desired, this.#options.clock.now());
    const saved = await this.#remember(source, change, 'commit/accepted', author, subject);
    if (!saved) {
      // Not durable: the next check hands it on again.
      source.watcher.forget();
      return;
    }
    source.accepted = candidate;
    this.#options.events.emit(acceptedEvent(candidate));
    await this.#enforce(desired);
  }

  /** Writes the source's row, which is nobody else's turn; false where the store did not take it. */
  async #remember(
    source: FollowedSource,
    change: Partial<SourceMemory>,
    event?: string,
    actor?: string,
    because?: string,
  ) {
    const { store, clock, events } = this.#options;
    const memory = { ...source.memory, ...change };
    // What is approved is the commit that was held, whatever has been pushed since.
    const commit = change.approved ?? source.head?.commit ?? null;
    const about = { object: source.watcher.options.id, commit };
    const audit =
      event === undefined ? [] : [auditEntry({ at: clock.now(), event, actor, because, ...about })];
    const written = await store.write([put(rowKey.source(memory.id), memory)], audit);
    source.unsaved = written.ok ? null : written.error;
    if (written.ok) source.memory = memory;
    else {
      const message = formatProblem(written.error);
      events.emit({ kind: 'store/failed', level: 'error', source: memory.id, message });
    }
    return written.ok;
  }

  #noteUnreadable(id: SourceId, found: Problem | null): void {
    const source = this.#sources.get(id);
    if (source === undefined) return;
    const isNew = found !== null && source.unreadable?.message !== found.message;
    source.unreadable = found;
    if (found !== null) this.#tellRefusals();
    if (!isNew || found === null) return;
    const message = formatProblem(found);
    this.#options.events.emit({ kind: 'source/unreadable', level: 'error', source: id, message });
  }
}
