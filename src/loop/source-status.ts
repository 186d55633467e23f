// What people see of a source: the commit in force, and why a newer one is not.

import type { Problem } from '../kernel/errors.ts';
import type { CommitSha, SourceId } from '../kernel/ids.ts';
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
