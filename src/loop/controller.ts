// The controller's life: start, passes one after the other, commands in between, stop.

import { formatProblem, PlimsollError, type Problem, problem, toProblem } from '../kernel/errors.ts';
import type { CommitSha, RevisionId, ServiceKey, SourceId } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { applyCommand, type ServiceCommand } from '../plan/commands.ts';
import type { EventLog } from './events.ts';
import { fencedStore } from './fenced-store.ts';
import { Inspection } from './inspection.ts';
import { LeaseKeeper } from './lease.ts';
import type { ControllerOptions } from './options.ts';
import { Parts } from './parts.ts';
import { type PassLimits, runHousekeeping, runPass } from './pass.ts';
import { readDescription, readStatus } from './read-status.ts';
import { RebuiltStore } from './rebuilt-store.ts';
import type { ControllerStatus, ServiceDescription } from './status.ts';
import { steadyClock } from './steady-clock.ts';

/** A change waits this long for others, so that a burst of events is one pass. */
const DEBOUNCE_MS = 10;
const RETRY_SAVE_MS = 2_000;

export class Controller {
  readonly #parts: Parts;
  readonly #lease: LeaseKeeper;
  readonly #rebuilt: RebuiltStore;
  /** Reads what the controller knows, for people. */
  readonly inspect: Inspection;
  #turn: Promise<void> = Promise.resolve();
  #isPassQueued = false;
  #cancelTimer: () => void = () => {};
  #cancelHousekeeping: () => void = () => {};
  #isStopped = false;
  #problems: readonly Problem[] = [];

  constructor(options: ControllerOptions) {
    const store = fencedStore(options.store, () => this.#lease.lease, options.clock);
    this.#parts = new Parts(
      { ...options, store, clock: steadyClock(options.clock) },
      options.clock,
      () => this.#wake(),
      () => this.#lease.isHeld,
    );
    this.#rebuilt = new RebuiltStore(this.#parts);
    this.inspect = new Inspection(this.#parts, () => this.#rebuilt.unmetHosts);
    this.#lease = new LeaseKeeper({
      clock: options.clock,
      store: options.store,
      holder: options.holder,
      leaseMs: options.settings.leaseMs,
      onLost: (found) => this.#onLeaseLost(found),
      onHeldAgain: () => this.#wake(),
    });
  }

  get events(): EventLog {
    return this.#parts.events;
  }

  /** Takes the lease, reads the memory back and begins; a Problem where it must not act. */
  async start(): Promise<Result<void, Problem>> {
    const lease = await this.#lease.acquire();
    if (!lease.ok) return lease;
    return this.#begin().catch((error: unknown) => err(toProblem(error)));
  }

  async #begin(): Promise<Result<void, Problem>> {
    const loaded = await this.#parts.keeper.load(this.#parts.options.clock.now());
    if (!loaded.ok) return loaded;
    const { clock } = this.#parts.options;
    this.#parts.toldToStop.inherit(this.#parts.keeper.memory.services.values(), clock.now());
    const damaged = await this.#parts.trust.load();
    if (damaged !== null) return err(damaged);
    await this.#parts.leaving.load();
    await this.#rebuilt.load();
    const failure = await this.#parts.sources.load();
    if (failure !== null) return err(failure);
    this.#parts.sources.start();
    this.#scheduleHousekeeping();
    this.#parts.markAll();
    return ok(undefined);
  }

  /** Ends cleanly: nothing new begins, what is under way is cut, the lease is given back. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer();
    this.#cancelHousekeeping();
    this.#parts.executor.stop();
    this.#parts.resolver.stop();
    this.#parts.prober.stop();
    this.#parts.balancers.stop();
    this.#parts.requestWatch.stop();
    await this.#parts.sources.stop();
    await this.#parts.fleet.stop();
    await this.#parts.executor.drained();
    await this.#turn;
    await this.#lease.release();
  }

  #onLeaseLost(found: Problem): void {
    this.#problems = [found];
    this.#parts.executor.stop();
    this.events.emit({ kind: 'lease/lost', level: 'error', message: formatProblem(found) });
    void this.stop();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(work);
    this.#turn = next.then(
      () => {},
      (error: unknown) => {
        const found = toProblem(error);
        const kind = found.code.startsWith('store/') ? 'store/failed' : 'internal';
        this.events.emit({ kind, level: 'error', message: formatProblem(found) });
      },
    );
    return next;
  }

  #wake(): void {
    if (this.#isPassQueued || this.#isStopped) return;
    this.#isPassQueued = true;
    this.#parts.options.clock.after(DEBOUNCE_MS, () => {
      void this.#inTurn(() => this.#pass()).catch(() => {});
    });
  }

  async #pass(): Promise<void> {
    this.#isPassQueued = false;
    if (this.#isStopped) return;
    if (!this.#rebuilt.hasSeenFleet()) {
      const leftMs = this.#rebuilt.firstLookLeftMs;
      if (leftMs !== null) this.#wakeIn(leftMs);
      return;
    }
    const met = this.#lease.isHeld ? await this.#rebuilt.meet() : ok(undefined);
    const result = met.ok ? await runPass(this.#parts, this.#lease.isHeld, this.#limits()) : met;
    this.#problems = result.ok ? [] : [result.error];
    if (result.ok) this.#scheduleWake();
    else this.#parts.options.clock.after(RETRY_SAVE_MS, () => this.#wake());
  }

  #limits(): PassLimits {
    return { reportOnly: this.#rebuilt.reason, unmetHosts: this.#rebuilt.unmetHosts };
  }

  #scheduleWake(): void {
    this.#cancelTimer();
    const nextAt = this.#parts.dirty.nextAt();
    if (nextAt !== null) this.#wakeIn(Math.max(0, nextAt - this.#parts.options.clock.now()));
  }

  #wakeIn(ms: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#parts.options.clock.after(ms, () => this.#wake());
  }

  #scheduleHousekeeping(): void {
    const { clock, settings } = this.#parts.options;
    this.#cancelHousekeeping = clock.after(settings.housekeepingMs, () => {
      const next = (): void => {
        if (!this.#isStopped) this.#scheduleHousekeeping();
      };
      // What failed was told as an event.
      void this.#inTurn(() => this.runHousekeeping()).then(next, next);
    });
  }

  /** Collects what nothing needs any more; also called by its own timer. */
  async runHousekeeping(): Promise<void> {
    if (this.#lease.isHeld && !this.#isStopped) await runHousekeeping(this.#parts, this.#limits());
  }

  /** Looks at the sources now, and resolves when the commits found have been considered. */
  sync(source: SourceId | null): Promise<void> {
    return this.#parts.sources.sync(source);
  }

  /** Lets held commits through, and a controller with a rebuilt store act. */
  async approve(
    source: SourceId | null,
    by: string,
  ): Promise<{ commits: readonly CommitSha[]; store: boolean }> {
    const store = this.#rebuilt.reason !== null;
    if (store) await this.#inTurn(() => this.#rebuilt.approve(by));
    const commits = await this.#parts.sources.approve(source, by);
    this.#parts.markAll();
    return { commits, store };
  }

  /** Carries out a person's command; `command/not-found` where there is no such service. */
  async command(service: ServiceKey, command: ServiceCommand, by: string): Promise<Result<void, Problem>> {
    return this.#inTurn(async () => {
      const memory = this.#parts.keeper.memory.services.get(service);
      if (memory === undefined) return err(problem('command/not-found', `there is no service ${service}`));
      const now = this.#parts.options.clock.now();
      const history = await this.#parts.keeper.goodRevisions(service);
      const changed = applyCommand(memory, command, { by, now, history });
      if (!changed.ok) return changed;
      const because = command.kind === 'rollback' && command.to !== null ? `to ${command.to}` : command.kind;
      const audit = {
        at: now,
        actor: by,
        event: `command/${command.kind}`,
        object: service,
        because,
        details: '{}',
      };
      const saved = await this.#parts.keeper.replace(changed.value, audit);
      if (!saved.ok) return saved;
      if (command.kind === 'retry' || (command.kind === 'restart' && command.pull)) {
        this.#parts.resolver.forget(service);
        this.#parts.failures.clear(
          (key) => key.includes('/pullImage/') || key.includes(`${memory.namespace}.${memory.name}.`),
        );
      }
      this.#parts.mark([service]);
      return ok(undefined);
    });
  }

  /** Writes into the audit what a person does past the plan; rejects where it cannot be written. */
  async record(by: string, event: string, object: string, because: string): Promise<void> {
    const { store, clock } = this.#parts.options;
    const entry = { at: clock.now(), actor: by, event, object, because, details: '{}' };
    const written = await store.write([], [entry]);
    if (!written.ok) throw new PlimsollError(written.error);
  }

  status(): ControllerStatus {
    const isBusy = !this.#parts.executor.isIdle() || !this.#parts.dirty.isEmpty || this.#isPassQueued;
    return readStatus(this.#parts, { reportOnly: this.#rebuilt.reason, problems: this.#problems, isBusy });
  }

  /** Everything about one service; null where it is not known. */
  describe(key: ServiceKey): Promise<ServiceDescription | null> {
    return readDescription(this.#parts, key);
  }

  /** The desired spec's hash, for a rollback that must hold until the manifest changes. */
  specHashOf(key: ServiceKey): string | null {
    return this.#parts.sources.desired.services.get(key)?.specHash ?? null;
  }

  goodRevisions(key: ServiceKey): Promise<readonly RevisionId[]> {
    return this.#parts.keeper.goodRevisions(key);
  }
}
