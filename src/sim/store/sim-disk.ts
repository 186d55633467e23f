// What lies on the disk of the controller's machine: rows, audit and leases of its store. It outlives
// every process; what a process was told to be written is here, whatever happens to the process.

import { canonicalJson, sha256 } from '../../kernel/canonical.ts';
import { type Problem, problem } from '../../kernel/errors.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { after, formatDuration, instant } from '../../kernel/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { AuditEntry, Lease, StoredAuditEntry, StoredRow, StoreWrite } from '../../ports/store.ts';

interface LeaseRow {
  /** Empty after a release; the row stays for its epoch. */
  readonly holder: string;
  readonly epoch: number;
  readonly expiresMonotonicMs: number;
}

/** A copy of everything, for backups that are restored later. */
export interface DiskImage {
  readonly rows: ReadonlyMap<string, StoredRow>;
  readonly audit: readonly AuditEntry[];
  readonly version: number;
}

const GENESIS_HASH = '0'.repeat(64);

export class SimDisk {
  readonly #clock: Clock;
  readonly #isDead: (holder: string) => boolean;
  #rows = new Map<string, StoredRow>();
  #audit: AuditEntry[] = [];
  readonly #hashes: string[] = [];
  readonly #leases = new Map<string, LeaseRow>();
  #version = 0;
  /** Not null: what a reader finds wrong with it. */
  damage: string | null = null;
  isFull = false;

  /** `isDead`: whether the process that a lease's holder names has certainly ended. */
  constructor(clock: Clock, isDead: (holder: string) => boolean) {
    this.#clock = clock;
    this.#isDead = isDead;
  }

  get version(): number {
    return this.#version;
  }

  get rows(): ReadonlyMap<string, StoredRow> {
    return this.#rows;
  }

  get auditEntries(): readonly AuditEntry[] {
    return this.#audit;
  }

  get(key: string): StoredRow | null {
    return this.#rows.get(key) ?? null;
  }

  list(prefix: string): readonly StoredRow[] {
    const found = [...this.#rows.values()].filter((row) => row.key.startsWith(prefix));
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  write(
    writes: readonly StoreWrite[],
    audit: readonly AuditEntry[],
    fence: Lease | undefined,
  ): Result<{ readonly version: number }, Problem> {
    if (this.isFull) return err(problem('store/full', 'the disk is full'));
    const lost = fence === undefined ? null : this.#lost(fence);
    if (lost !== null) return err(problem('store/lease', lost));
    const conflict = writes.find(
      (w) => w.expect !== undefined && (this.#rows.get(w.key)?.version ?? null) !== w.expect,
    );
    if (conflict !== undefined)
      return err(problem('store/conflict', `${conflict.key}: expected version ${conflict.expect ?? 'none'}`));
    this.#version += 1;
    const version = this.#version;
    for (const write of writes) {
      if (write.kind === 'delete') this.#rows.delete(write.key);
      else this.#rows.set(write.key, { key: write.key, value: write.value, version });
    }
    this.#audit.push(...audit);
    return ok({ version });
  }

  audit(query: { readonly limit: number; readonly before?: number; readonly object?: string }) {
    this.#chain();
    const found: StoredAuditEntry[] = [];
    const last = Math.min(this.#audit.length, (query.before ?? Number.POSITIVE_INFINITY) - 1);
    for (let sequence = last; sequence > 0 && found.length < query.limit; sequence -= 1) {
      const entry = this.#audit[sequence - 1];
      const hash = this.#hashes[sequence - 1];
      if (entry === undefined || hash === undefined) break;
      if (query.object === undefined || entry.object === query.object)
        found.push({ ...entry, sequence, hash });
    }
    return found;
  }

  /** Hashes are computed when somebody reads: a simulation writes much more than it reads. */
  #chain(): void {
    for (let at = this.#hashes.length; at < this.#audit.length; at += 1) {
      const entry = this.#audit[at];
      if (entry === undefined) return;
      const content = { ...entry, sequence: at + 1 };
      this.#hashes.push(sha256((this.#hashes[at - 1] ?? GENESIS_HASH) + canonicalJson(content)));
    }
  }

  acquireLease(name: string, holder: string, ttlMs: number): Result<Lease, Problem> {
    if (this.isFull) return err(problem('store/full', 'the disk is full'));
    const before = this.#leases.get(name);
    const renews = before?.holder === holder;
    const isFree = before === undefined || renews || before.holder === '' || this.#isDead(before.holder);
    const remainingMs = isFree ? 0 : before.expiresMonotonicMs - this.#clock.monotonicMs();
    if (!isFree && remainingMs > 0)
      return err(
        problem(
          'store/lease',
          `the lease ${name} is held by ${before.holder} for another ${formatDuration(remainingMs)}`,
        ),
      );
    const epoch = renews ? before.epoch : (before?.epoch ?? 0) + 1;
    this.#version += 1;
    this.#leases.set(name, { holder, epoch, expiresMonotonicMs: this.#clock.monotonicMs() + ttlMs });
    return ok({ name, holder, epoch, expiresAt: instant(after(this.#clock.now(), ttlMs)) });
  }

  releaseLease(lease: Lease): void {
    const now = this.#leases.get(lease.name);
    if (now?.holder === lease.holder && now.epoch === lease.epoch)
      this.#leases.set(lease.name, { ...now, holder: '' });
  }

  /** Who holds a lease or held it last, and how long it still lasts; null where nobody ever did. */
  leaseNow(
    name: string,
  ): { readonly holder: string; readonly epoch: number; readonly leftMs: number } | null {
    const lease = this.#leases.get(name);
    if (lease === undefined || lease.holder === '') return null;
    const { holder, epoch, expiresMonotonicMs } = lease;
    return { holder, epoch, leftMs: expiresMonotonicMs - this.#clock.monotonicMs() };
  }

  #lost(fence: Lease): string | null {
    const now = this.#leases.get(fence.name);
    if (now?.holder === fence.holder && now.epoch === fence.epoch) return null;
    return `the lease ${fence.name} has passed to ${now?.holder ?? 'nobody'}`;
  }

  backup(): DiskImage {
    return { rows: new Map(this.#rows), audit: [...this.#audit], version: this.#version };
  }

  /** As `plimsoll store restore` does it: the rows of then, marked as such, with a version above all. */
  restore(image: DiskImage, marker: string): void {
    this.#version += 1;
    this.#rows = new Map(image.rows);
    this.#rows.set(marker, { key: marker, value: '"restored"', version: this.#version });
    this.#audit = [...image.audit];
    this.#hashes.length = Math.min(this.#hashes.length, this.#audit.length);
    this.damage = null;
  }

  /** The file is gone: the next process begins with nothing. */
  lose(): void {
    this.#rows = new Map();
    this.#audit = [];
    this.#hashes.length = 0;
    this.#leases.clear();
    this.#version = 0;
    this.damage = null;
  }
}
