// Calls that are under way on one connection. Whatever happens to the connection or to a library in
// between, each call ends: by its answer, by its deadline, by its caller, or with the host.

import { PlimsollError, type Problem, problem } from '../../kernel/errors.ts';
import { formatDuration } from '../../kernel/time.ts';
import type { CallOptions } from '../../ports/host.ts';

/** One call under way. */
export interface Call {
  /** Aborts as soon as nobody waits for the outcome any more: then sockets are to be destroyed. */
  readonly signal: AbortSignal;
  /** Why the call was ended from outside; null while it was not. */
  reason(): Problem | null;
  /** Rejects when the call is ended from outside; never resolves. */
  readonly ended: Promise<never>;
  /** Ends it from outside. */
  end(reason: Problem): void;
  /** To be called when the outcome is known. */
  done(): void;
}

async function play<T>(call: Call, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    if (call.reason() !== null) return await call.ended;
    return await Promise.race([call.ended, work(call.signal)]);
  } finally {
    call.done();
  }
}

export class CallsUnderWay {
  readonly #where: string;
  readonly #enders = new Set<(reason: Problem) => void>();
  #over: Problem | null = null;

  constructor(where: string) {
    this.#where = where;
  }

  /** Begins a call without a deadline. `attempt` begins the sentence of its failure. */
  begin(attempt: string, callerSignal: AbortSignal | undefined): Call {
    const controller = new AbortController();
    const { promise: ended, reject } = Promise.withResolvers<never>();
    // Who only looks at the signal need not handle the promise as well.
    ended.catch(() => {});
    let reason: Problem | null = null;
    const end = (why: Problem): void => {
      reason ??= why;
      done();
      reject(new PlimsollError(reason));
      controller.abort();
    };
    const onAbort = (): void => end(problem('host/cancelled', `${attempt}: cancelled`));
    const done = (): void => {
      this.#enders.delete(end);
      callerSignal?.removeEventListener('abort', onAbort);
    };
    this.#enders.add(end);
    callerSignal?.addEventListener('abort', onAbort);
    if (callerSignal?.aborted) onAbort();
    else if (this.#over !== null) end(this.#over);
    return { signal: controller.signal, reason: () => reason, ended, end, done };
  }

  /** Plays `work` until its end, the caller's signal or the loss of the host. */
  follow<T>(
    attempt: string,
    callerSignal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return play(this.begin(attempt, callerSignal), work);
  }

  /** Plays `work` until its deadline at the latest. */
  async run<T>(
    attempt: string,
    { deadlineMs, signal }: CallOptions,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const call = this.begin(attempt, signal);
    const message = `${attempt}: no answer from ${this.#where} within ${formatDuration(deadlineMs)}`;
    const timer = setTimeout(() => call.end(problem('host/timeout', message)), deadlineMs);
    try {
      return await play(call, work);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Rejects everything under way and everything that comes later. */
  endAll(reason: Problem): void {
    this.#over ??= reason;
    for (const end of [...this.#enders]) end(reason);
  }
}
