// When a host that has left the fleet is let go, and with it what is known of its images and volumes.

import { expect, it } from 'vitest';
import { instant } from '../../src/kernel/time.ts';
import { LeavingHosts } from '../../src/loop/leaving-hosts.ts';
import { type HostView, unknownHost } from '../../src/observed/host-view.ts';
import { randomStream } from '../../src/sim/core/random.ts';
import { Scheduler } from '../../src/sim/core/scheduler.ts';
import { VirtualClock } from '../../src/sim/core/virtual-clock.ts';
import { SimDisk } from '../../src/sim/store/sim-disk.ts';
import { SimStore } from '../../src/sim/store/sim-store.ts';
import { CONTROLLER, host } from '../plan/world.ts';

const H1 = host('h1');
const UNKNOWN = unknownHost(H1.id, instant(0));
const EMPTY: HostView = { ...UNKNOWN, state: 'fresh' };
const STALE: HostView = { ...UNKNOWN, state: 'stale' };
const UNREACHABLE: HostView = { ...UNKNOWN, state: 'unreachable' };

/** Whether it is done at each housekeeping in turn, by what is seen of it; undefined: nobody asks it. */
async function doneAt(...views: readonly (HostView | undefined)[]): Promise<readonly boolean[]> {
  const clock = new VirtualClock(new Scheduler(randomStream(1, 'ties')));
  const disk = new SimDisk(clock, () => true);
  const store = new SimStore({ disk, clock, delayMs: () => 0, onWrite: () => 'go on', isAlive: () => true });
  const leaving = new LeavingHosts(store);
  await leaving.note(new Map([[H1.id, H1]]), new Map());
  return views.map((view) => leaving.done([], () => view, CONTROLLER).includes(H1.id));
}

it('a host is cleared away by one housekeeping before the next lets it go', async () => {
  expect(await doneAt(EMPTY, EMPTY)).toEqual([false, true]);
  expect(await doneAt(EMPTY, STALE, EMPTY, EMPTY)).toEqual([false, false, false, true]);
});

it('a host that does not answer any more is given up', async () => {
  expect(await doneAt(UNREACHABLE)).toEqual([true]);
});

it('a host that nobody asks, since the fleet has not been read yet, is kept however long that takes', async () => {
  expect(await doneAt(undefined, undefined, undefined)).toEqual([false, false, false]);
  expect(await doneAt(undefined, EMPTY, EMPTY)).toEqual([false, false, true]);
});

it('a host that is being connected to has until the next housekeeping to answer', async () => {
  expect(await doneAt(UNKNOWN, UNKNOWN)).toEqual([false, true]);
  expect(await doneAt(UNKNOWN, EMPTY, EMPTY)).toEqual([false, false, true]);
});
