// The certificate authority of the mesh between the hosts' load balancers: it makes roots and signs with them.
// Which root signs when is decided in `trust`; where a root is stored is the caller's affair.

import type { Problem } from '../kernel/errors.ts';
import type { HostId, RootId } from '../kernel/ids.ts';
import type { Result } from '../kernel/result.ts';
import type { Sealed } from '../kernel/sealed.ts';
import type { Instant } from '../kernel/time.ts';
import type { Validity } from '../kernel/validity.ts';

/** A private key at rest: of no use without the master key. */
export interface EncryptedKey {
  /** Base64; the last 16 bytes authenticate it and the rest of the stored root. */
  readonly ciphertext: string;
  /** Base64. */
  readonly nonce: string;
  /** Tells by which master key it is encrypted, and nothing about that key. */
  readonly keyId: string;
}

/** Plain JSON: what the store keeps of a root. */
export interface StoredRoot {
  readonly id: RootId;
  /** PEM. */
  readonly certificate: string;
  readonly key: EncryptedKey;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
}

export interface HostCertificate {
  readonly host: HostId;
  readonly root: RootId;
  readonly validity: Validity;
  /** PEM. */
  readonly certificate: string;
  /** PEM (PKCS #8); kept nowhere but on the host. */
  readonly key: Sealed<string>;
}

export interface CertificateAuthority {
  /** A root as it was stored, in JSON; fails with `authority/damaged`. */
  read(text: string): Result<StoredRoot, Problem>;
  createRoot(now: Instant): Promise<StoredRoot>;
  /**
   * A new key and certificate of at most 24 hours for one host's load balancer. Fails with
   * `authority/master-key`, `authority/damaged` or `authority/expired`.
   */
  issue(root: StoredRoot, host: HostId, now: Instant): Promise<Result<HostCertificate, Problem>>;
}
