// A controller that begins waits until it has seen the fleet, at no cost: hosts that answer wake it, and one that does
// not answer is waited for so long and no longer.

import { expect, it } from 'vitest';
import { setConditions } from '../../src/sim/world/fleet.ts';
import { outageOf, World } from '../../src/sim/world/world.ts';
import { pass } from '../sim/pass.ts';
import { service, shopOf } from '../sim/plain-shop.ts';

const SECOND_MS = 1_000;
const SHOP = shopOf(2, service('web', { replicas: 2, check: 'none' }));

const runningOn = (world: World, host: string): number =>
  [...(world.hosts.get(host)?.engine.machine.containers.values() ?? [])].filter(({ run }) => run !== null)
    .length;

it('it does next to nothing while the Git server is down', async () => {
  const world = new World({ seed: 1, shop: SHOP, isTold: false });
  world.gitOutage = outageOf('git');
  world.boot(0);
  await pass(world, 10 * SECOND_MS);
  const { ran } = world.scheduler;
  await pass(world, 60 * SECOND_MS);
  // Its lease, and a look at the server now and then.
  expect(world.scheduler.ran - ran).toBeLessThan(150);
});

it('it begins as soon as all hosts have answered', async () => {
  const world = new World({ seed: 1, shop: SHOP, isTold: false });
  world.boot(0);
  await pass(world, 5 * SECOND_MS);
  expect([runningOn(world, 'h1'), runningOn(world, 'h2')]).toEqual([1, 1]);
});

it('it begins without a host that hangs after 15 s', async () => {
  const world = new World({ seed: 1, shop: SHOP, isTold: false });
  const silent = world.hosts.get('h2');
  if (silent === undefined) throw new Error('the world has h2');
  setConditions(silent, { way: 'cutToHost' });
  world.boot(0);
  await pass(world, 7 * SECOND_MS);
  expect(runningOn(world, 'h1')).toBe(0);
  await pass(world, 15 * SECOND_MS);
  expect(runningOn(world, 'h1')).toBeGreaterThan(0);
});
