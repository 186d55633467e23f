// The controller's memory on disk: a small ordered key-value store. What it acknowledged survives a
// crash; what it finds damaged it refuses to serve.

import type { Problem } from '../kernel/errors.ts';
import type { Result } from '../kernel/result.ts';
import type { Instant } from '../kernel/time.ts';

/**
 * Key of a row that a store carries when it was restored from a backup. What happened after the backup
 * is unknown to such a store (quarantines, approvals): the loop only reports until a person approves.
 */
export const RESTORED_KEY = 'store/restored';

export interface StoredRow {
  /** Path-like: `service/shop/api`, `revision/3f2a…`. */
  readonly key: string;
  /** JSON text. */
  readonly value: string;
  /** Grows with every write to the store; the ground of compare-and-swap. */
  readonly version: number;
}

/** Writes of one transaction: all or none. `expect` null: the row must not exist; absent: do not care. */
export type StoreWrite =
  | { readonly kind: 'put'; readonly key: string; readonly value: string; readonly expect?: number | null }
  | { readonly kind: 'delete'; readonly key: string; readonly expect?: number };

export interface AuditEntry {
  readonly at: Instant;
  /** `controller`, `user:NAME`, `webhook:…`. */
  readonly actor: string;
  /** What was decided or done: `action/start`, `command/approve`, `commit/accept`, … */
  readonly event: string;
  readonly object: string;
  readonly because: string;
  /** JSON text with details; never secrets. */
  readonly details: string;
}

export interface StoredAuditEntry extends AuditEntry {
  readonly sequence: number;
  /** SHA-256 over the previous entry's hash and this entry: a removed or changed line breaks the chain. */
  readonly hash: string;
}

export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Grows by one with each new holder. */
  readonly epoch: number;
  readonly expiresAt: Instant;
}

export interface Store {
  get(key: string): Promise<StoredRow | null>;
  /** Rows whose key starts with `prefix`, in key order. */
  list(prefix: string): Promise<readonly StoredRow[]>;
  /**
   * `store/conflict` where an expectation does not hold, `store/lease` where `fence` is not the lease's
   * newest holder and epoch (checked in the same transaction); then nothing was written.
   */
  write(
    writes: readonly StoreWrite[],
    audit?: readonly AuditEntry[],
    fence?: Lease,
  ): Promise<Result<{ readonly version: number }, Problem>>;
  /** Calls back after each committed write to a key with this prefix. */
  watch(prefix: string, callback: (key: string) => void): () => void;
  /** Newest first, entries with sequence < `before`. */
  audit(query: {
    readonly limit: number;
    readonly before?: number;
    readonly object?: string;
  }): Promise<readonly StoredAuditEntry[]>;
  /** Takes or renews; `store/lease` (with the holder named) where somebody else holds it. */
  acquireLease(name: string, holder: string, ttlMs: number): Promise<Result<Lease, Problem>>;
  releaseLease(lease: Lease): Promise<void>;
  close(): Promise<void>;
}
