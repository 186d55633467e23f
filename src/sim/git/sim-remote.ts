// The GitRemote port of one process: a simulated repository behind a network that is slow or fails, and
// the local copy, which lies on the disk of the controller's machine and so outlives the process.

import { type Problem, problem } from '../../kernel/errors.ts';
import type { CommitSha } from '../../kernel/ids.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GitHead, GitRemote, SourceTree } from '../../ports/git.ts';
import type { SimRepository } from './sim-repository.ts';

export interface SimRemoteOptions {
  readonly repository: SimRepository;
  readonly clock: Clock;
  /** Commits that were fetched once. */
  readonly localCopy: Set<CommitSha>;
  /** How long a fetch takes; 0: at once. */
  readonly delayMs: () => number;
  /** Not null: why the server cannot be asked at the moment. */
  readonly outage: () => Problem | null;
  readonly isAlive: () => boolean;
}

/** A new one each time: a shared one would gather the reactions of all who wait. */
const never = (): Promise<never> => new Promise(() => {});

export class SimRemote implements GitRemote {
  readonly #options: SimRemoteOptions;

  constructor(options: SimRemoteOptions) {
    this.#options = options;
  }

  async fetch({ deadlineMs }: { readonly deadlineMs: number }): Promise<Result<GitHead, Problem>> {
    const { repository, clock, localCopy, delayMs, outage } = this.#options;
    const takesMs = delayMs();
    if (takesMs > 0)
      await new Promise<void>((resolve) => clock.after(Math.min(takesMs, deadlineMs), resolve));
    if (!this.#options.isAlive()) return never();
    if (takesMs > deadlineMs)
      return err(problem('source/unreachable', 'the Git server did not answer in time'));
    const down = outage();
    if (down !== null) return err(down);
    const { head } = repository;
    if (head === 'empty') return err(problem('source/empty', 'the repository has no commits'));
    if (head === 'deleted') return err(problem('source/not-found', 'refs/heads/main does not exist'));
    const found = repository.headOf(head);
    if (found === null) return err(problem('source/corrupt', `commit ${head} is missing`));
    localCopy.add(head);
    return ok(found);
  }

  async tree(commit: CommitSha): Promise<Result<SourceTree, Problem>> {
    const tree = this.#has(commit) ? this.#options.repository.tree(commit) : null;
    return tree === null
      ? err(problem('source/corrupt', `commit ${commit} is not in the local copy`))
      : ok(tree);
  }

  async read(blobs: readonly string[]): Promise<Result<ReadonlyMap<string, Uint8Array>, Problem>> {
    const found = new Map<string, Uint8Array>();
    for (const blob of blobs) {
      const bytes = this.#options.repository.bytes(blob);
      if (bytes === null) return err(problem('source/corrupt', `object ${blob} is not in the local copy`));
      found.set(blob, bytes);
    }
    return ok(found);
  }

  async isAncestor(ancestor: CommitSha, descendant: CommitSha): Promise<Result<boolean, Problem>> {
    return ok(this.#options.repository.isAncestor(ancestor, descendant));
  }

  async close(): Promise<void> {}

  /** A fetch brings the whole history of the commit. */
  #has(commit: CommitSha): boolean {
    const { localCopy, repository } = this.#options;
    return [...localCopy].some((head) => repository.isAncestor(commit, head));
  }
}
