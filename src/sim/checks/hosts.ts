// Questions about hosts that several checks ask.

import type { CommitSha } from '../../kernel/ids.ts';
import type { SimShop } from '../shop/shop.ts';
import type { SimHost } from '../world/fleet.ts';
import { SOURCE } from '../world/sources.ts';
import type { World } from '../world/world.ts';

/** By its name with a digest, or by its tag. */
export function hasImage({ engine }: SimHost, reference: string): boolean {
  for (const { digests, tags } of engine.machine.images.values())
    if (digests.includes(reference) || tags.includes(reference)) return true;
  return false;
}

/** The commits that came into force while there was this store, or the backup that it comes from. */
function* acceptedIn({ disk }: World): Generator<CommitSha> {
  for (const { event, object, details } of disk.auditEntries) {
    if (event !== 'commit/accepted' || object !== SOURCE) continue;
    const { commit }: { readonly commit: CommitSha } = JSON.parse(details);
    yield commit;
  }
}

/**
 * Some commit that came into force has taken it out of the fleet. Where the store was lost or set back nobody knows
 * any more which did: there every commit counts.
 */
export function hasBeenOut(world: World, host: string): boolean {
  const isOut = ({ hosts, isEmpty }: SimShop): boolean => !isEmpty && !hosts.includes(host);
  if (world.isAmnesic && [...world.shops.values()].some(isOut)) return true;
  let wasIn = false;
  for (const commit of acceptedIn(world)) {
    const isIn: boolean = world.shops.get(commit)?.hosts.includes(host) ?? wasIn;
    if (wasIn && !isIn) return true;
    wasIn = isIn;
  }
  return false;
}

/**
 * Some commit that came into force while there was this store, or the backup that it comes from, has it in the
 * fleet. Of other hosts no controller with this store has ever heard.
 */
export function isToldOf(world: World, host: string): boolean {
  return [...acceptedIn(world)].some((commit) => world.shops.get(commit)?.hosts.includes(host) ?? false);
}
