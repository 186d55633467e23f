// The mesh's certificate authority without cryptography: roots and certificates that are told apart by what they are
// for, and by when they were made.

import { sha256 } from '../../kernel/canonical.ts';
import { problem } from '../../kernel/errors.ts';
import { RootId } from '../../kernel/ids.ts';
import { err, ok } from '../../kernel/result.ts';
import { Sealed } from '../../kernel/sealed.ts';
import { leafValidity, rootValidity } from '../../kernel/validity.ts';
import type { CertificateAuthority, StoredRoot } from '../../ports/authority.ts';
import type { HostCredentials } from '../../ports/load-balancer.ts';

const ID_DIGITS = 12;

/** The root behind a certificate, as `issue` below writes it. */
const signerOf = ({ certificate }: HostCredentials): string =>
  / by (\S+) at /.exec(certificate.open())?.[1] ?? '';

const accepts = ({ roots }: HostCredentials, other: HostCredentials): boolean =>
  roots
    .open()
    .split('\n')
    .includes(`root ${signerOf(other)}`);

/** Whether a connection between two load balancers that hold these comes about. */
export const trustsEachOther = (a: HostCredentials | null, b: HostCredentials | null): boolean =>
  a !== null && b !== null && accepts(a, b) && accepts(b, a);

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
