// The real time and the real chance. Everything else asks the ports, so that a simulation can answer.

import { randomBytes } from 'node:crypto';
import { instant } from '../../kernel/time.ts';
import type { Clock, Random } from '../../ports/clock.ts';

/** The longest delay that a Node timer keeps; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => instant(Date.now()),
  // The same clock for all processes since the machine's start (CLOCK_MONOTONIC), unlike
  // performance.now(): leases of two processes on one machine are compared by it.
  monotonicMs: () => Number(process.hrtime.bigint()) / 1e6,
  after(delayMs, callback) {
    const dueMs = systemClock.monotonicMs() + delayMs;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const leftMs = dueMs - systemClock.monotonicMs();
      timer = setTimeout(fire, Math.min(Math.max(leftMs, 0), LONGEST_TIMER_MS));
    };
    // Node's timers run by a clock of their own and may fire up to a millisecond early.
    const fire = (): void => (systemClock.monotonicMs() < dueMs ? arm() : callback());
    arm();
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = {
  // 48 random bits: exact in a double, and not guessable from earlier draws.
  next: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
};
