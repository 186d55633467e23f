// The clock of one simulated process. A process that has ended is never called back; one that is
// stopped (SIGSTOP, a suspended machine) is called back when it goes on, by then late.

import type { Instant } from '../../kernel/time.ts';
import type { Clock } from '../../ports/clock.ts';

export class ProcessClock implements Clock {
  readonly #machine: Clock;
  #state: 'running' | 'stopped' | 'ended' = 'running';
  readonly #waiting: (() => void)[] = [];

  constructor(machine: Clock) {
    this.#machine = machine;
  }

  get isAlive(): boolean {
    return this.#state !== 'ended';
  }

  get isRunning(): boolean {
    return this.#state === 'running';
  }

  now(): Instant {
    return this.#machine.now();
  }

  monotonicMs(): number {
    return this.#machine.monotonicMs();
  }

  after(delayMs: number, callback: () => void): () => void {
    let isCancelled = false;
    const cancel = this.#machine.after(delayMs, () => {
      this.#deliver(() => {
        if (!isCancelled) callback();
      });
    });
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  /** What comes from outside reaches the process only while it runs. */
  receive<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      answer.then(
        (value) => this.#deliver(() => resolve(value)),
        (error: unknown) => this.#deliver(() => reject(error)),
      );
    });
  }

  stop(): void {
    if (this.#state === 'running') this.#state = 'stopped';
  }

  resume(): void {
    if (this.#state !== 'stopped') return;
    this.#state = 'running';
    for (const callback of this.#waiting.splice(0)) this.#deliver(callback);
  }

  end(): void {
    this.#state = 'ended';
    this.#waiting.length = 0;
  }

  #deliver(callback: () => void): void {
    if (this.#state === 'running') callback();
    else if (this.#state === 'stopped') this.#waiting.push(callback);
  }
}
