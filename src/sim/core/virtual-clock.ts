// The clock of one machine in a simulation. Its monotonic time is the world's; its wall clock may be
// set, which must not disturb any deadline, lease or back-off.

import { type Instant, instant } from '../../kernel/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Scheduler } from './scheduler.ts';

/** 2026-01-01T00:00:00Z: worlds begin here, so that times in transcripts look like times. */
export const WORLD_BEGINS_AT = 1_767_225_600_000;

export class VirtualClock implements Clock {
  readonly #scheduler: Scheduler;
  #aheadMs = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  now(): Instant {
    return instant(Math.floor(WORLD_BEGINS_AT + this.#scheduler.nowMs + this.#aheadMs));
  }

  monotonicMs(): number {
    return this.#scheduler.nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.#scheduler.after(delayMs, callback);
  }

  /** Sets the wall clock forward or back. */
  jump(byMs: number): void {
    this.#aheadMs += byMs;
  }
}
