// What the store forgets, so that its rows do not become more for ever.

import { expect, it } from 'vitest';
import { instant } from '../../src/kernel/time.ts';
import { MemoryKeeper } from '../../src/loop/memory-keeper.ts';
import { randomStream } from '../../src/sim/core/random.ts';
import { Scheduler } from '../../src/sim/core/scheduler.ts';
import { VirtualClock } from '../../src/sim/core/virtual-clock.ts';
import { SimDisk } from '../../src/sim/store/sim-disk.ts';
import { SimStore } from '../../src/sim/store/sim-store.ts';

it('that a volume was filled with a config is forgotten once nothing mounts it', async () => {
  const clock = new VirtualClock(new Scheduler(randomStream(1, 'ties')));
  const disk = new SimDisk(clock, () => true);
  disk.write([{ kind: 'put', key: 'filled/h1/0123', value: 'true' }], [], undefined);
  const store = new SimStore({ disk, clock, delayMs: () => 0, onWrite: () => 'go on', isAlive: () => true });
  const keeper = new MemoryKeeper(store);
  expect((await keeper.load(instant(0))).ok).toBe(true);
  expect([...keeper.memory.filled]).toEqual(['h1/0123']);
  await keeper.prune(() => null, [], instant(1_000));
  expect([...keeper.memory.filled]).toEqual([]);
  expect([...disk.rows.keys()]).toEqual([]);
});
