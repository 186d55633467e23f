// A root as the store keeps it. Reading it back is the only way to one that `issue` may sign with.

import { z } from 'zod';
import { type Problem, problem } from '../../kernel/errors.ts';
import { RootId } from '../../kernel/ids.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { Instant } from '../../kernel/time.ts';
import type { StoredRoot } from '../../ports/authority.ts';

const Schema = z.strictObject({
  id: RootId,
  certificate: z.string().startsWith('-----BEGIN CERTIFICATE-----'),
  key: z.strictObject({
    ciphertext: z.base64(),
    nonce: z.base64(),
    keyId: z.string().regex(/^[0-9a-f]{16}$/),
  }),
  createdAt: Instant,
  expiresAt: Instant,
});

/** The message names keys of the JSON and never quotes a value. */
export function readStoredRoot(text: string): Result<StoredRoot, Problem> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err(problem('authority/damaged', 'a stored root of the certificate authority is no JSON'));
  }
  const read = Schema.safeParse(json);
  if (read.success) return ok(read.data);
  const places = read.error.issues.map(({ path, code }) => path.join('.') || code);
  const message = `a stored root of the certificate authority cannot be read: ${places.join(', ')}`;
  return err(problem('authority/damaged', message));
}
