// What must be true once nothing goes wrong any more: the hosts are as the last commit says, nothing is
// left over, the plan is empty, and then nothing is written.

import type { ControllerStatus } from '../../loop/status.ts';
import { leftovers, shortcoming } from '../checks/outcome.ts';
import { Violation } from '../checks/violation.ts';
import type { Counts } from '../world/counts.ts';
import type { World } from '../world/world.ts';
import type { Playback } from './playback.ts';

/**
 * Whether all that there is to know has been read: the newest commit, and every host that it names. What it says may
 * run already by chance, and what lies on a host that comes back may still have to be asked about.
 */
function hasSeenAll({ repository, shop }: World, { sources, hosts }: ControllerStatus): boolean {
  const fresh = new Set<string>(hosts.filter(({ state }) => state === 'fresh').map(({ name }) => name));
  // One that has not read its store yet knows of no source.
  const isRead = sources.length > 0 && sources.every(({ commit }) => commit === repository.head);
  return isRead && shop.hosts.every((host) => fresh.has(host));
}

/** The controller says that all is done, and it is. */
export function hasConverged(world: World): boolean {
  const status = world.active?.controller.status();
  if (status === undefined || status.phase !== 'converged') return false;
  return hasSeenAll(world, status) && shortcoming(world) === null;
}

/** What the controller itself says is in the way. */
const inTheWay = ({ services }: ControllerStatus): string =>
  services
    .filter(({ phase }) => phase !== 'ready')
    .map(({ name, phase, because }) => `; ${name} is ${phase}: ${because}`)
    .join('');

export function notConverged(world: World): Violation {
  const status = world.active?.controller.status();
  const wrong = shortcoming(world) ?? 'the hosts are as they should be';
  const more = status === undefined ? '' : inTheWay(status);
  return new Violation('I1', `not converged in time (${status?.phase ?? 'no controller'}): ${wrong}${more}`);
}

export function mustBeTidy(world: World): void {
  const left = leftovers(world);
  if (left.length > 0) throw new Violation('I1', `left over: ${left.join(', ')}`);
}

export function mustHaveNothingToDo(world: World): void {
  const forecast = world.active?.controller.inspect.forecast();
  if (forecast === undefined || forecast.actions.length === 0) return;
  const actions = forecast.actions.map((a) => `${a.kind} ${a.object}`).join(', ');
  throw new Violation('I1', `the plan is not empty: ${actions}`);
}

export async function mustBeSilent(playback: Playback, forMs: number): Promise<void> {
  const { counts } = playback.world;
  const before = writesOf(counts);
  await playback.pass(forMs);
  const writes = writesOf(counts) - before;
  if (writes > 0) throw new Violation('I1', `${writes} writes although nothing is to be done`);
}

export function mustBeAsCommitted(world: World): void {
  const wrong = shortcoming(world);
  if (wrong !== null) throw new Violation('I1', wrong);
}

/** Changing calls to hosts, and writes to the store. */
export const writesOf = (counts: Counts): number =>
  counts.entries().reduce((sum, [name, n]) => (/^(effect|store durable)/.test(name) ? sum + n : sum), 0);
