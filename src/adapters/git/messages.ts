// What crosses between the main thread and the Git worker: plain data, told apart by `kind`. Requests may
// carry secrets; answers and problems never do.

import type { Problem } from '../../kernel/errors.ts';
import type { UploadPackTarget } from './upload-pack.ts';

/** Where the objects of a source lie. */
export type ObjectStore =
  /** A folder of ours with a copy; see cache-folder.ts. */
  | { readonly kind: 'copy'; readonly folder: string; readonly origin: string }
  /** A repository of somebody else on this machine, only ever read. */
  | { readonly kind: 'in-place'; readonly gitdir: string };

/** GitHead before its ids and instants are parsed into branded types. */
export interface HeadFacts {
  readonly commit: string;
  readonly author: string;
  readonly subject: string;
  readonly committedAtMs: number;
}

export interface FolderEntry {
  readonly name: string;
  readonly oid: string;
  readonly kind: 'file' | 'folder';
}

/** Entries of folders by tree id. */
export type Folders = ReadonlyMap<string, readonly FolderEntry[]>;

export interface SyncAsk {
  readonly store: Extract<ObjectStore, { readonly kind: 'copy' }>;
  readonly target: UploadPackTarget;
  /** Full name of the ref. */
  readonly ref: string;
  /** What the ref was a moment ago: nothing is fetched where it is there already. */
  readonly advertised: string;
  readonly purpose: SyncPurpose;
}

export type SyncPurpose =
  /** Fetch what is missing; make the copy anew only where it turns out to be damaged. */
  | { readonly kind: 'update' }
  /** The copy was found damaged: throw it away first. */
  | { readonly kind: 'repair' }
  /** Make the copy anew, in fewer packs, unless it would then lack the commit `keep`. */
  | { readonly kind: 'tidy'; readonly keep: string | null };

export interface TreeAsk {
  readonly store: ObjectStore;
  readonly commit: string;
  readonly path: readonly string[];
  /** Whether the commit was fetched: if it is missing then, the copy is damaged. */
  readonly mustExist: boolean;
  /** Trees that the asker has already, with all that is below them. */
  readonly known: readonly string[];
}

export interface ReadAsk {
  readonly store: ObjectStore;
  readonly blobs: readonly string[];
  readonly maxBlobBytes: number;
}

export interface AncestryAsk {
  readonly store: ObjectStore;
  readonly ancestor: string;
  readonly descendant: string;
}

export type WorkerAsk =
  | { readonly kind: 'sync'; readonly ask: SyncAsk }
  | { readonly kind: 'head'; readonly ask: { readonly store: ObjectStore; readonly oid: string } }
  | { readonly kind: 'tree'; readonly ask: TreeAsk }
  | { readonly kind: 'read'; readonly ask: ReadAsk }
  | { readonly kind: 'ancestry'; readonly ask: AncestryAsk };

/**
 * A numbered request. By `endsAtMs` the worker has ended its waiting for the network: on the clock of
 * `monotonicMs`, since a thread that has to be started first, on a busy machine, takes of the same time.
 */
export type WorkerRequest = WorkerAsk & { readonly id: number; readonly endsAtMs: number };

/** The machine's monotonic clock, the same in all threads. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

export interface SyncAnswer {
  /** What the ref is now: of an annotated tag, the tag object. */
  readonly advertised: string;
  readonly head: HeadFacts;
  /** Packs that the copy has now: each incremental fetch adds one. */
  readonly packs: number;
}

export interface TreeAnswer {
  readonly head: HeadFacts;
  /** Id of the tree at the path. */
  readonly tree: string;
  readonly folders: Folders;
}

export type WorkerAnswer =
  | { readonly kind: 'sync'; readonly value: SyncAnswer }
  | { readonly kind: 'head'; readonly value: HeadFacts }
  | { readonly kind: 'tree'; readonly value: TreeAnswer }
  | { readonly kind: 'read'; readonly value: ReadonlyMap<string, Uint8Array> }
  | { readonly kind: 'ancestry'; readonly value: boolean }
  | { readonly kind: 'problem'; readonly value: Problem };

export type WorkerReply = WorkerAnswer & { readonly id: number };
