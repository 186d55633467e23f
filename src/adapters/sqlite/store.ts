// The Store port on one SQLite file. Every call is short and synchronous inside; the promises are those
// of the port. A store that finds itself damaged serves nothing more, in this process and the next.

import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import type { Problem } from '../../kernel/errors.ts';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import { invariant } from '../../kernel/invariant.ts';
import type { Result } from '../../kernel/result.ts';
import { err, ok } from '../../kernel/result.ts';
import type { AuditEntry, Lease, Store, StoredAuditEntry, StoredRow, StoreWrite } from '../../ports/store.ts';
import { anchorOf, mustBeNewest } from './audit.ts';
import { writeBackup } from './backup.ts';
import type { Tables } from './connection.ts';
import { readTransaction, writeTransaction } from './connection.ts';
import { StoreDamage, storeProblem } from './failure.ts';
import type { MarkerFile } from './marker.ts';
import type { State } from './state.ts';

export interface SqliteStore extends Store {
  /** Writes a complete copy to `target` while the store is in use. */
  backup(target: string): Promise<Result<{ readonly sizeBytes: number }, Problem>>;
  /** Follows the whole audit chain, in portions that leave the event loop free. */
  verifyAudit(): Promise<Result<{ readonly entries: number }, Problem>>;
}

interface Watcher {
  readonly prefix: string;
  readonly callback: (key: string) => void;
}

/** Entries followed between two turns of the event loop: about 10 ms. */
const AUDIT_PORTION = 1_000;

export class OpenStore implements SqliteStore {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #tables: Tables;
  readonly #marker: MarkerFile;
  readonly #inode: number;
  readonly #watchers = new Set<Watcher>();
  #damage: Problem | null = null;
  #backup: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(path: string, db: DatabaseSync, tables: Tables, marker: MarkerFile) {
    this.#path = path;
    this.#db = db;
    this.#tables = tables;
    this.#marker = marker;
    this.#inode = statSync(path).ino;
  }

  async get(key: string): Promise<StoredRow | null> {
    return this.#read(() => this.#tables.entries.get(key));
  }

  async list(prefix: string): Promise<readonly StoredRow[]> {
    return this.#read(() => this.#tables.entries.list(prefix));
  }

  async write(
    writes: readonly StoreWrite[],
    audit: readonly AuditEntry[] = [],
    fence?: Lease,
  ): Promise<Result<{ readonly version: number }, Problem>> {
    const { entries, leases, audit: log } = this.#tables;
    const written = this.#change((before, version) => {
      const lost = fence === undefined ? null : leases.lost(fence);
      if (lost !== null) return err(problem('store/lease', lost));
      const conflict = entries.conflict(writes);
      if (conflict !== null) return err(problem('store/conflict', conflict));
      const digest = entries.apply(writes, version, before.digest);
      return ok({ state: log.append({ ...before, digest }, audit), value: { version } });
    });
    if (written.ok) this.#notify(writes);
    return written;
  }

  watch(prefix: string, callback: (key: string) => void): () => void {
    const watcher = { prefix, callback };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  async audit(query: {
    readonly limit: number;
    readonly before?: number;
    readonly object?: string;
  }): Promise<readonly StoredAuditEntry[]> {
    return this.#read(() => this.#tables.audit.query(this.#tables.state.read(), query));
  }

  async acquireLease(name: string, holder: string, ttlMs: number): Promise<Result<Lease, Problem>> {
    invariant(holder !== '' && ttlMs > 0, 'a lease needs a holder and a time to live');
    return this.#change((before) => {
      const acquired = this.#tables.leases.acquire(name, holder, ttlMs, before.digest);
      if (!acquired.ok) return acquired;
      const { lease, digest } = acquired.value;
      return ok({ state: { ...before, digest }, value: lease });
    });
  }

  async releaseLease(lease: Lease): Promise<void> {
    const released = this.#change((before) => {
      const digest = this.#tables.leases.release(lease, before.digest);
      return ok({ state: { ...before, digest }, value: null });
    });
    if (!released.ok) throw new PlimsollError(released.error);
  }

  async backup(target: string): Promise<Result<{ readonly sizeBytes: number }, Problem>> {
    this.#mustServe();
    const running = writeBackup(this.#path, target);
    this.#backup = running.catch(() => {});
    try {
      return ok(await running);
    } catch (thrown) {
      return err(storeProblem(target, thrown));
    }
  }

  async verifyAudit(): Promise<Result<{ readonly entries: number }, Problem>> {
    const { state, audit } = this.#tables;
    try {
      let link = anchorOf(this.#read(() => state.read()));
      for (let entries = 0; ; await setImmediate()) {
        const reached = link;
        link = this.#read(() => {
          const now = state.read();
          // Retention may have removed what was to be followed next.
          const start = reached.sequence < now.anchorSequence ? anchorOf(now) : reached;
          const end = audit.follow(start, AUDIT_PORTION);
          entries += end.sequence - start.sequence;
          if (end.sequence - start.sequence < AUDIT_PORTION) mustBeNewest(now, end);
          return end;
        });
        if (link.sequence - reached.sequence < AUDIT_PORTION) return ok({ entries });
      }
    } catch (thrown) {
      return err(storeProblem(this.#path, thrown));
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#watchers.clear();
    await this.#backup;
    this.#marker.close();
    this.#db.close();
  }

  #mustServe(): void {
    invariant(!this.#closed, 'the store is used after it was closed');
    if (this.#damage !== null) throw new PlimsollError(this.#damage);
  }

  /** The problem behind a failure; damage is remembered, so that nothing is served after it. */
  #problemOf(thrown: unknown): Problem {
    const found = storeProblem(this.#path, thrown);
    if (found.code === 'store/damaged') this.#damage = found;
    return found;
  }

  #read<T>(work: () => T): T {
    this.#mustServe();
    try {
      return readTransaction(this.#db, work);
    } catch (thrown) {
      throw new PlimsollError(this.#problemOf(thrown), thrown);
    }
  }

  /**
   * One durable transaction. `work` gets the state before it and the version that it will have; an error
   * leaves everything as it was. Leases count as well: a store that lost one must be seen as older.
   */
  #change<T>(
    work: (before: State, version: number) => Result<{ readonly state: State; readonly value: T }, Problem>,
  ): Result<T, Problem> {
    try {
      this.#mustServe();
      this.#mustBeInPlace();
      const { state } = this.#tables;
      const changed = writeTransaction(this.#db, () => {
        const before = state.read();
        const version = before.version + 1;
        const result = work(before, version);
        if (result.ok) state.write({ ...result.value.state, version });
        return result.ok ? ok({ version, value: result.value.value }) : result;
      });
      if (!changed.ok) return changed;
      this.#marker.record(changed.value.version);
      return ok(changed.value.value);
    } catch (thrown) {
      return err(this.#problemOf(thrown));
    }
  }

  /** What is written to a file without a name is lost with the process. */
  #mustBeInPlace(): void {
    const now = statSync(this.#path, { throwIfNoEntry: false });
    if (now?.ino !== this.#inode) throw new StoreDamage('its file was removed or replaced while in use');
  }

  #notify(writes: readonly StoreWrite[]): void {
    for (const key of new Set(writes.map((write) => write.key))) {
      for (const watcher of this.#watchers) {
        // In a turn of its own: what a callback throws must not look like a failed write.
        if (key.startsWith(watcher.prefix)) queueMicrotask(() => watcher.callback(key));
      }
    }
  }
}
