// The audit: who decided what, and why. Entries form a chain of SHA-256 hashes; retention removes the
// oldest and keeps the hash of the last one removed as the anchor of the rest.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { canonicalJson, sha256 } from '../../kernel/canonical.ts';
import { instant } from '../../kernel/time.ts';
import type { AuditEntry, StoredAuditEntry } from '../../ports/store.ts';
import type { Columns } from './columns.ts';
import { numberColumn, textColumn } from './columns.ts';
import { StoreDamage } from './failure.ts';
import type { State } from './state.ts';

/** What the first entry of all chains from. */
export const GENESIS_HASH = '0'.repeat(64);

/** A place in the chain: what the next entry must follow. */
export interface ChainLink {
  readonly sequence: number;
  readonly hash: string;
}

export const anchorOf = (state: State): ChainLink => ({
  sequence: state.anchorSequence,
  hash: state.anchorHash,
});

/** SHA-256 over the previous hash and the canonical JSON of the entry with its sequence. */
function entryHash(previousHash: string, sequence: number, entry: AuditEntry): string {
  const { at, actor, event, object, because, details } = entry;
  return sha256(previousHash + canonicalJson({ sequence, at, actor, event, object, because, details }));
}

function storedEntry(row: Columns): StoredAuditEntry {
  return {
    sequence: numberColumn(row, 'sequence'),
    at: instant(numberColumn(row, 'at')),
    actor: textColumn(row, 'actor'),
    event: textColumn(row, 'event'),
    object: textColumn(row, 'object'),
    because: textColumn(row, 'because'),
    details: textColumn(row, 'details'),
    hash: textColumn(row, 'hash'),
  };
}

function mustFollow(previous: ChainLink, entry: StoredAuditEntry): void {
  if (entry.sequence !== previous.sequence + 1) {
    throw new StoreDamage(`audit entries between ${previous.sequence} and ${entry.sequence} are missing`);
  }
  if (entryHash(previous.hash, entry.sequence, entry) !== entry.hash) {
    throw new StoreDamage(`audit entry ${entry.sequence} does not match the hash chain`);
  }
}

export class AuditLog {
  readonly #insert: StatementSync;
  readonly #one: StatementSync;
  readonly #from: StatementSync;
  readonly #newest: StatementSync;
  readonly #newestOf: StatementSync;
  readonly #prune: StatementSync;
  readonly #keep: number;

  /** `keep`: how many entries retention leaves at least. */
  constructor(db: DatabaseSync, keep: number) {
    const previous = '(SELECT p.hash FROM audit p WHERE p.sequence = a.sequence - 1) AS previous';
    const newest = `SELECT a.*, ${previous} FROM audit a WHERE a.sequence < ?`;
    this.#insert = db.prepare('INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
    this.#one = db.prepare('SELECT * FROM audit WHERE sequence = ?');
    this.#from = db.prepare('SELECT * FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?');
    this.#newest = db.prepare(`${newest} ORDER BY a.sequence DESC LIMIT ?`);
    this.#newestOf = db.prepare(`${newest} AND a.object = ? ORDER BY a.sequence DESC LIMIT ?`);
    this.#prune = db.prepare('DELETE FROM audit WHERE sequence <= ?');
    this.#keep = keep;
  }

  /** Appends and, now and then, removes the oldest; returns the state with both ends of the chain. */
  append(state: State, entries: readonly AuditEntry[]): State {
    let { auditSequence: sequence, auditHash: hash } = state;
    for (const entry of entries) {
      sequence += 1;
      hash = entryHash(hash, sequence, entry);
      const { at, actor, event, object, because, details } = entry;
      this.#insert.run(sequence, at, actor, event, object, because, details, hash);
    }
    return this.#retain({ ...state, auditSequence: sequence, auditHash: hash });
  }

  #retain(state: State): State {
    // Removing in portions: one transaction in a hundred pays for the others.
    const portion = Math.ceil(this.#keep / 100);
    if (state.auditSequence - state.anchorSequence < this.#keep + portion) return state;
    const last = this.#one.get(state.auditSequence - this.#keep);
    if (last === undefined) throw new StoreDamage('audit entries are missing');
    const { sequence, hash } = storedEntry(last);
    this.#prune.run(sequence);
    return { ...state, anchorSequence: sequence, anchorHash: hash };
  }

  /** Newest first; each entry is checked against the one before it. */
  query(
    state: State,
    query: { readonly limit: number; readonly before?: number; readonly object?: string },
  ): readonly StoredAuditEntry[] {
    const before = query.before ?? Number.MAX_SAFE_INTEGER;
    const rows =
      query.object === undefined
        ? this.#newest.all(before, query.limit)
        : this.#newestOf.all(before, query.object, query.limit);
    return rows.map((row) => {
      const entry = storedEntry(row);
      const previous =
        row['previous'] === null
          ? anchorOf(state)
          : { sequence: entry.sequence - 1, hash: textColumn(row, 'previous') };
      mustFollow(previous, entry);
      return entry;
    });
  }

  /** The link at `sequence`, which lies between the anchor and the newest entry. */
  link(state: State, sequence: number): ChainLink {
    if (sequence <= state.anchorSequence) return anchorOf(state);
    const row = this.#one.get(sequence);
    if (row === undefined) throw new StoreDamage(`audit entry ${sequence} is missing`);
    return storedEntry(row);
  }

  /** Follows the chain for at most `limit` entries after `start`; returns where it came to. */
  follow(start: ChainLink, limit: number): ChainLink {
    let link = start;
    for (const row of this.#from.iterate(start.sequence, limit)) {
      const entry = storedEntry(row);
      mustFollow(link, entry);
      link = entry;
    }
    return link;
  }
}

/** The end of a followed chain must be what the state says. */
export function mustBeNewest(state: State, link: ChainLink): void {
  if (link.sequence !== state.auditSequence || link.hash !== state.auditHash) {
    throw new StoreDamage(`the audit ends at entry ${link.sequence} instead of ${state.auditSequence}`);
  }
}
