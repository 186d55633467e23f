// Stores in directories of their own, removed after the test.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system.ts';
import { openSqliteStore } from '../../../src/adapters/sqlite/open.ts';
import type { SqliteStore } from '../../../src/adapters/sqlite/store.ts';
import type { Problem } from '../../../src/kernel/errors.ts';
import { ControllerId } from '../../../src/kernel/ids.ts';
import type { Result } from '../../../src/kernel/result.ts';
import { instant } from '../../../src/kernel/time.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { AuditEntry, StoreWrite } from '../../../src/ports/store.ts';

const CONTROLLER = ControllerId.parse('main');

/** A path for a store in a directory that does not exist yet. */
export function scratchPath(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'plimsoll-store-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return path.join(directory, 'data', 'store.db');
}

export const tryOpen = (
  file: string,
  more: { readonly clock?: Clock; readonly auditKeep?: number; readonly controllerId?: ControllerId } = {},
): Promise<Result<SqliteStore, Problem>> =>
  openSqliteStore({ path: file, clock: systemClock, controllerId: CONTROLLER, ...more });

export async function openScratch(
  file: string,
  more: { readonly clock?: Clock; readonly auditKeep?: number } = {},
): Promise<SqliteStore> {
  const opened = await tryOpen(file, more);
  if (!opened.ok) throw new Error(`${opened.error.message} (${opened.error.code})`);
  return opened.value;
}

export const put = (key: string, value: string): StoreWrite => ({ kind: 'put', key, value });

export const auditEntry = (because: string): AuditEntry => ({
  at: instant(1_767_225_600_000),
  actor: 'controller',
  event: 'action/start',
  object: 'service/shop/api',
  because,
  details: '{}',
});

export async function mustWrite(
  store: SqliteStore,
  writes: readonly StoreWrite[],
  audit: readonly AuditEntry[] = [],
): Promise<number> {
  const written = await store.write(writes, audit);
  if (!written.ok) throw new Error(`${written.error.message} (${written.error.code})`);
  return written.value.version;
}
