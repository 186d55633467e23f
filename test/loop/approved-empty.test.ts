// A commit that a person let in stays in, also when the controller that had let it in is gone.

import { describe, expect, it } from 'vitest';
import { shortcoming } from '../../src/sim/checks/outcome.ts';
import { randomStream } from '../../src/sim/core/random.ts';
import { drawShop } from '../../src/sim/shop/draw.ts';
import { World } from '../../src/sim/world/world.ts';
import { pass } from '../sim/pass.ts';

describe('an emptied repository that was approved', () => {
  it('is not held again after a restart, and the removal is finished', async () => {
    const world = new World({ seed: 1, shop: drawShop(randomStream(1, 'shop')), isTold: false });
    world.boot(0);
    await pass(world, 120_000);
    expect(world.active?.controller.status().phase).toBe('converged');
    world.commit({ ...world.shop, services: new Map(), isEmpty: true }, 'removes everything');
    await pass(world, 40_000);
    expect(world.active?.controller.status().phase).toBe('held');
    // Time passes only below.
    void world.active?.controller.approve(null, 'user:ada');
    await pass(world, 1_000);
    const first = world.active;
    if (first !== null) world.crash(first, 1_000, 'in the middle of the removal');
    await pass(world, 120_000);
    expect(world.active?.controller.status().phase).toBe('converged');
    expect(shortcoming(world)).toBeNull();
  });
});

describe('the audit of an approval', () => {
  it('names the commit that was held, also where a broken one was pushed since', async () => {
    const world = new World({ seed: 1, shop: drawShop(randomStream(1, 'shop')), isTold: false });
    world.boot(0);
    await pass(world, 120_000);
    const before = world.shop;
    world.commit({ ...before, services: new Map(), isEmpty: true }, 'removes everything');
    await pass(world, 40_000);
    const held = world.active?.controller.status().sources[0]?.held?.commit;
    world.commit({ ...before, broken: true }, 'is broken');
    await pass(world, 40_000);
    void world.active?.controller.approve(null, 'user:ada');
    await pass(world, 1_000);
    const entry = world.disk.auditEntries.findLast(({ event }) => event === 'command/approve');
    expect(held).toBeDefined();
    expect(entry?.details).toBe(JSON.stringify({ commit: held }));
  });
});
