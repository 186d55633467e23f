// When a world counts as done. Whoever walks away too early leaves the last commit to nobody: it may have to be
// approved, or find a host that asks for a person.

import { describe, expect, it } from 'vitest';
import { hasConverged } from '../../src/sim/run/judgement.ts';
import { setConditions } from '../../src/sim/world/fleet.ts';
import { Deployed, MINUTE_MS } from './deployed.ts';
import { pass } from './pass.ts';
import { service, shopOf } from './plain-shop.ts';

const SHOP = shopOf(2, service('web'));

/** Runs nothing: the shop has a single container. */
function idleHost({ world }: Deployed) {
  const idle = [...world.hosts.values()].find(({ engine }) => engine.machine.containers.size === 0);
  if (idle === undefined) throw new Error('no host is idle');
  return idle;
}

describe('a world has converged', () => {
  it('not before its newest commit has been read, even where nothing changes by it', async () => {
    const d = await Deployed.shop(SHOP);
    expect(hasConverged(d.world)).toBe(true);
    d.world.commit(SHOP, 'the same once more');
    expect(hasConverged(d.world)).toBe(false);
    await pass(d.world, 2 * MINUTE_MS);
    expect(hasConverged(d.world)).toBe(true);
  });

  it('not while a host of the fleet is not seen, even where it needs to run nothing', async () => {
    const d = await Deployed.shop(SHOP);
    const idle = idleHost(d);
    setConditions(idle, { way: 'cut' });
    await pass(d.world, MINUTE_MS);
    expect(hasConverged(d.world)).toBe(false);
    setConditions(idle, { way: 'open' });
    await pass(d.world, MINUTE_MS);
    expect(hasConverged(d.world)).toBe(true);
  });

  it('not while a controller has not read its store', async () => {
    const d = await Deployed.shop(SHOP);
    d.world.crash(d.process, 1, 'by the test');
    await pass(d.world, 2);
    expect(hasConverged(d.world)).toBe(false);
  });
});
