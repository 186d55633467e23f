// Questions about hosts that several checks ask.

import type { CommitSha } from '../../kernel/ids.ts';
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

/** Some commit has taken it out of the fleet: an empty one only where a person let it through. */
export function hasBeenOut(world: World, host: string): boolean {
  let wasEmptied = false;
  for (const { hosts, isEmpty } of world.shops.values()) {
    if (!isEmpty && !hosts.includes(host)) return true;
    wasEmptied ||= isEmpty;
  }
  return wasEmptied && [...acceptedIn(world)].some((commit) => world.shops.get(commit)?.isEmpty === true);
}

/**
 * Some commit that came into force while there was this store, or the backup that it comes from, has it in the
 * fleet. Of other hosts no controller with this store has ever heard.
 */
export function isToldOf(world: World, host: string): boolean {
  return [...acceptedIn(world)].some((commit) => world.shops.get(commit)?.hosts.includes(host) ?? false);
}
