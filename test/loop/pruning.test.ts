// What the store forgets, so that its rows do not become more for ever.

import { expect, it } from 'vitest';
import { instant } from '../../src/kernel/time.ts';
import { MemoryKeeper } from '../../src/loop/memory-keeper.ts';
import { randomStream } from '../../src/sim/core/random.ts';
import { Scheduler } from '../../src/sim/core/scheduler.ts';
import { VirtualClock } from '../../src/sim/core/virtual-clock.ts';
import { SimDisk } from '../../src/sim/store/sim-disk.ts';
import { SimStore } from '../../src/sim/store/sim-store.ts';

async function rememberedFilling() {
  const clock = new VirtualClock(new Scheduler(randomStream(1, 'ties')));
  const disk = new SimDisk(clock, () => true);
  disk.write([{ kind: 'put', key: 'filled/h1/0123', value: 'true' }], [], undefined);
  const store = new SimStore({ disk, clock, delayMs: () => 0, onWrite: () => 'go on', isAlive: () => true });
  const keeper = new MemoryKeeper(store);
  expect((await keeper.load(instant(0))).ok).toBe(true);
  expect([...keeper.memory.filled]).toEqual(['h1/0123']);
  return { disk, keeper };
}

it('that a volume was filled with a config is forgotten once nothing mounts it', async () => {
  const { disk, keeper } = await rememberedFilling();
  await keeper.prune(() => null, [], instant(1_000));
  expect([...keeper.memory.filled]).toEqual([]);
  expect([...disk.rows.keys()]).toEqual([]);
});

it('what cannot be forgotten since the disk is full is remembered, and said to be', async () => {
  const { disk, keeper } = await rememberedFilling();
  disk.isFull = true;
  expect(await keeper.prune(() => null, [], instant(1_000))).toMatchObject({
    ok: false,
    error: { code: 'store/full' },
  });
  expect([...keeper.memory.filled]).toEqual(['h1/0123']);
});
