// Virtual time, seeded chance and the traps that keep the real ones out.

import { describe, expect, it } from 'vitest';
import { latencyMs, randomStream } from '../../src/sim/core/random.ts';
import { Scheduler } from '../../src/sim/core/scheduler.ts';
import { VirtualClock } from '../../src/sim/core/virtual-clock.ts';

const draw = (seed: number, name: string, count: number): number[] => {
  const stream = randomStream(seed, name);
  return Array.from({ length: count }, () => stream.next());
};

describe('seeded chance', () => {
  it('is the same for the same seed and stream, and another one for every other', () => {
    expect(draw(1, 'hosts', 5)).toEqual(draw(1, 'hosts', 5));
    const firsts = [1, 2, 3].flatMap((seed) => ['hosts', 'git'].map((name) => draw(seed, name, 1)[0]));
    expect(new Set(firsts).size).toBe(6);
  });

  it('is spread evenly over [0, 1)', () => {
    const counts = new Array<number>(10).fill(0);
    for (const value of draw(7, 'even', 10_000))
      counts[Math.floor(value * 10)] = (counts[Math.floor(value * 10)] ?? 0) + 1;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it('gives latencies around what is typical, now and then many times that', () => {
    const stream = randomStream(3, 'latency');
    const all = Array.from({ length: 10_000 }, () => latencyMs(stream, 10)).sort((a, b) => a - b);
    expect(all[5_000]).toBeGreaterThan(8);
    expect(all[5_000]).toBeLessThan(13);
    expect(all.at(-1)).toBeGreaterThan(50);
  });
});

describe('virtual time', () => {
  it('passes from event to event, in their order, however they were asked for', () => {
    const scheduler = new Scheduler(randomStream(1, 'ties'));
    const ran: string[] = [];
    const delays = [50, 10, 30, 10.5, 0, 40, 20];
    for (const delayMs of delays) scheduler.after(delayMs, () => ran.push(`${scheduler.nowMs}`));
    while (scheduler.step());
    expect(ran).toEqual([...delays].sort((a, b) => a - b).map(String));
    expect(scheduler.ran).toBe(delays.length);
  });

  it('skips what was cancelled', () => {
    const scheduler = new Scheduler(randomStream(1, 'ties'));
    const ran: number[] = [];
    const cancel = scheduler.after(10, () => ran.push(10));
    scheduler.after(20, () => ran.push(20));
    cancel();
    expect(scheduler.nextAtMs()).toBe(20);
    while (scheduler.step());
    expect(ran).toEqual([20]);
  });

  it('orders what falls on one instant by the seed alone', () => {
    const order = (seed: number): string => {
      const scheduler = new Scheduler(randomStream(seed, 'ties'));
      const ran: number[] = [];
      for (let n = 0; n < 8; n += 1) scheduler.after(5, () => ran.push(n));
      while (scheduler.step());
      return ran.join();
    };
    expect(order(1)).toBe(order(1));
    expect(new Set([1, 2, 3, 4].map(order)).size).toBeGreaterThan(1);
  });

  it('is monotonic when somebody sets the wall clock', () => {
    const scheduler = new Scheduler(randomStream(1, 'ties'));
    const clock = new VirtualClock(scheduler);
    const before = clock.now();
    clock.jump(-3_600_000);
    expect(clock.now() - before).toBe(-3_600_000);
    expect(clock.monotonicMs()).toBe(0);
  });
});
