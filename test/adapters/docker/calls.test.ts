// Whatever happens, a call ends: by its answer, its deadline, its caller or the loss of the host.

import { describe, expect, it } from 'vitest';
import { CallsUnderWay } from '../../../src/adapters/docker/calls.ts';
import { PlimsollError, problem, toProblem } from '../../../src/kernel/errors.ts';

const LOST = problem('host/unreachable', 'h1 is gone');
const never = (): Promise<never> => new Promise(() => {});

describe('a call', () => {
  it('ends with its answer or its own error', async () => {
    const calls = new CallsUnderWay('h1');
    await expect(calls.run('cannot ask', { deadlineMs: 1_000 }, async () => 42)).resolves.toBe(42);
    const failing = async () => {
      throw new PlimsollError(problem('engine/conflict', 'no'));
    };
    await expect(calls.run('cannot ask', { deadlineMs: 1_000 }, failing)).rejects.toThrow('no');
  });

  it('ends at its deadline, also where the work never does, and tells the work to stop', async () => {
    const calls = new CallsUnderWay('h1');
    const signals: AbortSignal[] = [];
    const work = (signal: AbortSignal): Promise<never> => {
      signals.push(signal);
      return never();
    };
    const found = await calls.run('cannot ask', { deadlineMs: 20 }, work).catch(toProblem);
    expect(found).toMatchObject({
      code: 'host/timeout',
      message: 'cannot ask: no answer from h1 within 20ms',
    });
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
  });

  it.each([
    ['before it begins', 0],
    ['while it is under way', 20],
  ])('ends with its caller %s', async (_, afterMs) => {
    const controller = new AbortController();
    if (afterMs === 0) controller.abort();
    else setTimeout(() => controller.abort(), afterMs);
    const options = { deadlineMs: 5_000, signal: controller.signal };
    const found = await new CallsUnderWay('h1').run('cannot ask', options, never).catch(toProblem);
    expect(found).toMatchObject({ code: 'host/cancelled' });
  });

  it('ends with the host, and so does every later one', async () => {
    const calls = new CallsUnderWay('h1');
    const underWay = [
      calls.run('cannot ask', { deadlineMs: 5_000 }, never),
      calls.follow('cannot follow', undefined, never),
    ].map((call) => call.catch(toProblem));
    calls.endAll(LOST);
    calls.endAll(problem('host/unreachable', 'something else'));
    expect(await Promise.all(underWay)).toEqual([LOST, LOST]);
    let isStarted = false;
    const late = calls.run('cannot ask', { deadlineMs: 5_000 }, async () => {
      isStarted = true;
    });
    expect(await late.catch(toProblem)).toEqual(LOST);
    expect(isStarted).toBe(false);
  });

  it('leaves nothing behind on the signal of its caller', async () => {
    const calls = new CallsUnderWay('h1');
    const controller = new AbortController();
    const options = { deadlineMs: 1_000, signal: controller.signal };
    const signals: AbortSignal[] = [];
    await calls.run('cannot ask', options, async (signal) => {
      signals.push(signal);
    });
    controller.abort();
    calls.endAll(LOST);
    expect(signals.map((signal) => signal.aborted)).toEqual([false]);
  });
});
