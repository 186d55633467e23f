// Leases: who may act. A lease ends when it was not renewed for its time to live.
//
// How the end is judged. Processes of one boot share a monotonic clock, so among them a jump of the wall
// clock changes nothing. A holder from another boot is judged by the wall clock of the row; a row that
// lies further in the future than its time to live was written before the clock was set back, and its
// holder cannot be running on this machine any more. A holder whose process has certainly ended is
// succeeded at once.
//
// The holder itself must not read `expiresAt`: it notes monotonicMs() before it asks, and stops acting
// when that plus the time to live (minus its longest call) has passed without a renewal.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Problem } from '../../kernel/errors.ts';
import { problem } from '../../kernel/errors.ts';
import type { Result } from '../../kernel/result.ts';
import { err, ok } from '../../kernel/result.ts';
import { after, formatDuration, instant } from '../../kernel/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Lease } from '../../ports/store.ts';
import type { Columns } from './columns.ts';
import { checksum, numberColumn, textColumn, toggleDigest } from './columns.ts';
import { StoreDamage } from './failure.ts';
import { currentBoot, describeHolder, holderIsDead } from './process-identity.ts';

interface LeaseRow {
  readonly name: string;
  /** Empty after a release; the row stays for its epoch. */
  readonly holder: string;
  readonly epoch: number;
  readonly ttlMs: number;
  readonly expiresAt: number;
  /** Boot under which it was written, empty where unknown. */
  readonly boot: string;
  readonly expiresMonotonicMs: number;
}

const leaseChecksum = (row: LeaseRow): string =>
  checksum(
    'lease',
    row.name,
    row.holder,
    row.epoch,
    row.ttlMs,
    row.expiresAt,
    row.boot,
    row.expiresMonotonicMs,
  );

function leaseRow(row: Columns): LeaseRow {
  const lease: LeaseRow = {
    name: textColumn(row, 'name'),
    holder: textColumn(row, 'holder'),
    epoch: numberColumn(row, 'epoch'),
    ttlMs: numberColumn(row, 'ttl_ms'),
    expiresAt: numberColumn(row, 'expires_at'),
    boot: textColumn(row, 'boot'),
    expiresMonotonicMs: numberColumn(row, 'expires_monotonic_ms'),
  };
  if (textColumn(row, 'checksum') !== leaseChecksum(lease)) {
    throw new StoreDamage(`the lease ${lease.name} does not match its checksum`);
  }
  return lease;
}

export class Leases {
  readonly #clock: Clock;
  readonly #boot = currentBoot() ?? '';
  readonly #get: StatementSync;
  readonly #all: StatementSync;
  readonly #put: StatementSync;

  constructor(db: DatabaseSync, clock: Clock) {
    this.#clock = clock;
    this.#get = db.prepare('SELECT * FROM leases WHERE name = ?');
    this.#all = db.prepare('SELECT * FROM leases');
    this.#put = db.prepare('INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  }

  *verifiedChecksums(): Generator<string> {
    for (const row of this.#all.iterate()) yield leaseChecksum(leaseRow(row));
  }

  #current(name: string): LeaseRow | null {
    const row = this.#get.get(name);
    return row === undefined ? null : leaseRow(row);
  }

  /** Milliseconds until the row's holder may be succeeded; 0 and less: now. */
  #remainingMs(row: LeaseRow): number {
    if (row.holder === '' || holderIsDead(row.holder)) return 0;
    if (row.boot !== '' && row.boot === this.#boot) return row.expiresMonotonicMs - this.#clock.monotonicMs();
    const remainingMs = row.expiresAt - this.#clock.now();
    return remainingMs > row.ttlMs ? 0 : remainingMs;
  }

  #replace(before: LeaseRow | null, next: LeaseRow, digest: string): string {
    const { name, holder, epoch, ttlMs, expiresAt, boot, expiresMonotonicMs } = next;
    const sum = leaseChecksum(next);
    this.#put.run(name, holder, epoch, ttlMs, expiresAt, boot, expiresMonotonicMs, sum);
    return toggleDigest(before === null ? digest : toggleDigest(digest, leaseChecksum(before)), sum);
  }

  /** Takes or renews within the caller's transaction; also returns the digest afterwards. */
  acquire(
    name: string,
    holder: string,
    ttlMs: number,
    digest: string,
  ): Result<{ readonly lease: Lease; readonly digest: string }, Problem> {
    const before = this.#current(name);
    const renews = before !== null && before.holder === holder;
    const remainingMs = before === null || renews ? 0 : this.#remainingMs(before);
    if (before !== null && remainingMs > 0) {
      const who = describeHolder(before.holder);
      const message = `the lease ${name} is held by ${who} for another ${formatDuration(remainingMs)}`;
      return err(problem('store/lease', message));
    }
    const epoch = renews ? before.epoch : (before?.epoch ?? 0) + 1;
    const expiresAt = after(this.#clock.now(), ttlMs);
    const expiresMonotonicMs = this.#clock.monotonicMs() + ttlMs;
    const next = { name, holder, epoch, ttlMs, expiresAt, boot: this.#boot, expiresMonotonicMs };
    const lease = { name, holder, epoch, expiresAt: instant(expiresAt) };
    return ok({ lease, digest: this.#replace(before, next, digest) });
  }

  /** Why a lease is not this holder's any more; null while it is, even past its time. */
  lost(lease: Lease): string | null {
    const now = this.#current(lease.name);
    if (now !== null && now.holder === lease.holder && now.epoch === lease.epoch) return null;
    const who = now === null || now.holder === '' ? 'nobody' : describeHolder(now.holder);
    return `the lease ${lease.name} has passed from this controller to ${who}`;
  }

  /** Frees the lease if it is still this one; returns the digest afterwards. */
  release(lease: Lease, digest: string): string {
    const before = this.#current(lease.name);
    if (before === null || before.holder !== lease.holder || before.epoch !== lease.epoch) return digest;
    return this.#replace(before, { ...before, holder: '' }, digest);
  }
}
