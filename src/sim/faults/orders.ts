// What people order while a world goes on.

import { toProblem } from '../../kernel/errors.ts';
import { ServiceKey } from '../../kernel/ids.ts';
import type { Random } from '../../ports/clock.ts';
import { pick } from '../core/random.ts';
import { namespaceOf } from '../shop/shop.ts';
import type { World } from '../world/world.ts';
import type { PersonFault } from './fault.ts';

const NOBODY_HEARS = 'nobody hears it';
type Command = Extract<PersonFault, { kind: 'command' }>['command'];

/** A person gives a command about one of the services. */
export function command(world: World, kind: Command, random: Random): string {
  const process = world.active;
  const services = [...world.shop.services.values()];
  if (process === null || services.length === 0) return NOBODY_HEARS;
  const service = pick(random, services);
  const key = ServiceKey.parse(`${namespaceOf(service)}/${service.name}`);
  void process.give(key, kind).then(
    (outcome) => world.trace.add(`  ${kind} ${key}: ${outcome}`),
    // A person hears why it cannot be done.
    (error: unknown) => world.trace.add(`  ${kind} ${key}: ${toProblem(error).message}`),
  );
  return `${kind} ${key}`;
}

/** A person lets through whatever waits for one. */
export function approve(world: World): string {
  const process = world.active;
  if (process === null) return NOBODY_HEARS;
  void process.controller.approve(null, 'user:ada').then(
    ({ commits, store }) => {
      const approved = [...commits.map((commit) => commit.slice(0, 12)), ...(store ? ['the new store'] : [])];
      world.trace.add(`  approved: ${approved.join(', ') || 'nothing was held'}`);
    },
    (error: unknown) => world.trace.add(`  approve: ${toProblem(error).message}`),
  );
  return 'whatever is held';
}
