// A store that was lost or set back, beside containers that run: nothing is changed before a person has
// approved, and nothing of a host that answers late is taken for superfluous.

import { describe, expect, it } from 'vitest';
import { serviceOf } from '../../src/sim/checks/truth.ts';
import type { SimShop } from '../../src/sim/shop/shop.ts';
import { setConditions } from '../../src/sim/world/fleet.ts';
import { CONTROLLER } from '../../src/sim/world/process.ts';
import { World } from '../../src/sim/world/world.ts';
import { pass } from '../sim/pass.ts';
import { service, shopOf } from '../sim/plain-shop.ts';

const api = service('api', { replicas: 3, check: 'none' });
const shop = shopOf(3, api);
const withDatabase: SimShop = {
  ...shop,
  services: new Map([...shop.services, ['db', { ...api, name: 'db', replicas: 1, hasVolume: true }]]),
};

const MINUTE_MS = 60_000;

function running(world: World): string[] {
  const found: string[] = [];
  for (const { id, engine } of world.hosts.values())
    for (const container of engine.machine.containers.values())
      if (serviceOf(container, CONTROLLER) !== null && container.run !== null)
        found.push(`${id} ${container.name} ${container.id}`);
  return found.sort();
}

const phase = (world: World): string | undefined => world.active?.controller.status().phase;

function cut(world: World, name: string, way: 'cut' | 'open'): void {
  const host = world.hosts.get(name);
  if (host !== undefined) setConditions(host, { way });
}

async function restartWith(world: World, change: () => void): Promise<void> {
  const { active } = world;
  if (active !== null) world.crash(active, 1_000, 'for the test');
  change();
  await pass(world, 40_000);
}

async function approve(world: World): Promise<void> {
  void world.active?.controller.approve(null, 'user:ada');
  await pass(world, 40_000);
}

async function deployed(what = shop): Promise<World> {
  const world = new World({ seed: 7, shop: what, isTold: false });
  world.boot(0);
  await pass(world, 60_000);
  expect(phase(world)).toBe('converged');
  return world;
}

describe('a store that was lost', () => {
  it('is refilled from the labels, and nothing is touched before and after the approval', async () => {
    const world = await deployed();
    const before = running(world);
    await restartWith(world, () => world.disk.lose());
    expect(phase(world)).toBe('reportOnly');
    expect(running(world)).toEqual(before);
    await approve(world);
    expect(phase(world)).toBe('converged');
    expect(running(world)).toEqual(before);
  });

  it('takes on the containers of a host that answers only after the approval', async () => {
    const world = await deployed();
    const before = running(world);
    await restartWith(world, () => {
      world.disk.lose();
      cut(world, 'h3', 'cut');
    });
    await approve(world);
    cut(world, 'h3', 'open');
    await pass(world, 60_000);
    expect(running(world)).toEqual(expect.arrayContaining(before));
    expect(phase(world)).toBe('reportOnly');
    await approve(world);
    expect(phase(world)).toBe('converged');
    expect(running(world)).toHaveLength(3);
  });

  it('is refilled later where it could not be written at first', async () => {
    const world = await deployed();
    const before = running(world);
    await restartWith(world, () => {
      world.disk.lose();
      world.scheduler.after(1_500, () => {
        world.disk.isFull = true;
      });
      world.scheduler.after(20_000, () => {
        world.disk.isFull = false;
      });
    });
    expect(phase(world)).toBe('reportOnly');
    expect(running(world)).toEqual(before);
  });
});

describe('a store that was set back to a backup', () => {
  it('does not put an empty volume in the place of one on a host that has not answered since', async () => {
    const world = await deployed();
    const backup = world.disk.backup();
    world.commit(withDatabase, 'adds a database');
    await pass(world, 60_000);
    const home =
      running(world)
        .find((line) => line.includes('.db.'))
        ?.split(' ')[0] ?? '';
    world.backup = backup;
    await restartWith(world, () => {
      world.restoreBackup();
      cut(world, home, 'cut');
    });
    await approve(world);
    // What the approval let through must still be known to the next process.
    await restartWith(world, () => {});
    await pass(world, 60_000);
    const homes = running(world).filter((line) => line.includes('.db.'));
    expect(homes.map((line) => line.split(' ')[0])).toEqual([home]);
  });

  it('does not count the time until the approval against a rollout that was under way', async () => {
    const world = await deployed();
    world.commit({ ...shop, services: new Map([['api', { ...api, tag: '2' }]]) }, 'sets api to 2');
    void world.active?.controller.sync(null);
    await pass(world, 5_000);
    expect(phase(world)).toBe('progressing');
    world.backup = world.disk.backup();
    await pass(world, 60_000);
    await restartWith(world, () => world.restoreBackup());
    expect(phase(world)).toBe('reportOnly');
    await pass(world, 10 * MINUTE_MS);
    await approve(world);
    const service = world.active?.controller.status().services[0];
    expect(service).toMatchObject({ phase: 'ready', ready: 3 });
    expect(running(world).filter((line) => line.includes(service?.revision ?? ''))).toHaveLength(3);
  });

  it('takes a port from what runs now for the older revision that the commit wants again', async () => {
    const of = (tag: string): SimShop => ({
      ...shop,
      hosts: ['h1', 'h2'],
      services: new Map([['api', { ...api, tag, replicas: 2, port: 8_000 }]]),
    });
    const world = await deployed(of('1'));
    const first = world.active?.controller.status().services[0]?.revision ?? '';
    const backup = world.disk.backup();
    world.commit(of('2'), 'sets api to 2');
    await pass(world, 2 * MINUTE_MS);
    expect(running(world).filter((line) => line.includes(first))).toHaveLength(0);
    world.backup = backup;
    await restartWith(world, () => {
      world.commit(of('1'), 'sets api to 1 again');
      world.restoreBackup();
    });
    await approve(world);
    await pass(world, 2 * MINUTE_MS);
    expect(running(world).filter((line) => line.includes(first))).toHaveLength(2);
    expect(phase(world)).toBe('converged');
  });
});
