// The real clock keeps what leases and deadlines rely on.

import { execFileSync } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { systemClock, systemRandom } from '../../../src/adapters/clock/system.ts';

const A_YEAR_MS = 365 * 86_400_000;

describe('the system clock', () => {
  it('calls back once when the time has come, and not after it was cancelled', async () => {
    const calls: string[] = [];
    const startMs = systemClock.monotonicMs();
    const cancel = systemClock.after(20, () => calls.push('cancelled'));
    const done = new Promise<number>((resolve) => {
      systemClock.after(30, () => resolve(systemClock.monotonicMs() - startMs));
    });
    cancel();
    expect(await done).toBeGreaterThanOrEqual(29);
    expect(calls).toEqual([]);
  });

  it('does not call back at once for a delay that is longer than a timer of Node can be', async () => {
    let called = false;
    const cancel = systemClock.after(A_YEAR_MS, () => {
      called = true;
    });
    await setTimeout(30);
    cancel();
    expect(called).toBe(false);
  });

  it('shares its monotonic time with other processes of the machine', () => {
    const beforeMs = systemClock.monotonicMs();
    const script = 'process.stdout.write(String(Number(process.hrtime.bigint()) / 1e6))';
    const otherMs = Number(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
    expect(otherMs).toBeGreaterThan(beforeMs);
    expect(otherMs).toBeLessThan(systemClock.monotonicMs());
  });
});

describe('chance', () => {
  it('lies in [0, 1) and in every tenth of it', () => {
    const draws = Array.from({ length: 2_000 }, () => systemRandom.next());
    expect(draws.every((draw) => draw >= 0 && draw < 1)).toBe(true);
    expect(new Set(draws.map((draw) => Math.floor(draw * 10))).size).toBe(10);
  });
});
