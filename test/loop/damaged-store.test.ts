// A store that breaks under a running controller: nobody is told that a commit was deployed which was not.

import { expect, it } from 'vitest';
import { randomStream } from '../../src/sim/core/random.ts';
import { drawShop } from '../../src/sim/shop/draw.ts';
import { outageOf, World } from '../../src/sim/world/world.ts';
import { pass } from '../sim/pass.ts';
import { service, shopOf } from '../sim/plain-shop.ts';

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

it('why a service stands still is told as it is now, though nothing can be written', async () => {
  const shop = { ...shopOf(2, service('web', { replicas: 2, check: 'none' })), isSplit: true };
  const world = new World({ seed: 1, shop, isTold: false });
  world.boot(0);
  await pass(world, 60_000);
  const because = (): string | undefined => world.active?.controller.status().services[0]?.because;
  world.loseCopies('last');
  world.gitOutage = outageOf('git');
  if (world.active !== null) world.crash(world.active, 1_000, 'by the test');
  await pass(world, 30_000);
  expect(because()).toMatch(/is not read since/);
  world.disk.isFull = true;
  world.gitOutage = null;
  // Something that would be written down.
  const [gone] = world.hosts.get('h1')?.engine.machine.containers.values() ?? [];
  world.hosts.get('h1')?.engine.endProcess(gone?.name ?? '', 1);
  void world.active?.controller.sync(null);
  await pass(world, 5_000);
  expect(because()).not.toMatch(/is not read/);
});

it('a damaged store ends the controller at once', async () => {
  const world = await deployed();
  const first = world.active;
  world.disk.damage = 'its file was removed while in use';
  await pass(world, 10_000);
  expect(first?.isAlive).toBe(false);
});
