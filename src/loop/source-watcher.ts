// Follows one source: polls with jitter or is told to look, reads what changed, and hands the commit on
// as a candidate. Whether it comes into force is decided elsewhere.

import { type Problem, problem } from '../kernel/errors.ts';
import type { CommitSha, SourceId } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { formatDuration, instant } from '../kernel/time.ts';
import { ManifestCache, type ReadingMemo } from '../manifest/cache.ts';
import type { ManifestDocument } from '../manifest/document.ts';
import { IGNORE_FILE } from '../manifest/ignore.ts';
import {
  isManifestPath,
  manifestFiles,
  readAhead,
  readManifests,
  type SourceFile,
} from '../manifest/read.ts';
import { fileReferences } from '../manifest/references.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { GitHead, GitRemote, TreeFile } from '../ports/git.ts';
import { pause } from './deadline.ts';
import { FetchPace } from './fetch-pace.ts';

export interface SourceOptions {
  readonly id: SourceId;
  /** Alone may define Host and Namespace. */
  readonly fleet: boolean;
  readonly git: GitRemote;
  /** Directory of the manifests as people know it: in the repository, or as it was named. '' for its root. */
  readonly path?: string;
  /** A plain directory: its states are no commits. */
  readonly isDirectory: boolean;
  readonly pollMs: number;
  /** What happens when the new head does not descend from the commit in force. */
  readonly forcePush: 'hold' | 'follow';
  /** `report`: what the commit removed keeps running and is only shown. */
  readonly prune: 'correct' | 'report';
  /** `report`: drift is only shown, whatever the services say. */
  readonly selfHeal: 'correct' | 'report';
  readonly governor: { readonly percent: number; readonly min: number };
  /** Where many controllers read the same files one after the other, as simulated ones do. */
  readonly memo?: ReadingMemo;
}

/** A commit as it was read; with problems its documents are incomplete and it cannot come into force. */
export interface Candidate {
  readonly source: SourceId;
  readonly head: GitHead;
  readonly documents: readonly ManifestDocument[];
  /** Contents of the files that Config documents refer to, by path. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly problems: readonly Problem[];
  /** Why there is nothing to read where there was something before; null: there is. */
  readonly missing: string | null;
}

const FETCH_MS = 120_000;
const POLL_JITTER = 0.25;
/** Reading the manifests of one commit may take so long altogether … */
const READING_MS = 60_000;
/** … and so long without letting others have their turn. */
const TURN_MS = 20;
/** Together within what one file of the largest size may take. */
const FEW_FILES = 2;

export interface SourceWatcherHandlers {
  readonly onCandidate: (candidate: Candidate) => Promise<void>;
  /**
   * Whether the commit in force was read at this path: one that lacks it then empties the source, which a
   * person can want and has to approve; otherwise the path is probably wrong.
   */
  readonly hadPath: () => boolean;
  /** Null: the source can be read again. */
  readonly onProblem: (problem: Problem | null) => void;
}

export class SourceWatcher {
  readonly options: SourceOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #handlers: SourceWatcherHandlers;
  readonly #cache: ManifestCache;
  readonly #stop = new AbortController();
  #last: CommitSha | null = null;
  /** All checks that follow each other without a pause in which nobody asks. */
  #checking: Promise<void> | null = null;
  /** Those who wait for the next one. */
  #due: PromiseWithResolvers<void> | null = null;
  #polling: Promise<void> = Promise.resolve();
  readonly #pace = new FetchPace();

  constructor(options: SourceOptions, clock: Clock, random: Random, handlers: SourceWatcherHandlers) {
    this.options = options;
    this.#cache = new ManifestCache(options.path, options.memo);
    this.#clock = clock;
    this.#random = random;
    this.#handlers = handlers;
  }

  start(): void {
    this.#polling = this.#poll();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#polling, this.#checking, this.options.git.close()]);
  }

  /**
   * Reads the remote head again, after a pause where many ask for it. Resolves with the first check that begins after
   * the call.
   */
  sync(): Promise<void> {
    this.#due ??= Promise.withResolvers();
    const { promise } = this.#due;
    this.#checking ??= this.#ended(this.#checkWhileDue());
    return promise;
  }

  #ended(checking: Promise<void>): Promise<void> {
    return checking.finally(() => {
      this.#checking = null;
    });
  }

  /** The commit will be handed on again at the next check, for instance after an approval. */
  forget(): void {
    this.#last = null;
  }

  /** Reads a commit that was in force before; it must be in the local copy. */
  async load(commit: CommitSha): Promise<Result<Candidate, Problem>> {
    // The tree tells the rest; where its path is gone nobody knows who removed it.
    return this.#read({ commit, author: '', subject: '', committedAt: instant(0) });
  }

  async #poll(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#checking ??= this.#ended(this.#check().then(() => this.#checkWhileDue()));
      await this.#checking;
      const jitter = 1 + POLL_JITTER * (2 * this.#random.next() - 1);
      await pause(this.#clock, this.options.pollMs * jitter, this.#stop.signal);
    }
  }

  async #checkWhileDue(): Promise<void> {
    while (this.#due !== null) {
      await this.#inPace();
      const due = this.#due;
      this.#due = null;
      if (!this.#stop.signal.aborted) await this.#check();
      due.resolve();
    }
  }

  /** A directory is at hand: nobody minds how often it is read. */
  async #inPace(): Promise<void> {
    if (this.options.isDirectory) return;
    const waitMs = this.#pace.waitMs(this.#clock.monotonicMs());
    if (waitMs > 0) await pause(this.#clock, waitMs, this.#stop.signal);
    this.#pace.note(this.#clock.monotonicMs());
  }

  async #check(): Promise<void> {
    const head = await this.options.git.fetch({ deadlineMs: FETCH_MS });
    if (this.#stop.signal.aborted) return;
    if (!head.ok) {
      this.#handlers.onProblem(head.error);
      return;
    }
    if (head.value.commit === this.#last) {
      this.#handlers.onProblem(null);
      return;
    }
    const candidate = await this.#read(head.value);
    if (this.#stop.signal.aborted) return;
    if (!candidate.ok) {
      this.#handlers.onProblem(candidate.error);
      return;
    }
    this.#handlers.onProblem(null);
    this.#last = head.value.commit;
    await this.#handlers.onCandidate(candidate.value);
  }

  async #read(head: GitHead): Promise<Result<Candidate, Problem>> {
    const { git, id } = this.options;
    const { commit } = head;
    const nothing = { source: id, head, documents: [], files: new Map(), problems: [] };
    const tree = await git.tree(commit);
    if (!tree.ok)
      return tree.error.code === 'source/path' && this.#handlers.hadPath()
        ? ok({ ...nothing, missing: tree.error.message })
        : tree;
    const files = tree.value.files;
    const unread = files.filter((f) => this.#isRead(f) && !this.#cache.has(f.path, f.blob));
    const blobs = await git.read(unread.map((f) => f.blob));
    if (!blobs.ok) return blobs;
    const sources = files.map((f) => ({
      path: f.path,
      blob: f.blob,
      bytes: blobs.value.get(f.blob) ?? null,
    }));
    // A handful of files is read in one turn.
    const inTime = unread.length > FEW_FILES ? await this.#readAhead(sources) : ok(undefined);
    if (!inTime.ok) return inTime;
    const reading = readManifests(sources, this.#cache);
    const contents = await this.#referredFiles(files, reading.documents);
    if (!contents.ok) return contents;
    return ok({
      source: id,
      head: tree.value.head,
      documents: reading.documents,
      files: contents.value,
      problems: reading.problems,
      missing: null,
    });
  }

  /** Leases, events and probes must not wait for a large or malicious repository to be parsed. */
  async #readAhead(files: readonly SourceFile[]): Promise<Result<void, Problem>> {
    const beganMs = this.#clock.monotonicMs();
    let turnMs = beganMs;
    for (const file of manifestFiles(files, this.#cache)) {
      readAhead(file, this.#cache);
      const nowMs = this.#clock.monotonicMs();
      if (nowMs - beganMs > READING_MS)
        return err(
          problem('source/limit', `its manifests could not be read within ${formatDuration(READING_MS)}`),
        );
      if (nowMs - turnMs < TURN_MS) continue;
      await pause(this.#clock, 0, this.#stop.signal);
      if (this.#stop.signal.aborted) return err(problem('source/interrupted', 'the controller stops'));
      turnMs = this.#clock.monotonicMs();
    }
    return ok(undefined);
  }

  #isRead(file: TreeFile): boolean {
    return isManifestPath(file.path) || file.path === IGNORE_FILE;
  }

  /** A file that is missing is left out here: the reference to it is reported with its place. */
  async #referredFiles(
    files: readonly TreeFile[],
    documents: readonly ManifestDocument[],
  ): Promise<Result<ReadonlyMap<string, Uint8Array>, Problem>> {
    const byPath = new Map(files.map((f) => [f.path, f.blob]));
    const wanted = new Map<string, string>();
    for (const { path } of fileReferences(documents)) {
      const blob = byPath.get(path);
      if (blob !== undefined) wanted.set(path, blob);
    }
    const blobs = await this.options.git.read([...new Set(wanted.values())]);
    if (!blobs.ok) return blobs;
    const contents = new Map<string, Uint8Array>();
    for (const [path, blob] of wanted) {
      const bytes = blobs.value.get(blob);
      if (bytes === undefined) return err(problem('source/corrupt', `the content of ${path} cannot be read`));
      contents.set(path, bytes);
    }
    return ok(contents);
  }
}
