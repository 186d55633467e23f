// A source whose commits are given beforehand: states of directories, read before the simulation begins. What
// is pushed becomes the head; nothing is ever rewritten.

import { problem } from '../../kernel/errors.ts';
import type { CommitSha } from '../../kernel/ids.ts';
import { err, ok } from '../../kernel/result.ts';
import type { WholeCommit } from '../../loop/fleet-copy.ts';
import type { GitRemote } from '../../ports/git.ts';

export class GivenSource implements GitRemote {
  readonly #commits = new Map<CommitSha, WholeCommit>();
  #head: WholeCommit | null = null;

  push(commit: WholeCommit): void {
    this.#commits.set(commit.tree.head.commit, commit);
    this.#head = commit;
  }

  async fetch() {
    return this.#head === null
      ? err(problem('source/empty', 'nothing was pushed yet'))
      : ok(this.#head.tree.head);
  }

  async tree(commit: CommitSha) {
    const found = this.#commits.get(commit);
    return found === undefined
      ? err(problem('source/not-found', `commit ${commit} is not part of the dry run`))
      : ok(found.tree);
  }

  async read(blobs: readonly string[]) {
    const found = new Map<string, Uint8Array>();
    for (const blob of blobs) {
      const bytes = [...this.#commits.values()].map((c) => c.blobs.get(blob)).find((b) => b !== undefined);
      if (bytes === undefined) return err(problem('source/corrupt', `blob ${blob} was not read beforehand`));
      found.set(blob, bytes);
    }
    return ok(found);
  }

  async isAncestor() {
    return ok(true);
  }

  async close(): Promise<void> {}
}
