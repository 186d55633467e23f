// A Git repository as the world sees it: commits with their parents, one branch, and people who push,
// rewrite and delete. Ids are content addresses, as Git's are.

import { canonicalJson, sha256 } from '../../kernel/canonical.ts';
import { CommitSha } from '../../kernel/ids.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GitHead, SourceTree, TreeFile } from '../../ports/git.ts';

/** Path to new content; null deletes the file. */
export type SimChanges = Readonly<Record<string, string | null>>;

interface Commit {
  readonly head: GitHead;
  readonly parent: CommitSha | null;
  readonly files: ReadonlyMap<string, string>;
}

const ID_DIGITS = 40;
const encoder = new TextEncoder();

export class SimRepository {
  readonly #clock: Clock;
  readonly #commits = new Map<CommitSha, Commit>();
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #blobIds = new Map<string, string>();
  readonly #trees = new Map<CommitSha, SourceTree>();
  #head: CommitSha | null = null;
  #isDeleted = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What the branch points to; `deleted` where it was there once. */
  get head(): CommitSha | 'empty' | 'deleted' {
    if (this.#isDeleted) return 'deleted';
    return this.#head ?? 'empty';
  }

  /** Commits on top of the branch, which it creates if need be. */
  commit(changes: SimChanges, subject = 'a change'): CommitSha {
    const parent = this.#isDeleted ? null : this.#head;
    const files = new Map(parent === null ? [] : this.#commits.get(parent)?.files);
    return this.#add(parent, files, changes, subject);
  }

  /** Rewrites history: the branch becomes one new commit on `onto`, or without any past. */
  forcePush(changes: SimChanges, onto: CommitSha | null = null): CommitSha {
    const files = new Map(onto === null ? [] : this.#commits.get(onto)?.files);
    return this.#add(onto, files, changes, 'rewritten');
  }

  /** Sets the branch to a commit that is there already. */
  moveBranch(commit: CommitSha): void {
    this.#head = commit;
    this.#isDeleted = false;
  }

  deleteBranch(): void {
    this.#isDeleted = true;
  }

  files(commit: CommitSha): ReadonlyMap<string, string> {
    return this.#commits.get(commit)?.files ?? new Map();
  }

  headOf(commit: CommitSha): GitHead | null {
    return this.#commits.get(commit)?.head ?? null;
  }

  commits(): readonly CommitSha[] {
    return [...this.#commits.keys()];
  }

  isAncestor(ancestor: CommitSha, descendant: CommitSha): boolean {
    for (let at: CommitSha | null = descendant; at !== null; at = this.#commits.get(at)?.parent ?? null)
      if (at === ancestor) return true;
    return false;
  }

  tree(commit: CommitSha): SourceTree | null {
    const known = this.#trees.get(commit);
    const found = this.#commits.get(commit);
    if (known !== undefined || found === undefined) return known ?? null;
    const files: TreeFile[] = [...found.files]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, content]) => ({ path, blob: this.#blob(content), sizeBytes: content.length }));
    const id = sha256(files.map((f) => `${f.path} ${f.blob}`).join('\n')).slice(0, ID_DIGITS);
    const tree = { head: found.head, tree: id, files };
    this.#trees.set(commit, tree);
    return tree;
  }

  bytes(blob: string): Uint8Array | null {
    return this.#blobs.get(blob) ?? null;
  }

  #add(
    parent: CommitSha | null,
    files: Map<string, string>,
    changes: SimChanges,
    subject: string,
  ): CommitSha {
    for (const [path, content] of Object.entries(changes)) {
      if (content === null) files.delete(path);
      else files.set(path, content);
    }
    const committedAt = this.#clock.now();
    const content = { parent, subject, committedAt, count: this.#commits.size };
    const text = canonicalJson({ ...content, files: Object.fromEntries(files) });
    const commit = CommitSha.parse(sha256(text).slice(0, ID_DIGITS));
    const head = { commit, author: 'Ada <ada@example.com>', subject, committedAt };
    this.#commits.set(commit, { head, parent, files });
    this.moveBranch(commit);
    return commit;
  }

  #blob(content: string): string {
    const known = this.#blobIds.get(content);
    if (known !== undefined) return known;
    const id = sha256(content).slice(0, ID_DIGITS);
    this.#blobIds.set(content, id);
    this.#blobs.set(id, encoder.encode(content));
    return id;
  }
}
