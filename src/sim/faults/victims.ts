// Whom a fault hits: chosen by the fault's own chance among what is there at its moment.

import type { Random } from '../../ports/clock.ts';
import { serviceOf } from '../checks/truth.ts';
import { pick } from '../core/random.ts';
import type { SimContainer } from '../engine/container.ts';
import type { SimHost } from '../world/fleet.ts';
import { CONTROLLER } from '../world/process.ts';
import type { World } from '../world/world.ts';

export interface Victim {
  readonly host: SimHost;
  readonly container: SimContainer;
}

/** One of our containers that run; null where none does. */
export function runningVictim(world: World, random: Random): Victim | null {
  const found: Victim[] = [];
  for (const host of world.hosts.values())
    for (const container of host.engine.machine.containers.values())
      if (container.status === 'running' && serviceOf(container, CONTROLLER) !== null)
        found.push({ host, container });
  return found.length === 0 ? null : pick(random, found);
}

export function hostOf(world: World, name: string): SimHost {
  const host = world.hosts.get(name);
  if (host === undefined) throw new Error(`no host ${name} in this world`);
  return host;
}
