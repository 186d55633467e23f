// A Git repository as a source: the GitRemote port over http(s), ssh, and repositories on this machine.
// The tracked ref is looked up in this thread (cheap); whatever opens objects happens in the worker.

import { PlimsollError, type Problem, problem, toProblem } from '../../kernel/errors.ts';
import { CommitSha, type SourceId } from '../../kernel/ids.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { instant } from '../../kernel/time.ts';
import type { GitHead, GitRemote, SourceTree } from '../../ports/git.ts';
import { formatAddress, parseAddress, type SourceAddress } from './address.ts';
import type { SourceCredential } from './credential.ts';
import { type GitWorker, sharedGitWorker } from './git-worker.ts';
import { Listing } from './listing.ts';
import type { HeadFacts, ObjectStore, SyncAnswer } from './messages.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { fullRefName, pathComponents, type SourceRef } from './ref.ts';
import { localRepository, type Repository, remoteRepository } from './repository.ts';

export interface GitRemoteOptions {
  readonly id: SourceId;
  /** `https://…`, `ssh://user@host/path`, `user@host:path`, and where allowed `file:///…` or a path. */
  readonly url: string;
  readonly ref: SourceRef;
  /** Folder inside the repository; empty for its root. */
  readonly path: string;
  /** Copies of remote repositories lie in `cacheDir/id`. Only one process may use it at a time. */
  readonly cacheDir: string;
  readonly credential: SourceCredential | null;
  /** Whether repositories on this machine may be read. */
  readonly allowFile: boolean;
  /** Whether plain http may be used beyond this machine; false unless told otherwise. */
  readonly allowInsecureHttp?: boolean;
  /** PEM file of certificate authorities that replace the built-in ones for this source. */
  readonly caFile?: string;
  /** Largest file that is read; 1 MiB unless told otherwise. */
  readonly maxBlobBytes?: number;
  /** Most files below the path; 50,000 unless told otherwise. */
  readonly maxFiles?: number;
  /** Most bytes of one fetch; 512 MiB unless told otherwise. */
  readonly maxPackBytes?: number;
  /** From this many packs on the copy is made anew, at a poll without news; 50 unless told otherwise. */
  readonly maxPacks?: number;
}

/** For reading what is on this disk already; a damaged copy may have to be fetched again within it. */
const READ_DEADLINE_MS = 60_000;

/**
 * Connects to nothing yet. Throws a PlimsollError (`source/scheme`, `config/invalid`) where address, ref or
 * path are refused. Calls on one source run one after the other.
 */
export function openGitRemote(options: GitRemoteOptions, worker: GitWorker = sharedGitWorker): GitRemote {
  const { allowFile, allowInsecureHttp = false } = options;
  const address = orThrow(parseAddress(options.url, { allowFile, allowInsecureHttp }));
  const ref = orThrow(fullRefName(options.ref));
  requireFittingCredential(address, options.credential);
  const repository =
    address.kind === 'file'
      ? localRepository(address, ref, worker)
      : remoteRepository(options, address, ref, worker);
  return new GitSource(repository, orThrow(pathComponents(options.path)), options, worker);
}

function requireFittingCredential(address: SourceAddress, credential: SourceCredential | null): void {
  const isWrongKind =
    (address.kind === 'http' && credential?.kind === 'ssh') ||
    (address.kind === 'ssh' && credential?.kind === 'basic');
  const where = formatAddress(address);
  if (isWrongKind) {
    throw new PlimsollError(
      problem('config/invalid', `${where} cannot be opened with a credential of kind ${credential?.kind}`, {
        hint: 'Use a user name and a password for https, and a key for ssh.',
      }),
    );
  }
  if (credential?.kind === 'ssh' && credential.hostKeys.length === 0) {
    throw new PlimsollError(
      problem('config/invalid', `no host key is pinned for ${where}`, {
        hint: 'Add `hostKeys` to the source, as the provider of the Git server publishes them.',
      }),
    );
  }
}

class GitSource implements GitRemote {
  readonly #repository: Repository;
  readonly #path: readonly string[];
  readonly #maxBlobBytes: number;
  readonly #maxPacks: number;
  readonly #worker: GitWorker;
  readonly #listing: Listing;
  readonly #inTurn = oneAtATime();
  /** What the ref was when it was last brought here. */
  #last: SyncAnswer | null = null;
  #lastTree: SourceTree | null = null;
  /** The state of the ref for which the copy was made anew; a second time would not help. */
  #repairedAt: string | null = null;

  constructor(
    repository: Repository,
    path: readonly string[],
    options: Pick<GitRemoteOptions, 'maxBlobBytes' | 'maxFiles' | 'maxPacks'>,
    worker: GitWorker,
  ) {
    this.#repository = repository;
    this.#path = path;
    this.#maxBlobBytes = options.maxBlobBytes ?? 1024 * 1024;
    this.#maxPacks = options.maxPacks ?? 50;
    this.#listing = new Listing(options.maxFiles ?? 50_000);
    this.#worker = worker;
  }

  fetch({ deadlineMs }: { readonly deadlineMs: number }): Promise<Result<GitHead, Problem>> {
    return this.#inTurn(async () => {
      const brought = await this.#refresh(deadlineMs, 'update');
      return brought.ok ? ok(headOf(brought.value.head)) : brought;
    });
  }

  tree(commit: CommitSha): Promise<Result<SourceTree, Problem>> {
    return this.#inTurn(async () => {
      if (this.#lastTree?.head.commit === commit) return ok(this.#lastTree);
      return this.#reading(async (store) => {
        const known = this.#listing.known();
        const mustExist = this.#last?.head.commit === commit;
        const ask = { store, commit, path: this.#path, mustExist, known };
        const answer = await this.#worker.tree(ask, READ_DEADLINE_MS);
        if (!answer.ok) return answer;
        const { head, tree, folders } = answer.value;
        this.#lastTree = { head: headOf(head), tree, files: this.#listing.files(tree, folders) };
        return ok(this.#lastTree);
      });
    });
  }

  read(blobs: readonly string[]): Promise<Result<ReadonlyMap<string, Uint8Array>, Problem>> {
    if (blobs.length === 0) return Promise.resolve(ok(new Map()));
    const maxBlobBytes = this.#maxBlobBytes;
    return this.#inTurn(() =>
      this.#reading((store) => this.#worker.read({ store, blobs, maxBlobBytes }, READ_DEADLINE_MS)),
    );
  }

  isAncestor(ancestor: CommitSha, descendant: CommitSha): Promise<Result<boolean, Problem>> {
    if (ancestor === descendant) return Promise.resolve(ok(true));
    return this.#inTurn(() =>
      this.#reading((store) => this.#worker.isAncestor({ store, ancestor, descendant }, READ_DEADLINE_MS)),
    );
  }

  /** Nothing is held open between calls; the shared worker ends by itself. */
  async close(): Promise<void> {
    await this.#inTurn(async () => {});
  }

  /** Looks the ref up and brings its commit here where it is another one, or the copy needs repair. */
  async #refresh(deadlineMs: number, purpose: 'update' | 'repair'): Promise<Result<SyncAnswer, Problem>> {
    const endAtMs = performance.now() + deadlineMs;
    const leftMs = () => Math.max(1, Math.round(endAtMs - performance.now()));
    const advertised = await this.#repository.lookUp(deadlineMs);
    if (!advertised.ok) return advertised;
    const last = this.#last;
    if (purpose === 'update' && last?.advertised === advertised.value) {
      return ok(last.packs < this.#maxPacks ? last : await this.#tidy(last, leftMs()));
    }
    const brought = await this.#repository.bring(advertised.value, { kind: purpose }, leftMs());
    if (brought.ok) this.#last = brought.value;
    return brought;
  }

  /** Packs accumulate. Nothing is lost where tidying fails: it is tried again after the next change. */
  async #tidy(last: SyncAnswer, deadlineMs: number): Promise<SyncAnswer> {
    const keep = this.#lastTree?.head.commit ?? null;
    const tidied = await this.#repository.bring(last.advertised, { kind: 'tidy', keep }, deadlineMs);
    this.#last = tidied.ok ? tidied.value : { ...last, packs: 0 };
    return this.#last;
  }

  /** Reads objects; where the copy turns out to be damaged it is made anew, once per state of the ref. */
  async #reading<T>(read: (store: ObjectStore) => Promise<Result<T, Problem>>): Promise<Result<T, Problem>> {
    try {
      const store = await this.#repository.store();
      if (!store.ok) return store;
      const first = await read(store.value);
      if (first.ok || first.error.code !== 'source/corrupt' || store.value.kind !== 'copy') return first;
      if (this.#last !== null && this.#repairedAt === this.#last.advertised) return first;
      const repaired = await this.#refresh(READ_DEADLINE_MS, 'repair');
      if (!repaired.ok) return repaired;
      this.#repairedAt = repaired.value.advertised;
      return await read(store.value);
    } catch (thrown) {
      return err(toProblem(thrown));
    }
  }
}

function headOf({ commit, author, subject, committedAtMs }: HeadFacts): GitHead {
  return { commit: CommitSha.parse(commit), author, subject, committedAt: instant(committedAtMs) };
}

function orThrow<T>(result: Result<T, Problem>): T {
  if (result.ok) return result.value;
  throw new PlimsollError(result.error);
}
