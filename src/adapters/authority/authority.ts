// The certificate authority of the mesh, real: X.509 by WebCrypto, roots encrypted under the operator's
// master key. A root's private key is in memory only while it is made and while it signs.

import { type Problem, problem } from '../../kernel/errors.ts';
import type { ControllerId, HostId } from '../../kernel/ids.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { Sealed } from '../../kernel/sealed.ts';
import { type Instant, instant } from '../../kernel/time.ts';
import { leafValidity, rootValidity } from '../../kernel/validity.ts';
import type { CertificateAuthority, HostCertificate, StoredRoot } from '../../ports/authority.ts';
import { makeLeaf, makeRoot } from './certificates.ts';
import { MasterKey } from './master-key.ts';
import { readStoredRoot } from './stored-root.ts';

export interface AuthorityOptions {
  /** Named in the subject of its roots. */
  readonly controller: ControllerId;
  readonly masterKey: Sealed<Uint8Array>;
}

/** Fails with `authority/master-key` where the key is not one. */
export function openAuthority({
  controller,
  masterKey,
}: AuthorityOptions): Result<CertificateAuthority, Problem> {
  const read = MasterKey.read(masterKey);
  return read.ok ? ok(new Authority(controller, read.value)) : read;
}

/** What the private key is bound to: no field of a stored root can be exchanged. */
const contextOf = ({ id, certificate, createdAt, expiresAt }: Omit<StoredRoot, 'key'>): string =>
  JSON.stringify([id, certificate, createdAt, expiresAt]);

class Authority implements CertificateAuthority {
  readonly #controller: ControllerId;
  readonly #masterKey: MasterKey;

  constructor(controller: ControllerId, masterKey: MasterKey) {
    this.#controller = controller;
    this.#masterKey = masterKey;
  }

  read(text: string): Result<StoredRoot, Problem> {
    return readStoredRoot(text);
  }

  async createRoot(now: Instant): Promise<StoredRoot> {
    const validity = rootValidity(now);
    const { id, certificate, key } = await makeRoot(this.#controller, validity);
    const root = { id, certificate, createdAt: now, expiresAt: validity.expiresAt };
    const encrypted = this.#masterKey.encrypt(key, contextOf(root));
    key.fill(0);
    return { ...root, key: encrypted };
  }

  async issue(root: StoredRoot, host: HostId, now: Instant): Promise<Result<HostCertificate, Problem>> {
    if (now >= root.expiresAt) {
      return err(problem('authority/expired', `the root ${root.id} has expired: it signs nothing any more`));
    }
    const opened = this.#open(root);
    if (!opened.ok) return opened;
    const { startsAt, expiresAt } = leafValidity(now);
    const validity = { startsAt, expiresAt: instant(Math.min(expiresAt, root.expiresAt)) };
    const signer = { certificate: root.certificate, key: opened.value };
    const { certificate, key } = await makeLeaf(signer, host, validity).finally(() => opened.value.fill(0));
    const pem = `-----BEGIN PRIVATE KEY-----\n${inLines(key.toString('base64'))}-----END PRIVATE KEY-----\n`;
    key.fill(0);
    return ok({ host, root: root.id, validity, certificate, key: new Sealed(pem) });
  }

  #open(root: StoredRoot): Result<Buffer<ArrayBuffer>, Problem> {
    if (root.key.keyId !== this.#masterKey.id) {
      const message = `the root ${root.id} was sealed by the master key ${root.key.keyId}, and this is ${this.#masterKey.id}`;
      return err(problem('authority/master-key', message));
    }
    const key = this.#masterKey.decrypt(root.key, contextOf(root));
    if (key !== null) return ok(key);
    return err(problem('authority/damaged', `the stored root ${root.id} is not what was stored`));
  }
}

/** RFC 7468, 2: lines of 64 characters. */
const inLines = (base64: string): string => base64.replaceAll(/.{1,64}/g, '$&\n');
