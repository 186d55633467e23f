// The key-value rows: reading with verification, and applying the writes of one transaction.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { invariant } from '../../kernel/invariant.ts';
import type { StoredRow, StoreWrite } from '../../ports/store.ts';
import type { Columns } from './columns.ts';
import { checksum, numberColumn, textColumn, toggleDigest } from './columns.ts';
import { StoreDamage } from './failure.ts';

const KEY_PATTERN = /^[\x21-\x7e]{1,512}$/;
/** Sorts behind every key with the prefix, since keys are printable ASCII. */
const LAST = '\u007f';

export interface CheckedRow extends StoredRow {
  readonly checksum: string;
}

function checkedRow(row: Columns): CheckedRow {
  const key = textColumn(row, 'key');
  const value = textColumn(row, 'value');
  const version = numberColumn(row, 'version');
  const sum = checksum('entry', key, version, value);
  if (textColumn(row, 'checksum') !== sum)
    throw new StoreDamage(`the row ${key} does not match its checksum`);
  return { key, value, version, checksum: sum };
}

const plainRow = ({ key, value, version }: CheckedRow): StoredRow => ({ key, value, version });

export class Entries {
  readonly #get: StatementSync;
  readonly #list: StatementSync;
  readonly #all: StatementSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;

  constructor(db: DatabaseSync) {
    this.#get = db.prepare('SELECT * FROM entries WHERE key = ?');
    this.#list = db.prepare('SELECT * FROM entries WHERE key >= ? AND key < ? ORDER BY key');
    this.#all = db.prepare('SELECT * FROM entries');
    this.#put = db.prepare('INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)');
    this.#delete = db.prepare('DELETE FROM entries WHERE key = ?');
  }

  #current(key: string): CheckedRow | null {
    const row = this.#get.get(key);
    return row === undefined ? null : checkedRow(row);
  }

  get(key: string): StoredRow | null {
    const row = this.#current(key);
    return row === null ? null : plainRow(row);
  }

  list(prefix: string): readonly StoredRow[] {
    return this.#list.all(prefix, `${prefix}${LAST}`).map((row) => plainRow(checkedRow(row)));
  }

  *verified(): Generator<CheckedRow> {
    for (const row of this.#all.iterate()) yield checkedRow(row);
  }

  /** The first write whose expectation does not hold, as a sentence; null where all hold. */
  conflict(writes: readonly StoreWrite[]): string | null {
    for (const write of writes) {
      invariant(KEY_PATTERN.test(write.key), `"${write.key}" is no key of the store`);
      if (write.expect === undefined) continue;
      const version = this.#current(write.key)?.version ?? null;
      if (version !== write.expect) {
        const expected = write.expect === null ? 'no row' : `version ${write.expect}`;
        return `${write.key}: expected ${expected}, found ${version === null ? 'none' : `version ${version}`}`;
      }
    }
    return null;
  }

  /** Applies in order and returns the digest of the rows afterwards. */
  apply(writes: readonly StoreWrite[], version: number, before: string): string {
    let digest = before;
    for (const write of writes) {
      const old = this.#current(write.key);
      if (old !== null) digest = toggleDigest(digest, old.checksum);
      if (write.kind === 'delete') {
        this.#delete.run(write.key);
        continue;
      }
      const sum = checksum('entry', write.key, version, write.value);
      this.#put.run(write.key, write.value, version, sum);
      digest = toggleDigest(digest, sum);
    }
    return digest;
  }
}
