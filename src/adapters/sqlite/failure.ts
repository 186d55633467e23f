// What SQLite and the file system say when something goes wrong, as problems of the catalogue. The
// distinctions matter: a full disk heals by itself, damage never does.

import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Problem } from '../../kernel/errors.ts';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import { InvariantViolation } from '../../kernel/invariant.ts';

/** Thrown where content contradicts its checksum, its chain or its schema. */
export class StoreDamage extends Error {
  override readonly name = 'StoreDamage';
}

const SQLITE = { busy: 5, locked: 6, ioError: 10, corrupt: 11, full: 13, tooBig: 18, notADatabase: 26 };
const SQLITE_IOERR_SHORT_READ = 522;
/** Below this SQLite can no longer extend its files, whatever code it chooses to say so. */
const NO_SPACE_BYTES = 64 * 1024;

const fileNames = (path: string): string => `${path}, ${path}-wal, ${path}-shm and ${path}.id`;

/** The store must not be used any more; the hint names the files and both ways to go on. */
function damagedProblem(path: string, what: string): Problem {
  return problem('store/damaged', `the store ${path} is damaged: ${what}`, {
    hint:
      `Move ${fileNames(path)} away. Then put a backup at ${path}, or start without one: ` +
      'a new store is rebuilt from the hosts and Git.',
  });
}

function numberOf(thrown: object, field: 'errcode' | 'errno'): number | null {
  const value: unknown = Reflect.get(thrown, field);
  return typeof value === 'number' ? value : null;
}

function codeOf(thrown: object): string {
  const value: unknown = Reflect.get(thrown, 'code');
  return typeof value === 'string' ? value : '';
}

function isDiskFull(path: string): boolean {
  try {
    const space = statfsSync(dirname(path));
    return space.bavail * space.bsize < NO_SPACE_BYTES;
  } catch {
    // A directory that cannot be asked is another failure than a full one.
    return false;
  }
}

function sqliteProblem(path: string, message: string, errcode: number): Problem {
  const primary = errcode & 0xff;
  if (primary === SQLITE.full) return problem('store/full', `no space left for the store ${path}`);
  if (primary === SQLITE.corrupt || primary === SQLITE.notADatabase || errcode === SQLITE_IOERR_SHORT_READ) {
    return damagedProblem(path, message);
  }
  if (primary === SQLITE.ioError && isDiskFull(path)) {
    return problem('store/full', `no space left for the store ${path}`);
  }
  if (primary === SQLITE.busy || primary === SQLITE.locked) {
    return problem('store/unavailable', `another process holds the store ${path} for too long`, {
      hint: 'See with `fuser` which process uses the store, and end it if it hangs; the write is tried again.',
    });
  }
  return problem('store/unavailable', `the store ${path} cannot be used: ${message} (SQLite ${errcode})`);
}

/** The problem behind whatever a store's operation threw; bugs are thrown on. */
export function storeProblem(path: string, thrown: unknown): Problem {
  if (thrown instanceof PlimsollError) return thrown.problem;
  if (thrown instanceof StoreDamage) return damagedProblem(path, thrown.message);
  if (thrown instanceof InvariantViolation || !(thrown instanceof Error)) throw thrown;
  const errcode = numberOf(thrown, 'errcode');
  if (errcode !== null) return sqliteProblem(path, thrown.message, errcode);
  const code = codeOf(thrown);
  // An integer column beyond 2^53: nothing that this program ever wrote.
  if (code === 'ERR_OUT_OF_RANGE' && thrown.message.startsWith('Value is too large'))
    return damagedProblem(path, 'a number in it is out of range');
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return problem('store/full', `no space left for the store ${path}`);
  }
  if (numberOf(thrown, 'errno') !== null) {
    return problem('store/unavailable', `the store ${path} cannot be used: ${thrown.message}`);
  }
  throw thrown;
}
