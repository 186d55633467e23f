// Questions about hosts that several checks ask.

import type { SimHost } from '../world/fleet.ts';
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
