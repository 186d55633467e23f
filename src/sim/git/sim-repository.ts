// A Git repository as the world sees it: commits with their parents, branches and tags, and people who
// push, rewrite and delete. Ids are content addresses, as Git's are.

import { canonicalJson, sha256 } from '../../kernel/canonical.ts';
import { CommitSha } from '../../kernel/ids.ts';
import { instant } from '../../kernel/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GitHead } from '../../ports/git.ts';
import { SimTrees } from './sim-trees.ts';

/** Path to new content; null deletes the file. */
export type SimChanges = Readonly<Record<string, string | null>>;

interface Commit {
  readonly head: GitHead;
  readonly parents: readonly CommitSha[];
  readonly files: ReadonlyMap<string, string>;
  /** Paths of files that are symbolic links; their content is where they lead. */
  readonly links: ReadonlySet<string>;
}

export const MAIN = 'refs/heads/main';
const ID_DIGITS = 40;
const SECOND_MS = 1_000;
const NO_LINKS: ReadonlySet<string> = new Set();

export class SimRepository {
  readonly #clock: Clock;
  readonly #commits = new Map<CommitSha, Commit>();
  readonly #refs = new Map<string, CommitSha>();
  readonly trees = new SimTrees();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What the branch `main` points to; `deleted` where something was pushed once. */
  get head(): CommitSha | 'empty' | 'deleted' {
    return this.#refs.get(MAIN) ?? (this.#commits.size === 0 ? 'empty' : 'deleted');
  }

  /** The commit behind `refs/heads/…` or `refs/tags/…`. */
  ref(name: string): CommitSha | null {
    return this.#refs.get(name) ?? null;
  }

  get hasRefs(): boolean {
    return this.#refs.size > 0;
  }

  /** Commits on top of the branch, which it creates if need be. */
  commit(changes: SimChanges, subject = 'a change', ref = MAIN): CommitSha {
    const parent = this.#refs.get(ref) ?? null;
    return this.#change(ref, parent, changes, subject);
  }

  /** Commits a symbolic link. */
  commitLink(path: string, target: string): CommitSha {
    const parent = this.#refs.get(MAIN) ?? null;
    return this.#change(MAIN, parent, { [path]: target }, 'a link', path);
  }

  /** Makes the branch a commit with both parents and the files of the second. */
  merge(first: CommitSha, second: CommitSha): CommitSha {
    const from = this.#commits.get(second);
    const files = from?.files ?? new Map<string, string>();
    return this.#add(MAIN, [first, second], files, from?.links ?? NO_LINKS, 'merge');
  }

  /** Rewrites history: the branch becomes one new commit on `onto`, or without any past. */
  forcePush(changes: SimChanges, onto: CommitSha | null = null): CommitSha {
    return this.#change(MAIN, onto, changes, 'rewritten');
  }

  /** Sets the branch to a commit that is there already. */
  moveBranch(commit: CommitSha): void {
    this.setRef(MAIN, commit);
  }

  deleteBranch(): void {
    this.setRef(MAIN, null);
  }

  /** Null deletes it. */
  setRef(name: string, commit: CommitSha | null): void {
    if (commit === null) this.#refs.delete(name);
    else this.#refs.set(name, commit);
  }

  files(commit: CommitSha): ReadonlyMap<string, string> {
    return this.#commits.get(commit)?.files ?? new Map();
  }

  links(commit: CommitSha): ReadonlySet<string> {
    return this.#commits.get(commit)?.links ?? NO_LINKS;
  }

  headOf(commit: CommitSha): GitHead | null {
    return this.#commits.get(commit)?.head ?? null;
  }

  parentsOf(commit: CommitSha): readonly CommitSha[] {
    return this.#commits.get(commit)?.parents ?? [];
  }

  commits(): readonly CommitSha[] {
    return [...this.#commits.keys()];
  }

  isAncestor(ancestor: CommitSha, descendant: CommitSha): boolean {
    const seen = new Set([descendant]);
    // A set is walked in the order of insertion, what is added on the way included.
    for (const commit of seen) {
      if (commit === ancestor) return true;
      for (const parent of this.parentsOf(commit)) seen.add(parent);
    }
    return false;
  }

  #change(
    ref: string,
    parent: CommitSha | null,
    changes: SimChanges,
    subject: string,
    link: string | null = null,
  ): CommitSha {
    const from = parent === null ? undefined : this.#commits.get(parent);
    const files = new Map(from?.files);
    const links = new Set(from?.links);
    const remove = (path: string): void => {
      files.delete(path);
      links.delete(path);
    };
    for (const [path, content] of Object.entries(changes)) {
      remove(path);
      if (content === null) continue;
      // A name is a file or a folder: the new one takes the place of the old.
      for (const other of [...files.keys()])
        if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) remove(other);
      files.set(path, content);
      if (path === link) links.add(path);
    }
    return this.#add(ref, parent === null ? [] : [parent], files, links, subject);
  }

  #add(
    ref: string,
    parents: readonly CommitSha[],
    files: ReadonlyMap<string, string>,
    links: ReadonlySet<string>,
    message: string,
  ): CommitSha {
    // Git keeps whole seconds.
    const committedAt = instant(Math.floor(this.#clock.now() / SECOND_MS) * SECOND_MS);
    const content = { parents, message, committedAt, count: this.#commits.size, links: [...links] };
    const text = canonicalJson({ ...content, files: Object.fromEntries(files) });
    const commit = CommitSha.parse(sha256(text).slice(0, ID_DIGITS));
    const [subject = ''] = message.split('\n', 1);
    const head = { commit, author: 'Ada <ada@example.com>', subject, committedAt };
    this.#commits.set(commit, { head, parents, files, links });
    this.setRef(ref, commit);
    return commit;
  }
}
