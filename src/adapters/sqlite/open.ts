// Opening a store: everything that could be wrong with it is found here, before anything acts on it.

import { randomUUID } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Problem } from '../../kernel/errors.ts';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { ControllerId } from '../../kernel/ids.ts';
import type { Result } from '../../kernel/result.ts';
import { err, ok } from '../../kernel/result.ts';
import type { Clock } from '../../ports/clock.ts';
import { RESTORED_KEY } from '../../ports/store.ts';
import { GENESIS_HASH } from './audit.ts';
import { EMPTY_DIGEST } from './columns.ts';
import type { Tables } from './connection.ts';
import {
  openDatabase,
  pragmaNumber,
  prepareTables,
  readTransaction,
  writeTransaction,
} from './connection.ts';
import { StoreDamage, storeProblem } from './failure.ts';
import { checkMarker, checkPages, checkRecentAudit, checkRows } from './integrity.ts';
import type { Marker } from './marker.ts';
import { createMarker, MarkerFile, markerPath, readMarker } from './marker.ts';
import { APPLICATION_ID, SCHEMA, SCHEMA_VERSION } from './schema.ts';
import type { State } from './state.ts';
import { StateRow } from './state.ts';
import type { SqliteStore } from './store.ts';
import { OpenStore } from './store.ts';

export interface OpenOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly controllerId: ControllerId;
  /** How many audit entries are kept at least; older ones are removed. */
  readonly auditKeep?: number;
}

const DEFAULT_AUDIT_KEEP = 100_000;
/** The smallest page: SQLite takes anything shorter for a new database. */
const SMALLEST_DATABASE_BYTES = 512;

function createSchema(db: DatabaseSync, controllerId: ControllerId): void {
  writeTransaction(db, () => {
    // Another process may have been faster.
    if (pragmaNumber(db, 'user_version') !== 0) return;
    db.exec(SCHEMA);
    new StateRow(db).write({
      storeId: randomUUID(),
      controllerId,
      version: 0,
      digest: EMPTY_DIGEST,
      auditSequence: 0,
      auditHash: GENESIS_HASH,
      anchorSequence: 0,
      anchorHash: GENESIS_HASH,
      verifiedSequence: 0,
    });
  });
}

function checkSchema(db: DatabaseSync, path: string): void {
  const version = pragmaNumber(db, 'user_version');
  if (pragmaNumber(db, 'application_id') !== APPLICATION_ID || version < 1) {
    throw new StoreDamage('it is no store of Plimsoll');
  }
  if (version > SCHEMA_VERSION) {
    const message = `the store ${path} has the format ${version}; this version of Plimsoll reads up to ${SCHEMA_VERSION}`;
    throw new PlimsollError(problem('store/version', message));
  }
}

function checkOwner(state: State, options: OpenOptions): void {
  if (state.controllerId === options.controllerId) return;
  const message = `the store ${options.path} belongs to the controller "${state.controllerId}", not to "${options.controllerId}"`;
  const hint = `Set controller.id to ${state.controllerId}, or name another file in store.path.`;
  throw new PlimsollError(problem('config/invalid', message, { hint }));
}

/** Everything that must hold, on one consistent picture. */
function checkContent(db: DatabaseSync, options: OpenOptions, tables: Tables, marker: Marker | null): State {
  checkPages(db);
  return readTransaction(db, () => {
    const state = tables.state.read();
    checkOwner(state, options);
    if (marker !== null) checkMarker(state, marker);
    checkRows(tables, state);
    checkRecentAudit(tables, state);
    return state;
  });
}

/** Notes how far the audit was followed; as the first write it also shows that writing works. */
function noteOpening(
  db: DatabaseSync,
  tables: Tables,
  checked: State,
  isRestored: boolean,
  clock: Clock,
): number {
  return writeTransaction(db, () => {
    const state = tables.state.read();
    const verified = { ...state, verifiedSequence: checked.auditSequence };
    if (!isRestored) {
      tables.state.write(verified);
      return state.version;
    }
    const version = state.version + 1;
    const value = JSON.stringify({ at: clock.now() });
    const digest = tables.entries.apply([{ kind: 'put', key: RESTORED_KEY, value }], version, state.digest);
    tables.state.write({ ...verified, version, digest });
    return version;
  });
}

function openChecked(db: DatabaseSync, options: OpenOptions, marker: Marker | null): SqliteStore {
  const { path, clock } = options;
  checkSchema(db, path);
  const tables = prepareTables(db, clock, options.auditKeep ?? DEFAULT_AUDIT_KEEP);
  const state = checkContent(db, options, tables, marker);
  const isRestored = marker === null && state.version > 0;
  const version = noteOpening(db, tables, state, isRestored, clock);
  if (marker === null) createMarker(path, { storeId: state.storeId, version });
  return new OpenStore(path, db, tables, new MarkerFile(path, state.storeId));
}

/** Whether the database is one whose creation was interrupted (by a full disk, say) before its first table. */
function hasNoTables(db: DatabaseSync): boolean {
  return (
    pragmaNumber(db, 'user_version') === 0 && db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
  );
}

function open(options: OpenOptions): SqliteStore {
  const { path } = options;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // The marker is read first: another process may be writing, and it writes the store first.
  const marker = readMarker(path);
  const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (sizeBytes === 0 && marker !== null) {
    throw new StoreDamage(`it is missing or empty, although ${markerPath(path)} says that there was one`);
  }
  if (sizeBytes > 0 && sizeBytes < SMALLEST_DATABASE_BYTES) throw new StoreDamage('it is cut off');
  const db = openDatabase(path);
  try {
    if (marker === null && hasNoTables(db)) createSchema(db, options.controllerId);
    return openChecked(db, options, marker);
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/**
 * Opens the store at `path`, or makes one (mode 0600, its directory 0700) where there was none.
 * Fails with `store/damaged`, `store/version`, `store/full`, `store/unavailable`, or `config/invalid`
 * where the store belongs to another controller id.
 */
export async function openSqliteStore(options: OpenOptions): Promise<Result<SqliteStore, Problem>> {
  try {
    return ok(open(options));
  } catch (thrown) {
    return err(storeProblem(options.path, thrown));
  }
}
