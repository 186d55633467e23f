// What a simulated process hears of time while it is stopped, and after its end.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/sim/core/random.ts';
import { Scheduler } from '../../src/sim/core/scheduler.ts';
import { VirtualClock } from '../../src/sim/core/virtual-clock.ts';
import { ProcessClock } from '../../src/sim/world/process-clock.ts';

function stage() {
  const scheduler = new Scheduler(randomStream(1, 'ties'));
  const clock = new ProcessClock(new VirtualClock(scheduler));
  const called: string[] = [];
  const note = (what: string) => () => called.push(`${what} at ${scheduler.nowMs}`);
  const passAll = (): void => {
    while (scheduler.step());
  };
  return { scheduler, clock, called, note, passAll };
}

describe('a process that is stopped', () => {
  it('is called back when it goes on, late, in the order in which it was due', () => {
    const { scheduler, clock, called, note, passAll } = stage();
    clock.after(20, note('second'));
    clock.after(10, note('first'));
    clock.stop();
    passAll();
    scheduler.after(100, () => clock.resume());
    passAll();
    expect(called).toEqual(['first at 120', 'second at 120']);
  });

  it('is not called back for what is cancelled when it goes on', () => {
    const { clock, called, note, passAll } = stage();
    const cancels = [clock.after(20, note('second'))];
    clock.after(10, () => {
      note('first')();
      for (const cancel of cancels) cancel();
    });
    clock.stop();
    passAll();
    clock.resume();
    expect(called).toEqual(['first at 20']);
  });

  it('hears what it was sent when it goes on', async () => {
    const { clock } = stage();
    clock.stop();
    let heard = '';
    const listening = clock.receive(Promise.resolve('an answer')).then((answer) => {
      heard = answer;
    });
    await new Promise(setImmediate);
    expect(heard).toBe('');
    clock.resume();
    await listening;
    expect(heard).toBe('an answer');
  });
});

describe('a process that has ended', () => {
  it('is never called back, nor hears anything', async () => {
    const { clock, called, note, passAll } = stage();
    clock.after(10, note('late'));
    void clock.receive(Promise.resolve()).then(note('heard'));
    clock.end();
    clock.resume();
    passAll();
    await new Promise(setImmediate);
    expect(called).toEqual([]);
  });
});
