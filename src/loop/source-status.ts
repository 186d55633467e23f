// What people see of a source: the commit in force, and why a newer one is not.

import type { Problem } from '../kernel/errors.ts';
import type { CommitSha, SourceId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import type { GitHead } from '../ports/git.ts';
import type { SourceMemory } from './rows.ts';

export interface SourceStatus {
  readonly id: SourceId;
  readonly commit: CommitSha | null;
  /** The newest commit that was read. */
  readonly head: GitHead | null;
  readonly held: SourceMemory['held'];
  /** Why the newest commit is not in force, or why the source cannot be read. */
  readonly problems: readonly Problem[];
}

/** `2026-03-01T12:00:07Z`: a sentence that is compared from look to look must not count the seconds. */
const moment = (at: Instant): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

/** The newest commit where it was read and is not accepted; null where it is, or was not read. */
export function refusedCommit({ head, problems }: SourceStatus): CommitSha | null {
  const [first] = problems;
  const isRefused = first !== undefined && !first.code.startsWith('source/');
  return head !== null && isRefused ? head.commit : null;
}

/**
 * Why nothing is in force from a source since the controller started. `sinceAt`: when that was first told
 * (of the newest commit, where that is refused);
 * null where it is not known.
 */
export function whyUnread(status: SourceStatus, sinceAt: Instant | null): string {
  const { id, held, problems } = status;
  if (held !== null)
    return `commit ${held.commit.slice(0, 12)} of source ${id} is held since ${moment(held.at)}: ${held.because}`;
  const [first] = problems;
  if (first === undefined)
    return `source ${id} is being read for the first time since the controller started`;
  const since = sinceAt === null ? '' : ` since ${moment(sinceAt)}`;
  const refused = refusedCommit(status);
  const what =
    refused === null
      ? `source ${id} is not read`
      : `commit ${refused.slice(0, 12)} of source ${id} is not accepted`;
  return `${what}${since}: ${first.message} (${first.code})`;
}
