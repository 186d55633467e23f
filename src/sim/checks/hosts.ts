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

/** Some commit has taken it out of the fleet. */
export function hasBeenOut({ shops }: World, host: string): boolean {
  for (const { hosts, isEmpty } of shops.values()) if (!isEmpty && !hosts.includes(host)) return true;
  return false;
}

/**
 * Some commit that came into force while there was this store, or the backup that it comes from, has it in the
 * fleet. Of other hosts no controller with this store has ever heard.
 */
export function isToldOf({ disk, shops }: World, host: string): boolean {
  return disk.auditEntries.some(({ event, object, details }) => {
    if (event !== 'commit/accepted' || object !== SOURCE) return false;
    const { commit }: { readonly commit: CommitSha } = JSON.parse(details);
    return shops.get(commit)?.hosts.includes(host) ?? false;
  });
}
