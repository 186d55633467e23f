// Lets virtual time pass in a world, event by event.

import type { World } from '../../src/sim/world/world.ts';

export async function pass(world: World, ms: number): Promise<void> {
  const { scheduler } = world;
  const until = scheduler.nowMs + ms;
  scheduler.after(ms, () => {});
  for (let next = scheduler.nextAtMs(); next !== null && next <= until; next = scheduler.nextAtMs()) {
    scheduler.step();
    await new Promise(setImmediate);
    if (world.failure !== null) throw world.failure;
  }
}
