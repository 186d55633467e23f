// A source as its commits are followed: what is in force of it, what was found since, and what is wrong with that.

import type { Problem } from '../kernel/errors.ts';
import type { GitHead } from '../ports/git.ts';
import { newSourceMemory, type SourceMemory } from './rows.ts';
import type { SourceStatus } from './source-status.ts';
import type { Candidate, SourceWatcher } from './source-watcher.ts';

export interface FollowedSource {
  readonly watcher: SourceWatcher;
  memory: SourceMemory;
  /** What is in force, as it was read. */
  accepted: Candidate | null;
  head: GitHead | null;
  unreadable: Problem | null;
  /** Why the last decision about it could not be written down; it is taken again at the next check. */
  unsaved: Problem | null;
  rejected: readonly Problem[];
  /** Was refused in the company of the other sources' commits; another one of theirs may let it in. */
  waiting: Candidate | null;
}

export const followedSource = (watcher: SourceWatcher, memory: SourceMemory | undefined): FollowedSource => ({
  watcher,
  memory: memory ?? newSourceMemory(watcher.options.id),
  accepted: null,
  head: null,
  unreadable: null,
  unsaved: null,
  rejected: [],
  waiting: null,
});

/** Whether it was read since the controller started, or could not be. */
export const isLookedAt = ({ accepted, head, unreadable }: FollowedSource): boolean =>
  accepted !== null || head !== null || unreadable !== null;

export const statusOf = ({
  watcher,
  memory,
  head,
  unreadable,
  unsaved,
  rejected,
}: FollowedSource): SourceStatus => ({
  id: watcher.options.id,
  commit: memory.accepted,
  head,
  held: memory.held,
  problems: [unreadable, unsaved, ...rejected].filter((found) => found !== null),
});
