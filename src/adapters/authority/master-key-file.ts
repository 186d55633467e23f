// The file with the master key of the mesh's roots. It lies apart from the store, so that who copies the store has
// no root.

import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Sealed } from '../../kernel/sealed.ts';

const KEY_BYTES = 32;
const OWNER_ONLY = 0o600;

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Makes it, readable by its owner alone, where it is not there. Throws where it can be neither read nor made. */
export function readMasterKey(path: string): Sealed<Uint8Array> {
  try {
    return new Sealed<Uint8Array>(readFileSync(path));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  mkdirSync(dirname(path), { recursive: true });
  // Never over one that somebody else has made meanwhile: what was sealed by it would be lost.
  writeFileSync(path, randomBytes(KEY_BYTES), { mode: OWNER_ONLY, flag: 'wx' });
  return new Sealed<Uint8Array>(readFileSync(path));
}
