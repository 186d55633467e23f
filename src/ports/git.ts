// A Git repository as a source of manifests. Only objects are read: there is no work tree, no hook, no
// filter and no submodule.

import type { Problem } from '../kernel/errors.ts';
import type { CommitSha } from '../kernel/ids.ts';
import type { Result } from '../kernel/result.ts';
import type { Instant } from '../kernel/time.ts';

export interface GitHead {
  readonly commit: CommitSha;
  readonly author: string;
  /** First line of the message. */
  readonly subject: string;
  readonly committedAt: Instant;
}

export interface TreeFile {
  /** Relative to the source's path, with `/`. */
  readonly path: string;
  /** Git object id of the blob: equal ids mean equal content. */
  readonly blob: string;
  readonly sizeBytes: number | null;
}

export interface SourceTree {
  readonly head: GitHead;
  /** Object id of the source's directory: equal ids mean that nothing below it changed. */
  readonly tree: string;
  readonly files: readonly TreeFile[];
}

export interface GitRemote {
  /**
   * Reads the remote head of the tracked branch or tag and fetches what is missing. Work is in
   * proportion to what changed since the last call.
   */
  fetch(options: { readonly deadlineMs: number }): Promise<Result<GitHead, Problem>>;
  /**
   * The files below the source's path at `commit`; `source/path` where it has no such folder,
   * `source/unsafe-tree` for links and odd names.
   */
  tree(commit: CommitSha): Promise<Result<SourceTree, Problem>>;
  /** Contents by blob id. */
  read(blobs: readonly string[]): Promise<Result<ReadonlyMap<string, Uint8Array>, Problem>>;
  /** Whether `ancestor` is reachable from `descendant`. */
  isAncestor(ancestor: CommitSha, descendant: CommitSha): Promise<Result<boolean, Problem>>;
  close(): Promise<void>;
}
