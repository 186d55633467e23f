// Waiting with the injected clock: the only way in which the loop lets time pass.

import type { Clock } from '../ports/clock.ts';

/** Resolves after `delayMs`, or at once when the signal is aborted. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const wake = (): void => {
      cancel();
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const cancel = clock.after(delayMs, wake);
    signal.addEventListener('abort', wake, { once: true });
  });
}

/** Doubling delays with jitter: between half and all of `firstMs · 2^(tries-1)`, at most `maxMs`. */
export function jitteredBackoffMs(tries: number, firstMs: number, maxMs: number, random: number): number {
  const full = Math.min(firstMs * 2 ** Math.max(0, tries - 1), maxMs);
  return full / 2 + (full / 2) * random;
}
