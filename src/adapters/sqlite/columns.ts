// Typed access to what SQLite returns, and the checksums that tell a flipped bit from content.

import { createHash } from 'node:crypto';
import { StoreDamage } from './failure.ts';

export type Columns = Readonly<Record<string, unknown>>;

export function textColumn(row: Columns, name: string): string {
  const value = row[name];
  if (typeof value !== 'string') throw new StoreDamage(`column ${name} holds no text`);
  return value;
}

export function numberColumn(row: Columns, name: string): number {
  const value = row[name];
  if (typeof value !== 'number') throw new StoreDamage(`column ${name} holds no number`);
  return value;
}

/** 32 hexadecimal digits over the fields; a separator that no field contains keeps them apart. */
export function checksum(...fields: readonly (string | number)[]): string {
  return createHash('sha256').update(fields.join('\u0000')).digest('hex').slice(0, 32);
}

export const EMPTY_DIGEST = '0'.repeat(32);

/**
 * The digest of a set of checksums, changed by one member. Adding and removing are the same operation
 * (exclusive or), so one write costs the same however many rows there are.
 */
export function toggleDigest(digest: string, member: string): string {
  const bytes = Buffer.from(digest, 'hex');
  const other = Buffer.from(member, 'hex');
  for (let index = 0; index < bytes.length; index += 1)
    bytes[index] = (bytes[index] ?? 0) ^ (other[index] ?? 0);
  return bytes.toString('hex');
}
