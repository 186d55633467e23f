// Time for tests that goes by when they say so.

import { setImmediate as settle } from 'node:timers/promises';
import { type Instant, instant } from '../../../src/kernel/time.ts';
import type { Clock } from '../../../src/ports/clock.ts';

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

export class VirtualTime implements Clock {
  #nowMs = 0;
  #order = 0;
  #due: Due[] = [];

  now(): Instant {
    return instant(Math.floor(this.#nowMs));
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const due = { atMs: this.#nowMs + delayMs, order: this.#order++, callback };
    this.#due.push(due);
    return () => {
      this.#due = this.#due.filter((other) => other !== due);
    };
  }

  /** Lets so much time go by; what is due happens in its order, and what follows from it in between. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      await settle();
      const next = this.#due
        .filter(({ atMs }) => atMs <= untilMs)
        .reduce<Due | null>((first, due) => (first === null || isBefore(due, first) ? due : first), null);
      if (next === null) break;
      this.#due = this.#due.filter((other) => other !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
    }
    this.#nowMs = untilMs;
  }
}

const isBefore = (a: Due, b: Due): boolean => a.atMs - b.atMs < 0 || (a.atMs === b.atMs && a.order < b.order);
