// One contract for the system's clock, the clock of a simulated machine and that of a simulated process; and
// one for the chance that goes with them.

import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { systemClock, systemRandom } from '../../src/adapters/clock/system.ts';
import type { Clock, Random } from '../../src/ports/clock.ts';
import { randomStream } from '../../src/sim/core/random.ts';
import { Scheduler } from '../../src/sim/core/scheduler.ts';
import { VirtualClock } from '../../src/sim/core/virtual-clock.ts';
import { ProcessClock } from '../../src/sim/world/process-clock.ts';
import { type ClockUnderTest, clockContract } from './clock-contract.ts';

/** What a busy machine may make a timer late by. */
const BUSY_MS = 250;

clockContract('the clock of the system', () => ({
  clock: systemClock,
  latenessMs: BUSY_MS,
  pass: async (ms) => {
    const untilMs = systemClock.monotonicMs() + ms;
    while (systemClock.monotonicMs() < untilMs)
      await setTimeout(Math.ceil(untilMs - systemClock.monotonicMs()));
  },
}));

function virtual(clockOf: (machine: VirtualClock) => Clock): ClockUnderTest {
  const scheduler = new Scheduler(randomStream(1, 'ties'));
  return {
    clock: clockOf(new VirtualClock(scheduler)),
    latenessMs: 0,
    async pass(ms) {
      const untilMs = scheduler.nowMs + ms;
      scheduler.after(ms, () => {});
      for (let next = scheduler.nextAtMs(); next !== null && next <= untilMs; next = scheduler.nextAtMs())
        scheduler.step();
    },
  };
}

clockContract('the clock of a simulated machine', () => virtual((machine) => machine));
clockContract('the clock of a simulated process', () => virtual((machine) => new ProcessClock(machine)));
clockContract('the clock of a simulated machine whose time was set forward', () =>
  virtual((machine) => {
    machine.jump(3_600_000);
    return machine;
  }),
);

const CHANCES: readonly [string, Random][] = [
  ['the chance of the system', systemRandom],
  ['a simulated stream', randomStream(1, 'a stream')],
];

describe.each(CHANCES)('%s', (_, random) => {
  it('is uniform in [0, 1)', () => {
    const counts = new Array<number>(20).fill(0);
    for (let n = 0; n < 20_000; n += 1) {
      const value = random.next();
      expect(value >= 0 && value < 1).toBe(true);
      const at = Math.floor(value * counts.length);
      counts[at] = (counts[at] ?? 0) + 1;
    }
    // 1,000 are expected in each; seven standard deviations are never seen.
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(220);
  });

  it('hardly ever repeats itself', () => {
    expect(new Set(Array.from({ length: 2_000 }, () => random.next())).size).toBeGreaterThan(1_995);
  });
});
