// The event stream of one session. Events come in the engine's order, each after its delay; by chance one
// never comes, as with an engine whose follower is too slow.

import { PlimsollError, type Problem, problem } from '../../kernel/errors.ts';
import type { EngineEvent } from '../../observed/report.ts';
import { drawMs, happens } from '../engine/pace.ts';
import { reachesController } from './conditions.ts';
import type { Session, UnderWay } from './session.ts';
import type { Wire, WireOptions } from './wire.ts';

/** What the real adapter does not ask for. */
const NOT_FOLLOWED = new Set(['kill']);

interface Coming {
  readonly event: EngineEvent;
  readonly sequence: number;
  readonly atMs: number;
}

export class EventStream implements AsyncIterator<EngineEvent>, UnderWay {
  readonly #options: WireOptions;
  readonly #wire: Wire;
  readonly #session: Session;
  readonly #signal: AbortSignal;
  /** On its way. */
  readonly #coming: Coming[] = [];
  /** Arrived and not asked for yet. */
  readonly #arrived: Coming[] = [];
  #isTimerSet = false;
  #over: { readonly reason: Problem | null } | null = null;
  #waiting: PromiseWithResolvers<IteratorResult<EngineEvent>> | null = null;
  readonly #leave: (() => void)[] = [];

  constructor(options: WireOptions, wire: Wire, session: Session, signal: AbortSignal) {
    this.#options = options;
    this.#wire = wire;
    this.#session = session;
    this.#signal = signal;
    const onAbort = (): void => this.#finish(null);
    session.enter(this);
    this.#leave.push(() => session.leave(this));
    signal.addEventListener('abort', onAbort);
    this.#leave.push(() => signal.removeEventListener('abort', onAbort));
    const { events } = options.engine.machine;
    this.#leave.push(events.follow(session.eventsFrom, (event, number) => this.#take(event, number)));
    if (signal.aborted) onAbort();
  }

  end(reason: Problem): void {
    this.#finish(reason);
  }

  abandon(): void {
    for (const leave of this.#leave) leave();
  }

  /** The daemon has ended, and the stream with it. */
  breakOff(): void {
    const because = 'cannot follow the events of the engine: it closed the connection';
    this.#finish(problem('host/no-engine', because));
  }

  /** The way is open again: what TCP held back comes. */
  resume(): void {
    this.#setTimer();
  }

  next(): Promise<IteratorResult<EngineEvent>> {
    const first = this.#arrived.shift();
    if (first !== undefined) {
      const { engine, observer } = this.#options;
      this.#session.eventsFrom = first.sequence + 1;
      observer.heard?.(engine.host, first.event);
      return Promise.resolve({ done: false, value: first.event });
    }
    if (this.#over !== null) return this.#conclude(this.#over.reason);
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  async return(): Promise<IteratorResult<EngineEvent>> {
    this.#finish(null);
    return { done: true, value: undefined };
  }

  #conclude(reason: Problem | null): Promise<IteratorResult<EngineEvent>> {
    // Told once; afterwards it is at its end like any other.
    this.#over = { reason: null };
    return reason === null
      ? Promise.resolve({ done: true, value: undefined })
      : Promise.reject(new PlimsollError(reason));
  }

  #take(event: EngineEvent, sequence: number): void {
    const { random, clock, observer } = this.#options;
    const { eventLost, eventMs } = this.#wire.conditions;
    if (NOT_FOLLOWED.has(event.action)) return;
    if (happens(eventLost, random)) {
      observer.fault('eventLost');
      return;
    }
    this.#coming.push({ event, sequence, atMs: clock.monotonicMs() + drawMs(eventMs, random) });
    this.#setTimer();
  }

  #setTimer(): void {
    const first = this.#coming[0];
    if (first === undefined || this.#isTimerSet || this.#over !== null) return;
    const { clock, observer } = this.#options;
    if (!reachesController(this.#wire.conditions.way)) {
      observer.fault('eventStalled');
      return;
    }
    this.#isTimerSet = true;
    clock.after(Math.max(0, first.atMs - clock.monotonicMs()), () => {
      this.#isTimerSet = false;
      this.#deliver(Math.max(first.atMs, clock.monotonicMs()));
    });
  }

  /** Everything that is due, in its order: one packet carries several. */
  #deliver(nowMs: number): void {
    if (this.#over !== null || this.#wire.isDead) return;
    const due = this.#coming.findIndex(({ atMs }) => atMs > nowMs);
    this.#arrived.push(...this.#coming.splice(0, due < 0 ? this.#coming.length : due));
    this.#setTimer();
    const waiting = this.#waiting;
    if (waiting === null || this.#arrived.length === 0) return;
    this.#waiting = null;
    waiting.resolve(this.next());
  }

  #finish(reason: Problem | null): void {
    if (this.#over !== null || this.#wire.isDead) return;
    this.#over = { reason: this.#signal.aborted ? null : reason };
    for (const leave of this.#leave) leave();
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) waiting.resolve(this.#conclude(this.#over.reason));
  }
}
