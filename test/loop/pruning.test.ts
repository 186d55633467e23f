// What the store forgets, so that its rows do not become more for ever.

import { describe, expect, it } from 'vitest';
import { LABEL } from '../../src/kernel/owner.ts';
import { instant } from '../../src/kernel/time.ts';
import { MemoryKeeper } from '../../src/loop/memory-keeper.ts';
import { prune } from '../../src/loop/pruning.ts';
import type { HostState } from '../../src/observed/host-view.ts';
import { randomStream } from '../../src/sim/core/random.ts';
import { Scheduler } from '../../src/sim/core/scheduler.ts';
import { VirtualClock } from '../../src/sim/core/virtual-clock.ts';
import { SimDisk } from '../../src/sim/store/sim-disk.ts';
import { SimStore } from '../../src/sim/store/sim-store.ts';
import { COLOURS, host, service, world } from '../plan/world.ts';
import { Stage } from '../rollout/stage.ts';

async function rememberedFilling() {
  const clock = new VirtualClock(new Scheduler(randomStream(1, 'ties')));
  const disk = new SimDisk(clock, () => true);
  disk.write([{ kind: 'put', key: 'filled/h1/0123', value: 'true' }], [], undefined);
  const store = new SimStore({ disk, clock, delayMs: () => 0, onWrite: () => 'go on', isAlive: () => true });
  const keeper = new MemoryKeeper(store);
  expect((await keeper.load(instant(0))).ok).toBe(true);
  expect([...keeper.memory.filled]).toEqual(['h1/0123']);
  return { disk, keeper, store };
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

describe('that a volume was filled with a config that a revision mounts', () => {
  const api = service('api', { container: { mounts: [COLOURS] } });

  /** What is forgotten of a store that was restored, after somebody removed the volumes and their host is so. */
  async function forgotten(state: HostState, isThere: boolean): Promise<string[]> {
    const { store } = await rememberedFilling();
    const stage = new Stage(world([host('h1')], [api])).settle().host('h1', state);
    const views = [...stage.world.observed.hosts.values()];
    const volume = { name: 'plimsoll.config.c', labels: { [LABEL.content]: COLOURS.contentHash } };
    const seen = views.map((view) => ({ ...view, volumes: new Map(isThere ? [[volume.name, volume]] : []) }));
    const memory = { ...stage.world.memory, filled: new Set([`h1/${COLOURS.contentHash}`]) };
    const { unfilled } = await prune(store, memory, {
      historyLimit: () => null,
      views: seen,
      now: stage.now,
    });
    return [...unfilled];
  }

  it('is remembered while its volume is there', async () => {
    expect(await forgotten('fresh', true)).toEqual([]);
  });

  it('is forgotten where its volume is gone', async () => {
    expect(await forgotten('fresh', false)).toEqual([`h1/${COLOURS.contentHash}`]);
  });

  it('is remembered while nobody sees its host', async () => {
    expect(await forgotten('unreachable', false)).toEqual([]);
  });
});
