// One open database with its statements, and the two kinds of transaction.

import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../../ports/clock.ts';
import { AuditLog } from './audit.ts';
import { Entries } from './entries.ts';
import { StoreDamage } from './failure.ts';
import { Leases } from './leases.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { StateRow } from './state.ts';

/** Waiting for another process blocks the event loop: long enough for its fsync, no longer. */
const BUSY_TIMEOUT_MS = 2_000;
/** A log left behind by a burst of writes is cut back to this. */
const WAL_LIMIT_BYTES = 16 * 1024 * 1024;

/** Opens the file, creating it for the owner alone; SQLite gives its side files the same mode. */
export function openDatabase(path: string): DatabaseSync {
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, defensive: true });
  try {
    db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;');
    const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
    if (mode !== 'wal') throw new StoreDamage('it does not accept a write-ahead log');
    // FULL: a commit returns when the log is on the disk.
    db.exec(`PRAGMA synchronous = FULL; PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES};`);
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

export function pragmaNumber(db: DatabaseSync, name: 'user_version' | 'application_id'): number {
  const value = db.prepare(`PRAGMA ${name}`).get()?.[name];
  return typeof value === 'number' ? value : Number.NaN;
}

function transaction<T>(db: DatabaseSync, begin: string, work: () => T): T {
  db.exec(begin);
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (thrown) {
    // SQLite ends the transaction itself on some errors, a full disk among them.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw thrown;
  }
}

/** All or nothing, durable when it returns; one at a time among all processes. */
export const writeTransaction = <T>(db: DatabaseSync, work: () => T): T =>
  transaction(db, 'BEGIN IMMEDIATE', work);

/** One consistent picture, whatever other processes write meanwhile. */
export const readTransaction = <T>(db: DatabaseSync, work: () => T): T => transaction(db, 'BEGIN', work);

export interface Tables {
  readonly state: StateRow;
  readonly entries: Entries;
  readonly leases: Leases;
  readonly audit: AuditLog;
}

export function prepareTables(db: DatabaseSync, clock: Clock, auditKeep: number): Tables {
  try {
    return {
      state: new StateRow(db),
      entries: new Entries(db),
      leases: new Leases(db, clock),
      audit: new AuditLog(db, auditKeep),
    };
  } catch (thrown) {
    // A statement that does not compile means that a table or column is not there.
    if (thrown instanceof Error && 'errcode' in thrown && thrown.errcode === 1) {
      throw new StoreDamage(`its tables are not those of version ${SCHEMA_VERSION}`);
    }
    throw thrown;
  }
}
