// The contract of the Clock port: deadlines, leases and back-off rely on it, in the real world and in a
// simulated one.

import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/ports/clock.ts';

export interface ClockUnderTest {
  readonly clock: Clock;
  /** Lets at least so much time pass. */
  pass(ms: number): Promise<void>;
  /** How late a callback may be, in ms; 0 where time is virtual. */
  readonly latenessMs: number;
}

const A_YEAR_MS = 365 * 86_400_000;

export function clockContract(name: string, make: () => ClockUnderTest): void {
  describe(name, () => {
    describe('calls back', () => callCases(make));
    describe('cancels', () => cancelCases(make));
    describe('tells', () => timeCases(make));
  });
}

function callCases(make: () => ClockUnderTest): void {
  it('once, when the time has come and not before', async () => {
    const { clock, pass, latenessMs } = make();
    const beganMs = clock.monotonicMs();
    const calledAtMs: number[] = [];
    clock.after(25, () => calledAtMs.push(clock.monotonicMs() - beganMs));
    await pass(10);
    if (clock.monotonicMs() - beganMs < 25) expect(calledAtMs).toEqual([]);
    await pass(100 + latenessMs);
    expect(calledAtMs).toHaveLength(1);
    expect(calledAtMs[0]).toBeGreaterThanOrEqual(25);
    expect(calledAtMs[0]).toBeLessThanOrEqual(25 + latenessMs);
  });

  it('in the order in which callbacks are due, not in the one in which they were asked for', async () => {
    const { clock, pass, latenessMs } = make();
    const called: number[] = [];
    for (const delayMs of [60, 20, 80, 0, 40]) clock.after(delayMs, () => called.push(delayMs));
    await pass(100 + latenessMs);
    expect(called).toEqual([0, 20, 40, 60, 80]);
  });

  it.each([0, -5])('for a delay of %i soon, but never before the asker has gone on', async (delayMs) => {
    const { clock, pass, latenessMs } = make();
    await pass(10);
    const beganMs = clock.monotonicMs();
    const said: string[] = [];
    let calledAtMs = Number.NaN;
    clock.after(delayMs, () => {
      said.push('called');
      calledAtMs = clock.monotonicMs();
    });
    said.push('asked');
    await pass(5 + latenessMs);
    expect(said).toEqual(['asked', 'called']);
    expect(calledAtMs, 'time does not go back').toBeGreaterThanOrEqual(beganMs);
  });

  it('whoever asks from within a callback, counted from then', async () => {
    const { clock, pass, latenessMs } = make();
    const beganMs = clock.monotonicMs();
    const calledAtMs: number[] = [];
    clock.after(20, () => clock.after(20, () => calledAtMs.push(clock.monotonicMs() - beganMs)));
    await pass(50 + 2 * latenessMs);
    expect(calledAtMs).toHaveLength(1);
    expect(calledAtMs[0]).toBeGreaterThanOrEqual(40);
  });

  it('not at once for a delay of a year, nor for one without end', async () => {
    const { clock, pass } = make();
    const called: number[] = [];
    const cancels = [A_YEAR_MS, Number.POSITIVE_INFINITY].map((delayMs) =>
      clock.after(delayMs, () => called.push(delayMs)),
    );
    await pass(30);
    for (const cancel of cancels) cancel();
    expect(called).toEqual([]);
  });
}

function cancelCases(make: () => ClockUnderTest): void {
  it('what has not been called yet, and nothing else', async () => {
    const { clock, pass, latenessMs } = make();
    const called: string[] = [];
    const cancel = clock.after(20, () => called.push('cancelled'));
    clock.after(20, () => called.push('kept'));
    cancel();
    await pass(30 + latenessMs);
    expect(called).toEqual(['kept']);
  });

  it('from within an earlier callback', async () => {
    const { clock, pass, latenessMs } = make();
    const called: string[] = [];
    const cancel = clock.after(60, () => called.push('late'));
    clock.after(10, () => {
      called.push('early');
      cancel();
    });
    await pass(80 + latenessMs);
    expect(called).toEqual(['early']);
  });

  it('without harm twice, and after the call', async () => {
    const { clock, pass, latenessMs } = make();
    const called: string[] = [];
    const cancel = clock.after(5, () => called.push('first'));
    await pass(10 + latenessMs);
    cancel();
    cancel();
    clock.after(5, () => called.push('second'));
    await pass(10 + latenessMs);
    expect(called).toEqual(['first', 'second']);
  });
}

function timeCases(make: () => ClockUnderTest): void {
  it('a time that never goes back, and that passes', async () => {
    const { clock, pass } = make();
    const times: number[] = [clock.monotonicMs()];
    for (let n = 0; n < 20; n += 1) {
      times.push(clock.monotonicMs());
      if (n % 5 === 0) await pass(5);
    }
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(20);
  });

  it('the wall-clock time in whole milliseconds of the epoch, which passes as fast', async () => {
    const { clock, pass, latenessMs } = make();
    const before = { wall: clock.now(), monotonicMs: clock.monotonicMs() };
    await pass(40);
    const [wallMs, steadyMs] = [clock.now() - before.wall, clock.monotonicMs() - before.monotonicMs];
    expect(Number.isInteger(clock.now())).toBe(true);
    expect(clock.now()).toBeGreaterThan(Date.UTC(2025, 0, 1));
    expect(Math.abs(wallMs - steadyMs)).toBeLessThanOrEqual(2 + latenessMs);
  });
}
