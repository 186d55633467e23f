// What is there in a world at the moment, for tests that rely on it.

import { invariant } from '../../src/kernel/invariant.ts';
import type { SimHost } from '../../src/sim/world/fleet.ts';
import type { SimProcess } from '../../src/sim/world/process.ts';
import type { World } from '../../src/sim/world/world.ts';

export function actingIn({ active }: World): SimProcess {
  invariant(active !== null, 'a controller runs');
  return active;
}

export function hostIn({ hosts }: World, id: string): SimHost {
  const host = hosts.get(id);
  invariant(host !== undefined, `the world has host ${id}`);
  return host;
}
