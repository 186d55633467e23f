// A call of the port that is under way. Whatever happens it ends once: by its answer, by its deadline, by its
// caller or with the connection; after the death of its process never.

import { PlimsollError, type Problem, problem } from '../../kernel/errors.ts';
import { formatDuration } from '../../kernel/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CallOptions } from '../../ports/host.ts';
import type { Answer, Refusal } from '../engine/answer.ts';
import type { LinkObserver } from './observer.ts';
import type { Session, UnderWay } from './session.ts';
import type { Recipient, Transit, WireRequest } from './transit.ts';
import type { Wire } from './wire.ts';

export interface CallContext {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly observer: LinkObserver;
  /** The host, for messages. */
  readonly where: string;
}

/** Whose deadline it is, until that is over: a deadline that lies far ahead keeps nothing alive. */
interface Deadline {
  pending: { onDeadline(deadlineMs: number): void } | null;
}

export const refusedWith = (attempt: string, { code, words }: Refusal): PlimsollError =>
  new PlimsollError(problem(code, `${attempt}: ${words}`));

export class Pending<T> implements UnderWay {
  readonly context: CallContext;
  /** Begins the sentence of its failure. */
  readonly attempt: string;
  readonly promise: Promise<T>;
  readonly #session: Session;
  #resolve: (value: T) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  readonly #deadline: Deadline = { pending: this };
  #cancelDeadline: (() => void) | null = null;
  #ignoreSignal: (() => void) | null = null;
  #transits: Transit<unknown>[] | null = null;
  #isOver = false;

  constructor(context: CallContext, session: Session, attempt: string) {
    this.context = context;
    this.attempt = attempt;
    this.#session = session;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get isWaiting(): boolean {
    return !this.#isOver;
  }

  /** Whether its connection still exists. */
  get isConnected(): boolean {
    return this.#session.isOpen;
  }

  begin({ deadlineMs, signal }: CallOptions): void {
    const { clock } = this.context;
    this.#session.enter(this);
    const deadline = this.#deadline;
    this.#cancelDeadline = clock.after(deadlineMs, () => deadline.pending?.onDeadline(deadlineMs));
    if (signal === undefined) return;
    const onAbort = (): void => this.end(problem('host/cancelled', `${this.attempt}: cancelled`));
    signal.addEventListener('abort', onAbort);
    this.#ignoreSignal = () => signal.removeEventListener('abort', onAbort);
  }

  send<A>(request: WireRequest<A>, recipient: Recipient<A>): void {
    const transit = this.context.wire.send(request, recipient);
    if (transit === null) return;
    this.#transits ??= [];
    this.#transits.push(transit);
  }

  onDeadline(deadlineMs: number): void {
    const { observer, where } = this.context;
    observer.fault('timeout');
    const words = `${this.attempt}: no answer from ${where} within ${formatDuration(deadlineMs)}`;
    this.end(problem('host/timeout', words));
  }

  /** Ends it from outside. */
  end(reason: Problem): void {
    const transits = this.#transits;
    if (!this.#close()) return;
    for (const transit of transits ?? []) transit.hangUp();
    this.#reject(new PlimsollError(reason));
  }

  abandon(): void {
    const transits = this.#transits;
    this.#close();
    for (const transit of transits ?? []) transit.hangUp();
  }

  resolve(value: T): void {
    if (this.#close()) this.#resolve(value);
  }

  reject(error: unknown): void {
    if (this.#close()) this.#reject(error);
  }

  /** False where it was over already, or its process is dead. */
  #close(): boolean {
    const wasOpen = !this.#isOver && !this.context.wire.isDead;
    this.#isOver = true;
    this.#deadline.pending = null;
    this.#cancelDeadline?.();
    this.#ignoreSignal?.();
    this.#session.leave(this);
    this.#transits = null;
    return wasOpen;
  }
}

/** A call of a single request. */
export class PendingRequest<T> extends Pending<T> implements Recipient<T> {
  take(answer: Answer<T>): void {
    if (answer.ok) this.resolve(answer.value);
    else this.reject(refusedWith(this.attempt, answer.error));
  }
}
