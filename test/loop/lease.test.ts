// A controller whose lease passed on in the meantime ends, even where nobody holds it any more.

import { expect, it } from 'vitest';
import { fencedStore } from '../../src/loop/fenced-store.ts';
import { LeaseKeeper } from '../../src/loop/lease.ts';
import { randomStream } from '../../src/sim/core/random.ts';
import { Scheduler } from '../../src/sim/core/scheduler.ts';
import { VirtualClock } from '../../src/sim/core/virtual-clock.ts';
import { SimDisk } from '../../src/sim/store/sim-disk.ts';
import { SimStore } from '../../src/sim/store/sim-store.ts';
import { ProcessClock } from '../../src/sim/world/process-clock.ts';

const LEASE_MS = 15_000;

function machine() {
  const scheduler = new Scheduler(randomStream(1, 'ties'));
  const clock = new VirtualClock(scheduler);
  const disk = new SimDisk(clock, () => false);
  const controller = (holder: string, delayMs = 0) => {
    const own = new ProcessClock(clock);
    const store = new SimStore({
      disk,
      clock: own,
      delayMs: () => delayMs,
      onWrite: () => 'go on',
      isAlive: () => true,
    });
    const lost: string[] = [];
    const heldAgain: boolean[] = [];
    const keeper = new LeaseKeeper({
      clock: own,
      store,
      holder,
      leaseMs: LEASE_MS,
      onLost: (problem) => lost.push(problem.message),
      onHeldAgain: () => heldAgain.push(keeper.isHeld),
    });
    return { own, keeper, lost, heldAgain, store: fencedStore(store, () => keeper.lease, clock) };
  };
  const pass = async (ms: number): Promise<void> => {
    const until = scheduler.nowMs + ms;
    scheduler.after(ms, () => {});
    for (let next = scheduler.nextAtMs(); next !== null && next <= until; next = scheduler.nextAtMs()) {
      scheduler.step();
      await new Promise(setImmediate);
    }
  };
  return { controller, pass, disk };
}

it('renews for as long as it runs', async () => {
  const { controller, pass } = machine();
  const one = controller('one');
  await one.keeper.acquire();
  await pass(10 * LEASE_MS);
  expect(one.keeper.isHeld).toBe(true);
  expect(one.lost).toEqual([]);
  expect(one.heldAgain).toEqual([]);
});

it('says so when it holds the lease again that had run out and that nobody else had', async () => {
  const { controller, pass } = machine();
  const one = controller('one');
  await one.keeper.acquire();
  one.own.stop();
  await pass(2 * LEASE_MS);
  expect(one.keeper.isHeld).toBe(false);
  one.own.resume();
  await pass(1);
  await pass(LEASE_MS);
  expect(one.lost).toEqual([]);
  expect(one.heldAgain).toEqual([true]);
});

it('ends when it was stopped past its lease and another one came and went meanwhile', async () => {
  const { controller, pass, disk } = machine();
  const [one, two] = [controller('one'), controller('two')];
  await one.keeper.acquire();
  await one.store.write([{ kind: 'put', key: 'row', value: '"of one"' }]);
  one.own.stop();
  await pass(2 * LEASE_MS);
  expect((await two.keeper.acquire()).ok).toBe(true);
  await two.store.write([{ kind: 'put', key: 'row', value: '"of two"' }]);
  await two.keeper.release();
  one.own.resume();
  await pass(LEASE_MS);
  expect(one.lost).toEqual(['another controller held the lease in the meantime']);
  expect(one.keeper.isHeld).toBe(false);
  const late = await one.store.write([{ kind: 'put', key: 'row', value: '"stale"' }]);
  expect(late).toMatchObject({ ok: false, error: { code: 'store/lease' } });
  expect(disk.get('row')?.value).toBe('"of two"');
  expect((await controller('three').keeper.acquire()).ok).toBe(true);
});

it('runs out by itself where a full disk keeps it from being given back', async () => {
  const { controller, pass, disk } = machine();
  const one = controller('one');
  await one.keeper.acquire();
  disk.isFull = true;
  await one.keeper.release();
  expect(one.keeper.isHeld).toBe(false);
  await pass(2 * LEASE_MS);
  expect(disk.leaseNow('controller')).toMatchObject({ leftMs: expect.toSatisfy((ms: number) => ms <= 0) });
});

it('takes nothing back by a renewal that was under way when it was given back', async () => {
  const { controller, pass, disk } = machine();
  const delayMs = 50;
  const one = controller('one', delayMs);
  const acquired = one.keeper.acquire();
  await pass(delayMs);
  expect((await acquired).ok).toBe(true);
  await pass(LEASE_MS / 3 + delayMs / 2);
  const released = one.keeper.release();
  await pass(3 * LEASE_MS);
  await released;
  expect(one.lost).toEqual([]);
  expect(disk.leaseNow('controller')).toBeNull();
});
