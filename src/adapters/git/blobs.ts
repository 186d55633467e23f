// Reads contents of files, within limits: one file, and all that one request brings across threads.

import { PlimsollError, problem } from '../../kernel/errors.ts';
import { formatBytes } from '../../kernel/quantity.ts';
import type { ReadAsk } from './messages.ts';
import type { ObjectDatabase } from './objects.ts';

const MAX_REQUEST_BYTES = 256 * 1024 * 1024;

/** Contents by blob id; `source/limit` names the blob that is too large (the caller knows its path). */
export function readBlobs(database: ObjectDatabase, ask: ReadAsk): Map<string, Uint8Array> {
  const contents = new Map<string, Uint8Array>();
  let bytes = 0;
  for (const blob of ask.blobs) {
    const content = database.read(blob, 'blob');
    requireSize(content.length, ask.maxBlobBytes, `blob ${blob}`);
    bytes += content.length;
    requireSize(bytes, MAX_REQUEST_BYTES, 'the request');
    // A copy of its own: crossing threads clones the whole buffer that a slice lies in.
    contents.set(blob, new Uint8Array(content));
  }
  return contents;
}

function requireSize(bytes: number, maxBytes: number, what: string): void {
  if (bytes <= maxBytes) return;
  throw new PlimsollError(
    problem('source/limit', `${what} has ${formatBytes(bytes)}; the limit is ${formatBytes(maxBytes)}`),
  );
}
