// The Store port of one process on a simulated disk. A write takes a moment until it is durable and
// another one until the process hears of it: a crash in between leaves it written and unacknowledged, a
// crash before leaves nothing.

import { PlimsollError, type Problem, problem } from '../../kernel/errors.ts';
import { err, type Result } from '../../kernel/result.ts';
import type { Clock } from '../../ports/clock.ts';
import type { AuditEntry, Lease, Store, StoredAuditEntry, StoredRow, StoreWrite } from '../../ports/store.ts';
import type { SimDisk } from './sim-disk.ts';

/** What the world may know of a write, for crash points and counts. */
export interface StoreWriteNote {
  readonly stage: 'issued' | 'durable' | 'acknowledged';
  readonly keys: readonly string[];
}

export interface SimStoreOptions {
  readonly disk: SimDisk;
  readonly clock: Clock;
  /** How long a write takes until it is durable, and again until it is acknowledged; 0: at once. */
  readonly delayMs: () => number;
  /** Called at each stage; `crash` ends the process there: nothing further happens to the call. */
  readonly onWrite: (note: StoreWriteNote) => 'go on' | 'crash';
  /** Whether the process still runs. */
  readonly isAlive: () => boolean;
}

/** A new one each time: a shared one would gather the reactions of all who wait. */
const never = (): Promise<never> => new Promise(() => {});

export class SimStore implements Store {
  readonly #options: SimStoreOptions;
  readonly #watchers = new Set<{ readonly prefix: string; readonly callback: (key: string) => void }>();

  constructor(options: SimStoreOptions) {
    this.#options = options;
  }

  async get(key: string): Promise<StoredRow | null> {
    this.#mustServe();
    return this.#options.disk.get(key);
  }

  async list(prefix: string): Promise<readonly StoredRow[]> {
    this.#mustServe();
    return this.#options.disk.list(prefix);
  }

  async write(
    writes: readonly StoreWrite[],
    audit: readonly AuditEntry[] = [],
    fence?: Lease,
  ): Promise<Result<{ readonly version: number }, Problem>> {
    const { disk } = this.#options;
    const keys = writes.map((w) => w.key);
    const damage = this.#damage();
    if (damage !== null) return err(damage);
    if (this.#options.onWrite({ stage: 'issued', keys }) === 'crash') return never();
    await this.#pass();
    const written = disk.write(writes, audit, fence);
    if (!written.ok) return written;
    if (this.#options.onWrite({ stage: 'durable', keys }) === 'crash') return never();
    await this.#pass();
    if (this.#options.onWrite({ stage: 'acknowledged', keys }) === 'crash') return never();
    this.#notify(keys);
    return written;
  }

  watch(prefix: string, callback: (key: string) => void): () => void {
    const watcher = { prefix, callback };
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  async audit(query: { readonly limit: number; readonly before?: number; readonly object?: string }) {
    this.#mustServe();
    return this.#options.disk.audit(query) satisfies readonly StoredAuditEntry[];
  }

  async acquireLease(name: string, holder: string, ttlMs: number): Promise<Result<Lease, Problem>> {
    const damage = this.#damage();
    if (damage !== null) return err(damage);
    await this.#pass();
    return this.#options.disk.acquireLease(name, holder, ttlMs);
  }

  async releaseLease(lease: Lease): Promise<void> {
    await this.#pass();
    const { disk } = this.#options;
    if (disk.isFull) throw new PlimsollError(problem('store/full', 'the disk is full'));
    disk.releaseLease(lease);
  }

  async close(): Promise<void> {
    this.#watchers.clear();
  }

  /** A process that has ended never comes back from a wait. */
  async #pass(): Promise<void> {
    const delayMs = this.#options.delayMs();
    if (delayMs <= 0) return;
    await new Promise<void>((resolve) => this.#options.clock.after(delayMs, resolve));
    if (!this.#options.isAlive()) await never();
  }

  #damage(): Problem | null {
    const { damage } = this.#options.disk;
    return damage === null ? null : problem('store/damaged', `the store is damaged: ${damage}`);
  }

  #mustServe(): void {
    const damage = this.#damage();
    if (damage !== null) throw new PlimsollError(damage);
  }

  #notify(keys: readonly string[]): void {
    for (const key of new Set(keys))
      for (const watcher of this.#watchers)
        if (key.startsWith(watcher.prefix)) queueMicrotask(() => watcher.callback(key));
  }
}
