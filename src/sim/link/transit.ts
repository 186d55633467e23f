// One request on its way to the engine and its answer on the way back, step by step as the conditions of
// that moment let it.

import type { Answer } from '../engine/answer.ts';
import { drawMs, happens, type Work } from '../engine/pace.ts';
import type { RequestWork } from '../engine/requests.ts';
import { reachesController, reachesHost } from './conditions.ts';
import type { Effect, EffectKind, EffectOutcome } from './observer.ts';
import type { Wire } from './wire.ts';

export interface WireRequest<T> {
  /** What it costs the engine. */
  readonly takes: Work;
  /** Null for one that changes nothing. */
  readonly effect: { readonly kind: EffectKind; readonly object: string } | null;
  readonly work: RequestWork<T>;
  /** What the caller gets where the engine has no such thing: who removes something is content. */
  readonly whenGone?: Answer<T>;
  /** Past the daemon, straight to a process on the machine. */
  readonly direct?: boolean;
}

export interface Recipient<T> {
  /** Whether the connection that was asked over still exists. */
  readonly isConnected: boolean;
  /** False where nobody waits for the answer any more. */
  readonly isWaiting: boolean;
  take(answer: Answer<T>): void;
}

const outcomeOf = (answer: Answer<unknown>): EffectOutcome => (answer.ok ? 'ok' : answer.error.code);

export class Transit<T> {
  readonly #wire: Wire;
  readonly #request: WireRequest<T>;
  readonly #effect: Effect | null;
  /** Null for the second coming of a request, whose answer is ignored. */
  readonly #recipient: Recipient<T> | null;
  #tellClientGone: (() => void) | null = null;
  #isClientGone = false;

  constructor(wire: Wire, request: WireRequest<T>, effect: Effect | null, recipient: Recipient<T> | null) {
    this.#wire = wire;
    this.#request = request;
    this.#effect = effect;
    this.#recipient = recipient;
  }

  get isConnected(): boolean {
    return this.#recipient?.isConnected ?? false;
  }

  /** Leaves the controller; what is on its way is not stopped by a cut. */
  leave(): void {
    const { clock, random, engine } = this.#wire.options;
    const { requestMs } = this.#wire.conditions;
    const wayMs = drawMs(requestMs, random);
    clock.after(wayMs + engine.workMs(this.#request.takes), () => this.#land());
  }

  /** The client has gone, and the engine sees it where the way is open. */
  hangUp(): void {
    const { way } = this.#wire.conditions;
    // What sshd carried ends with it.
    if (!reachesHost(way) && way !== 'refused') return;
    this.#isClientGone = true;
    this.#tellClientGone?.();
  }

  #land(): void {
    const { engine, observer } = this.#wire.options;
    const onAnswer = (answer: Answer<T>): void => {
      if (this.#effect !== null) observer.landed(this.#effect, outcomeOf(answer));
      this.#comeBack(answer);
    };
    if (this.#request.direct !== true) {
      this.#tellClientGone = engine.receive(this.#request.work, onAnswer);
      if (this.#isClientGone) this.#tellClientGone();
    } else if (engine.isPowered) this.#request.work(onAnswer);
  }

  #comeBack(answer: Answer<T>): void {
    if (this.#recipient === null || this.#wire.isDead || this.#losesAnswer()) return;
    const { clock, random, observer } = this.#wire.options;
    const { readStale, staleMs, way } = this.#wire.conditions;
    const isStale = this.#effect === null && happens(readStale, random);
    if (isStale) observer.fault('readStale');
    const goOn = (): void => {
      const wayMs = drawMs(this.#wire.conditions.answerMs, random);
      clock.after(wayMs + (isStale ? drawMs(staleMs, random) : 0), () => this.#arrive(answer));
    };
    if (reachesController(way)) goOn();
    else {
      observer.fault('answerStalled');
      this.#wire.hold({ sinceMs: clock.monotonicMs(), goOn, transit: this }, 'answers');
    }
  }

  #losesAnswer(): boolean {
    const { random, observer } = this.#wire.options;
    const { answerLost, answerLate } = this.#wire.conditions;
    const isLost = happens(answerLost, random);
    // After the deadline its connection is closed: a late one comes to nothing as well.
    const isLate = !isLost && happens(answerLate, random);
    if (isLost || isLate) observer.fault(isLost ? 'answerLost' : 'answerLate');
    return isLost || isLate;
  }

  #arrive(answer: Answer<T>): void {
    const recipient = this.#recipient;
    if (recipient?.isWaiting !== true) return;
    if (this.#effect !== null) this.#wire.options.observer.answered(this.#effect, outcomeOf(answer));
    const { whenGone } = this.#request;
    const isGone = !answer.ok && answer.error.code === 'engine/not-found';
    recipient.take(isGone && whenGone !== undefined ? whenGone : answer);
  }
}
