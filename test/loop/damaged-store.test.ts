// A store that breaks under a running controller: nobody is told that a commit was deployed which was not.

import { expect, it } from 'vitest';
import { randomStream } from '../../src/sim/core/random.ts';
import { drawShop } from '../../src/sim/shop/draw.ts';
import { World } from '../../src/sim/world/world.ts';
import { pass } from '../sim/pass.ts';

async function deployed(): Promise<World> {
  const world = new World({ seed: 1, shop: drawShop(randomStream(1, 'shop')), isTold: false });
  world.boot(0);
  await pass(world, 120_000);
  expect(world.active?.controller.status().phase).toBe('converged');
  return world;
}

it('a commit that cannot be written down is a failure until it is', async () => {
  const world = await deployed();
  world.disk.isFull = true;
  world.commit(world.shop, 'a change');
  void world.active?.controller.sync(null);
  await pass(world, 2_000);
  const status = world.active?.controller.status();
  expect(status?.phase).toBe('failed');
  expect(status?.sources[0]?.problems[0]?.code).toBe('store/full');
  world.disk.isFull = false;
  await pass(world, 60_000);
  expect(world.active?.controller.status().phase).toBe('converged');
});

it('a damaged store ends the controller at once', async () => {
  const world = await deployed();
  const first = world.active;
  world.disk.damage = 'its file was removed while in use';
  await pass(world, 10_000);
  expect(first?.isAlive).toBe(false);
});
