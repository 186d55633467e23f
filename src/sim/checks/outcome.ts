// What must be true in the end, once the faults have stopped: exactly what the last commit says runs, and
// nothing else of ours is left.

import type { SimService } from '../shop/shop.ts';
import type { SimHost } from '../world/fleet.ts';
import type { World } from '../world/world.ts';
import { differenceFrom } from './content.ts';
import { Scene } from './scene.ts';
import { isServing } from './truth.ts';

/** Out of the fleet as the last commit has it. */
const hasLeft = ({ shop }: World, { id }: SimHost): boolean => !shop.hosts.some((host) => host === id);

/**
 * It may not have answered when it left, or nobody could know any more where it is, with the store or the copies
 * of the repository lost: then it is given up as it is.
 */
export const mayBeGivenUp = (world: World, host: SimHost): boolean =>
  host.isTroubled || world.isAmnesic || world.counts.of('copies lost') > 0;

function runningOf(scene: Scene, service: SimService): { serving: number; others: string[] } {
  const others: string[] = [];
  let serving = 0;
  for (const place of scene.ours) {
    const { host, container } = place;
    if (place.service !== service.name || container.run === null || hasLeft(scene.world, host)) continue;
    const difference = isServing(container, service.check, scene.nowMs)
      ? differenceFrom(service, place, scene.world)
      : `is ${container.status} and ${container.health}`;
    if (difference === null) serving += 1;
    else others.push(`${host.id}: ${container.name} ${difference}`);
  }
  return { serving, others };
}

/** The first thing that is not as the last commit says; null where all is. */
export function shortcoming(world: World): string | null {
  const { services } = world.shop;
  const scene = new Scene(world);
  for (const service of services.values()) {
    const { serving, others } = runningOf(scene, service);
    if (serving !== service.replicas || others.length > 0)
      return `${service.name}: ${serving} of ${service.replicas} serve; besides: ${others.join(', ') || 'nothing'}`;
  }
  for (const { host, container, service } of scene.ours) {
    if (container.run === null) continue;
    const isLeft = hasLeft(world, host);
    if (isLeft && !mayBeGivenUp(world, host))
      return `${host.id}: ${container.name} runs on a host that has left the fleet`;
    if (!isLeft && !services.has(service))
      return `${host.id}: ${container.name} runs, and no commit wants it`;
  }
  return null;
}

/** Containers of ours that have ended and were not cleared away. */
export function leftovers(world: World): readonly string[] {
  return new Scene(world).ours
    .filter(({ host, container }) => container.run === null && !hasLeft(world, host))
    .map(({ host, container }) => `${host.id}: ${container.name} ${container.status}`);
}
