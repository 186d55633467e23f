// Who sees that a removal was a mistake and takes the commit back keeps what still runs by then.

import { describe, expect, it } from 'vitest';
import { isServing } from '../../src/sim/checks/truth.ts';
import { STEADY_TEMPO } from '../../src/sim/world/tempo.ts';
import { World } from '../../src/sim/world/world.ts';
import { SHOP, WEB } from '../sim/deployed.ts';
import { pass } from '../sim/pass.ts';

const REPLICAS = 12;
const MANY = {
  ...SHOP,
  hosts: ['h1'],
  services: new Map([['web', { ...WEB, replicas: REPLICAS, maxSurge: 1 }]]),
};

/** One thing at a time is done on the host: what is decided waits for its turn. */
const tempo = { ...STEADY_TEMPO, settings: { ...STEADY_TEMPO.settings, actionsPerHost: 1 } };

const serving = (world: World): readonly string[] =>
  [...(world.hosts.get('h1')?.engine.machine.containers.values() ?? [])]
    .filter((c) => isServing(c, WEB.check, world.scheduler.nowMs))
    .map((c) => c.name);

/** A person has let a commit in that removes everything, and the first replicas are gone. */
async function removing(): Promise<World> {
  const world = new World({ seed: 1, shop: MANY, isTold: false, tempo });
  world.boot(0);
  await pass(world, 60_000);
  expect(serving(world)).toHaveLength(REPLICAS);
  world.commit({ ...MANY, services: new Map(), isEmpty: true }, 'removes everything');
  await pass(world, 10_000);
  void world.active?.controller.approve(null, 'user:ada');
  await pass(world, 1_000);
  expect(serving(world).length).toBeLessThan(REPLICAS);
  expect(serving(world).length).toBeGreaterThan(2);
  return world;
}

/** The rest is on its way out; the commit in force now wants all of them back. */
async function takenBack(): Promise<World> {
  const world = await removing();
  world.commit(MANY, 'puts it back');
  void world.active?.controller.sync(null);
  await pass(world, 200);
  expect(world.active?.controller.status().commit).toBe(world.repository.head);
  return world;
}

describe('a removal that was taken back', () => {
  it('stops nothing any more that has not been told to stop', async () => {
    const world = await takenBack();
    const left = serving(world);
    expect(left.length).toBeGreaterThan(2);
    await pass(world, 60_000);
    const now = serving(world);
    expect(now).toHaveLength(REPLICAS);
    // The one whose stop was under way is gone.
    expect(left.filter((name) => !now.includes(name)).length).toBeLessThanOrEqual(1);
  });

  it('is carried out where it is wanted all the same', async () => {
    const world = await takenBack();
    world.commit({ ...MANY, services: new Map(), isEmpty: true }, 'removes everything again');
    await pass(world, 10_000);
    void world.active?.controller.approve(null, 'user:ada');
    await pass(world, 60_000);
    expect(serving(world)).toEqual([]);
  });

  it('is not carried on by a controller that begins: what runs on for longer than its grace was never told', async () => {
    const world = await removing();
    const left = serving(world);
    if (world.active !== null) world.crash(world.active, 500, 'in the middle of the removal');
    world.commit(MANY, 'puts it back');
    await pass(world, 120_000);
    expect(serving(world)).toHaveLength(REPLICAS);
    // Some are gone: before it has read the commit that puts them back, the removal is in force.
    const kept = serving(world).filter((name) => left.includes(name));
    expect(kept.length).toBeGreaterThan(left.length / 2);
  });
});
