// Whether one commit descends from another, newest first, so that an ordinary push costs as many reads as
// it has commits.

import type { ObjectDatabase } from './objects.ts';

const MAX_COMMITS = 20_000;
/** Clocks of committers differ; a parent may look this much younger than its child. */
const CLOCK_SKEW_MS = 24 * 3_600_000;

/**
 * False also where the ancestor is no longer there (its history was rewritten) and where it was not found
 * within 20,000 commits: the caller then holds the change, which is the safe side.
 */
export function isReachable(database: ObjectDatabase, ancestor: string, descendant: string): boolean {
  if (ancestor === descendant) return true;
  const goal = database.find(ancestor);
  if (goal?.type !== 'commit') return false;
  const oldestMs = database.commit(ancestor).head.committedAtMs - CLOCK_SKEW_MS;
  const seen = new Set([descendant]);
  const waiting = [database.commit(descendant)];
  for (let visited = 0; visited < MAX_COMMITS; visited += 1) {
    const commit = takeNewest(waiting);
    if (commit === undefined || commit.head.committedAtMs < oldestMs) return false;
    for (const parent of commit.parents) {
      if (parent === ancestor) return true;
      if (seen.has(parent)) continue;
      seen.add(parent);
      waiting.push(database.commit(parent));
    }
  }
  return false;
}

function takeNewest<T extends { readonly head: { readonly committedAtMs: number } }>(
  waiting: T[],
): T | undefined {
  let newest = 0;
  for (const [index, commit] of waiting.entries()) {
    if (commit.head.committedAtMs > (waiting[newest]?.head.committedAtMs ?? 0)) newest = index;
  }
  return waiting.splice(newest, 1)[0];
}
