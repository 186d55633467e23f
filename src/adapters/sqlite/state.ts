// The one row that says what the rest of the store must look like: its version, the digest over all
// rows and leases, and both ends of the audit chain. It is rewritten in every transaction.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { checksum, numberColumn, textColumn } from './columns.ts';
import { StoreDamage } from './failure.ts';

export interface State {
  readonly storeId: string;
  readonly controllerId: string;
  /** Grows by one with every write. */
  readonly version: number;
  /** Over the checksums of all entries and leases. */
  readonly digest: string;
  /** The newest audit entry. */
  readonly auditSequence: number;
  readonly auditHash: string;
  /** The newest audit entry that retention has removed: the chain of what is left starts here. */
  readonly anchorSequence: number;
  readonly anchorHash: string;
  /** Up to here the chain was followed when the store was opened last. */
  readonly verifiedSequence: number;
}

function stateChecksum(state: State): string {
  return checksum(
    state.storeId,
    state.controllerId,
    state.version,
    state.digest,
    state.auditSequence,
    state.auditHash,
    state.anchorSequence,
    state.anchorHash,
    state.verifiedSequence,
  );
}

export class StateRow {
  readonly #select: StatementSync;
  readonly #upsert: StatementSync;

  constructor(db: DatabaseSync) {
    this.#select = db.prepare('SELECT * FROM state WHERE id = 1');
    this.#upsert = db.prepare('INSERT OR REPLACE INTO state VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
  }

  read(): State {
    const row = this.#select.get();
    if (row === undefined) throw new StoreDamage('its state row is missing');
    const state: State = {
      storeId: textColumn(row, 'store_id'),
      controllerId: textColumn(row, 'controller_id'),
      version: numberColumn(row, 'version'),
      digest: textColumn(row, 'digest'),
      auditSequence: numberColumn(row, 'audit_sequence'),
      auditHash: textColumn(row, 'audit_hash'),
      anchorSequence: numberColumn(row, 'anchor_sequence'),
      anchorHash: textColumn(row, 'anchor_hash'),
      verifiedSequence: numberColumn(row, 'verified_sequence'),
    };
    if (textColumn(row, 'checksum') !== stateChecksum(state)) {
      throw new StoreDamage('its state row does not match its checksum');
    }
    return state;
  }

  write(state: State): void {
    this.#upsert.run(
      state.storeId,
      state.controllerId,
      state.version,
      state.digest,
      state.auditSequence,
      state.auditHash,
      state.anchorSequence,
      state.anchorHash,
      state.verifiedSequence,
      stateChecksum(state),
    );
  }
}
