// Makes a failing story as short as it can be: faults are left out as long as the same invariant still
// breaks (delta debugging, Zeller and Hildebrandt 2002). Each fault has chance of its own, so that leaving
// one out changes nothing about the others.

import type { PlannedFault } from '../faults/fault.ts';

/** `fails` tells whether the story still breaks the invariant; it is asked `budget` times at most. */
export async function shrink(
  faults: readonly PlannedFault[],
  fails: (faults: readonly PlannedFault[]) => Promise<boolean>,
  budget: number,
): Promise<readonly PlannedFault[]> {
  let story = faults;
  let asked = 0;
  for (let size = Math.ceil(story.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < story.length; ) {
      if (asked >= budget) return story;
      asked += 1;
      const shorter = [...story.slice(0, at), ...story.slice(at + size)];
      if (await fails(shorter)) story = shorter;
      else at += size;
    }
  }
  return story;
}
