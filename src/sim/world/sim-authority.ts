// The mesh's certificate authority without cryptography: roots and certificates that are told apart by what they are
// for, and by when they were made.

import { sha256 } from '../../kernel/canonical.ts';
import { problem } from '../../kernel/errors.ts';
import { RootId } from '../../kernel/ids.ts';
import { err, ok } from '../../kernel/result.ts';
import { Sealed } from '../../kernel/sealed.ts';
import { type Instant, instant } from '../../kernel/time.ts';
import { leafValidity, rootValidity } from '../../kernel/validity.ts';
import type { CertificateAuthority, StoredRoot } from '../../ports/authority.ts';
import type { HostCredentials } from '../../ports/load-balancer.ts';

const ID_DIGITS = 12;

/** A certificate as `issue` below writes it. */
const CERTIFICATE = / by (\S+) at (\d+)$/m;

function accepts({ roots }: HostCredentials, { certificate }: HostCredentials, now: Instant): boolean {
  const [, signer = '', at = ''] = CERTIFICATE.exec(certificate.open()) ?? [];
  const { startsAt, expiresAt } = leafValidity(instant(Number(at)));
  return roots.open().split('\n').includes(`root ${signer}`) && startsAt <= now && now < expiresAt;
}

/** Whether a connection between two load balancers that hold these comes about. */
export const trustsEachOther = (
  a: HostCredentials | null,
  b: HostCredentials | null,
  now: Instant,
): boolean => a !== null && b !== null && accepts(a, b, now) && accepts(b, a, now);

export const simulatedAuthority: CertificateAuthority = {
  read(text) {
    try {
      // Written by `createRoot` below, and by nobody else.
      const root: StoredRoot = JSON.parse(text);
      return ok(root);
    } catch {
      return err(problem('authority/damaged', 'a simulated root is damaged'));
    }
  },
  async createRoot(now) {
    const id = RootId.parse(sha256(`root ${now}`).slice(0, ID_DIGITS));
    const key = { ciphertext: '', nonce: '', keyId: '0'.repeat(16) };
    return { id, certificate: `root ${id}\n`, key, createdAt: now, expiresAt: rootValidity(now).expiresAt };
  },
  async issue(root, host, now) {
    const certificate = `${host} by ${root.id} at ${now}\n`;
    const key = new Sealed('the key\n');
    return ok({ host, root: root.id, validity: leafValidity(now), certificate, key });
  },
};
