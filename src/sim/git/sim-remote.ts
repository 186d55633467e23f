// The GitRemote port of one process: a simulated repository behind a network that is slow or fails, and
// the local copy, which lies on the disk of the controller's machine and so outlives the process.

import { type Problem, problem } from '../../kernel/errors.ts';
import type { CommitSha } from '../../kernel/ids.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GitHead, GitRemote, SourceTree } from '../../ports/git.ts';
import { MAIN, type SimRepository } from './sim-repository.ts';

export interface SimRemoteOptions {
  readonly repository: SimRepository;
  readonly clock: Clock;
  /** Commits that are in the local copy. */
  readonly localCopy: Set<CommitSha>;
  /** How long a fetch takes; 0: at once. */
  readonly delayMs: () => number;
  /** Not null: why the server cannot be asked at the moment. */
  readonly outage: () => Problem | null;
  readonly isAlive: () => boolean;
  /** Called whenever the server is asked. */
  readonly onAsked?: () => void;
  /** Called with each content that is read from the local copy. */
  readonly onRead?: (blob: string) => void;
  /** `refs/heads/main` unless told otherwise. */
  readonly ref?: string;
  /** Folder inside the repository; its root unless told otherwise. */
  readonly path?: string;
}

/** A new one each time: a shared one would gather the reactions of all who wait. */
const never = (): Promise<never> => new Promise(() => {});

/** What the real adapter gives a fetch that completes a copy. */
const COMPLETE_DEADLINE_MS = 60_000;

export class SimRemote implements GitRemote {
  readonly #options: SimRemoteOptions;
  readonly #ref: string;
  readonly #path: readonly string[];
  /** Calls run one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #lastTree: SourceTree | null = null;
  /** Contents of the local copy that were read before. */
  readonly #blobs = new Set<string>();

  constructor(options: SimRemoteOptions) {
    this.#options = options;
    this.#ref = options.ref ?? MAIN;
    this.#path = (options.path ?? '').split('/').filter((part) => part !== '' && part !== '.');
  }

  fetch({ deadlineMs }: { readonly deadlineMs: number }): Promise<Result<GitHead, Problem>> {
    return this.#inTurn(() => this.#fetch(deadlineMs));
  }

  tree(commit: CommitSha): Promise<Result<SourceTree, Problem>> {
    return this.#inTurn(async () => {
      if (this.#lastTree?.head.commit === commit) return ok(this.#lastTree);
      const { repository, localCopy } = this.#options;
      const head = localCopy.has(commit) ? repository.headOf(commit) : null;
      if (head === null) return err(problem('source/not-found', `commit ${commit} is not in the repository`));
      const listed = repository.trees.list(repository.files(commit), repository.links(commit), this.#path);
      if (!listed.ok) return listed;
      this.#lastTree = { head, tree: listed.value.id, files: listed.value.files };
      return ok(this.#lastTree);
    });
  }

  read(blobs: readonly string[]): Promise<Result<ReadonlyMap<string, Uint8Array>, Problem>> {
    for (const blob of blobs) this.#options.onRead?.(blob);
    return this.#inTurn(() =>
      this.#completing(() => {
        const missing = blobs.find((blob) => !this.#hasBlob(blob));
        if (missing !== undefined) return err(lacking(missing));
        const { trees } = this.#options.repository;
        return ok(new Map(blobs.map((blob) => [blob, trees.bytes(blob) ?? new Uint8Array()])));
      }),
    );
  }

  isAncestor(ancestor: CommitSha, descendant: CommitSha): Promise<Result<boolean, Problem>> {
    const { repository, localCopy } = this.#options;
    return this.#inTurn(() =>
      this.#completing(() => {
        if (ancestor === descendant) return ok(true);
        if (!localCopy.has(ancestor)) return ok(false);
        if (!localCopy.has(descendant)) return err(lacking(descendant));
        return ok(repository.isAncestor(ancestor, descendant));
      }),
    );
  }

  async close(): Promise<void> {
    await this.#inTurn(async () => {});
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done;
    return done;
  }

  async #fetch(deadlineMs: number): Promise<Result<GitHead, Problem>> {
    const { repository, clock, delayMs, outage, onAsked } = this.#options;
    onAsked?.();
    const takesMs = delayMs();
    if (takesMs > 0)
      await new Promise<void>((resolve) => clock.after(Math.min(takesMs, deadlineMs), resolve));
    if (!this.#options.isAlive()) return never();
    if (takesMs > deadlineMs)
      return err(problem('source/unreachable', 'the Git server did not answer in time'));
    const down = outage();
    if (down !== null) return err(down);
    if (!repository.hasRefs) return err(problem('source/empty', 'the repository has no commits yet'));
    const commit = repository.ref(this.#ref);
    const head = commit === null ? null : repository.headOf(commit);
    if (head === null) return err(problem('source/not-found', `the repository has no ${this.#ref}`));
    this.#keep(head.commit);
    return ok(head);
  }

  /** A fetch brings a commit with all of its history. */
  #keep(commit: CommitSha): void {
    const { repository, localCopy } = this.#options;
    const waiting = [commit];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (localCopy.has(next)) continue;
      localCopy.add(next);
      waiting.push(...repository.parentsOf(next));
    }
  }

  /** Reads the copy; where it lacks an object, it is completed by one fetch. */
  async #completing<T>(read: () => Result<T, Problem>): Promise<Result<T, Problem>> {
    const first = read();
    if (first.ok) return first;
    const fetched = await this.#fetch(COMPLETE_DEADLINE_MS);
    return fetched.ok ? read() : fetched;
  }

  #hasBlob(blob: string): boolean {
    if (this.#blobs.has(blob)) return true;
    const { repository, localCopy } = this.#options;
    for (const commit of localCopy)
      for (const content of repository.files(commit).values())
        this.#blobs.add(repository.trees.blob(content));
    return this.#blobs.has(blob);
  }
}

const lacking = (object: string): Problem =>
  problem('source/corrupt', `object ${object} of the repository is missing`);
