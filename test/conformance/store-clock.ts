// A clock that stands still until a test moves it. Its two faces move apart where a test sets the wall
// clock, as an administrator or NTP does.

import { instant } from '../../src/kernel/time.ts';
import type { Clock } from '../../src/ports/clock.ts';

export class StoreClock implements Clock {
  #wallMs = Date.UTC(2026, 0, 1);
  #monotonicMs = 1_000_000;

  now() {
    return instant(this.#wallMs);
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(): () => void {
    throw new Error('a store sets no timers');
  }

  pass(spanMs: number): void {
    this.#wallMs += spanMs;
    this.#monotonicMs += spanMs;
  }

  setWallClock(byMs: number): void {
    this.#wallMs += byMs;
  }
}
