// The tables. There are no indices beside the keys: the checksums do not cover one, and a query by
// object over the whole audit takes some 30 ms. A change here raises SCHEMA_VERSION and brings a migration from the version before.

/** Kept in SQLite's user_version. */
export const SCHEMA_VERSION = 1;

/** `PLMS`, kept in SQLite's application_id: tells our files from any other database. */
export const APPLICATION_ID = 0x504c4d53;

export const SCHEMA = `
  CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    store_id TEXT NOT NULL,
    controller_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest TEXT NOT NULL,
    audit_sequence INTEGER NOT NULL,
    audit_hash TEXT NOT NULL,
    anchor_sequence INTEGER NOT NULL,
    anchor_hash TEXT NOT NULL,
    verified_sequence INTEGER NOT NULL,
    checksum TEXT NOT NULL
  ) STRICT;
  CREATE TABLE entries (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    version INTEGER NOT NULL,
    checksum TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    ttl_ms REAL NOT NULL,
    expires_at REAL NOT NULL,
    boot TEXT NOT NULL,
    expires_monotonic_ms REAL NOT NULL,
    checksum TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    actor TEXT NOT NULL,
    event TEXT NOT NULL,
    object TEXT NOT NULL,
    because TEXT NOT NULL,
    details TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;
