// What must hold before a store is served. Rows are all checked; of the audit chain everything since the
// last opening and at least the newest entries (the rest by `verifyAudit`, which takes its time).

import type { DatabaseSync } from 'node:sqlite';
import { mustBeNewest } from './audit.ts';
import { EMPTY_DIGEST, toggleDigest } from './columns.ts';
import type { Tables } from './connection.ts';
import { StoreDamage } from './failure.ts';
import type { Marker } from './marker.ts';
import type { State } from './state.ts';

/** Newest audit entries that are followed at every opening: about 50 ms. */
const AUDIT_AT_LEAST = 5_000;

/** The pages of the file fit together. */
export function checkPages(db: DatabaseSync): void {
  const finding = db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (finding !== 'ok') throw new StoreDamage(String(finding));
}

/** Every row is as written, and none is missing or too many. Call within a transaction. */
export function checkRows(tables: Tables, state: State): void {
  let digest = EMPTY_DIGEST;
  for (const row of tables.entries.verified()) {
    if (row.version > state.version) throw new StoreDamage(`the row ${row.key} is newer than the store`);
    digest = toggleDigest(digest, row.checksum);
  }
  for (const sum of tables.leases.verifiedChecksums()) digest = toggleDigest(digest, sum);
  if (digest !== state.digest) throw new StoreDamage('rows are missing, or older ones have come back');
}

/** The audit chain from the last opening or further back up to its newest entry. */
export function checkRecentAudit(tables: Tables, state: State): void {
  const start = Math.min(state.verifiedSequence, state.auditSequence - AUDIT_AT_LEAST);
  const link = tables.audit.follow(tables.audit.link(state, start), Number.MAX_SAFE_INTEGER);
  mustBeNewest(state, link);
}

/** The store is the one that the marker remembers, and not an older state of it. */
export function checkMarker(state: State, marker: Marker): void {
  if (marker.storeId !== state.storeId) throw new StoreDamage('another store was put in its place');
  if (marker.version > state.version) {
    throw new StoreDamage(
      `it ends at version ${state.version}, but version ${marker.version} had been written: ` +
        'an older copy was put in its place, or its write-ahead log is gone',
    );
  }
}
