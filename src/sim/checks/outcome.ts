// What must be true in the end, once the faults have stopped: exactly what the last commit says runs, and
// nothing else of ours is left.

import type { SimService } from '../shop/shop.ts';
import { CONTROLLER } from '../world/process.ts';
import type { World } from '../world/world.ts';
import { isServing, serviceOf } from './truth.ts';

function runningOf(world: World, service: SimService): { serving: number; others: string[] } {
  const nowMs = world.scheduler.nowMs;
  const others: string[] = [];
  let serving = 0;
  for (const { id, engine } of world.hosts.values()) {
    for (const container of engine.machine.containers.values()) {
      if (serviceOf(container, CONTROLLER) !== service.name || container.run === null) continue;
      const image = world.registry.imageOf(container.made.reference);
      const isRight = image?.tag === service.tag && isServing(container, service.check, nowMs);
      if (isRight) serving += 1;
      else
        others.push(`${id}: ${container.name} ${image?.tag ?? '?'} ${container.status} ${container.health}`);
    }
  }
  return { serving, others };
}

/** The first thing that is not as the last commit says; null where all is. */
export function shortcoming(world: World): string | null {
  const { services } = world.shop;
  for (const service of services.values()) {
    const { serving, others } = runningOf(world, service);
    if (serving !== service.replicas || others.length > 0)
      return `${service.name} ${service.tag}: ${serving} of ${service.replicas} serve; besides: ${others.join(', ') || 'nothing'}`;
  }
  for (const { id, engine } of world.hosts.values()) {
    for (const container of engine.machine.containers.values()) {
      const service = serviceOf(container, CONTROLLER);
      if (service !== null && container.run !== null && !services.has(service))
        return `${id}: ${container.name} runs, and no commit wants it`;
    }
  }
  return null;
}

/** Containers of ours that have ended and were not cleared away. */
export function leftovers(world: World): readonly string[] {
  const left: string[] = [];
  for (const { id, engine } of world.hosts.values())
    for (const container of engine.machine.containers.values())
      if (serviceOf(container, CONTROLLER) !== null && container.run === null)
        left.push(`${id}: ${container.name} ${container.status}`);
  return left;
}
