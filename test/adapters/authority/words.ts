// An authority and what it makes, as the tests of it say it.

import { randomBytes } from 'node:crypto';
import { openAuthority } from '../../../src/adapters/authority/authority.ts';
import type { Problem } from '../../../src/kernel/errors.ts';
import { ControllerId, HostId } from '../../../src/kernel/ids.ts';
import type { Result } from '../../../src/kernel/result.ts';
import { Sealed } from '../../../src/kernel/sealed.ts';
import { type Instant, instant } from '../../../src/kernel/time.ts';
import type { CertificateAuthority, StoredRoot } from '../../../src/ports/authority.ts';

export const HOUR_MS = 3_600_000;
export const now = (): Instant => instant(Date.now());
export const hoursAgo = (hours: number): Instant => instant(Date.now() - hours * HOUR_MS);

export function must<T>(result: Result<T, Problem>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

export const authorityWith = (masterKey: Uint8Array = randomBytes(32)): CertificateAuthority =>
  must(openAuthority({ controller: ControllerId.parse('main'), masterKey: new Sealed(masterKey) }));

export interface Files {
  readonly cert: string;
  readonly key: string;
}

export async function filesOf(
  authority: CertificateAuthority,
  root: StoredRoot,
  host: string,
  issuedAt = now(),
): Promise<Files> {
  const made = must(await authority.issue(root, HostId.parse(host), issuedAt));
  return { cert: made.certificate, key: made.key.open() };
}
