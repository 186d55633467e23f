// Keeps the private keys of roots encrypted at rest. What encrypts is derived from the operator's master key,
// so that this key itself meets no other use.

import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { type Problem, problem } from '../../kernel/errors.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { Sealed } from '../../kernel/sealed.ts';
import type { EncryptedKey } from '../../ports/authority.ts';

const MASTER_KEY_BYTES = 32;
const CIPHER = 'aes-256-gcm';
const CIPHER_KEY_BYTES = 32;
/** NIST SP 800-38D, 5.2.1.1: 96 bits; drawn by chance, since only a handful of roots is ever encrypted. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_BYTES = 8;

/** RFC 5869; without salt, since the master key is uniformly random (3.1). */
const derive = (master: Uint8Array, use: string, bytes: number): Buffer =>
  Buffer.from(hkdfSync('sha256', master, '', `plimsoll authority v1: ${use}`, bytes));

export class MasterKey {
  readonly id: string;
  readonly #cipherKey: KeyObject;

  private constructor(master: Uint8Array) {
    this.id = derive(master, 'name of the master key', KEY_ID_BYTES).toString('hex');
    this.#cipherKey = createSecretKey(derive(master, 'private keys of roots', CIPHER_KEY_BYTES));
  }

  static read(master: Sealed<Uint8Array>): Result<MasterKey, Problem> {
    const { length } = master.open();
    if (length === MASTER_KEY_BYTES) return ok(new MasterKey(master.open()));
    const message = `the master key of the certificate authority has ${length} bytes instead of ${MASTER_KEY_BYTES}`;
    const hint = 'Make one with `openssl rand 32`, or restore the file that was there.';
    return err(problem('authority/master-key', message, { hint }));
  }

  /** `context` is not encrypted; only together with the same one can the key be read again. */
  encrypt(plain: Uint8Array, context: string): EncryptedKey {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#cipherKey, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(context));
    const ciphertext = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return { ciphertext: ciphertext.toString('base64'), nonce: nonce.toString('base64'), keyId: this.id };
  }

  /** Null where key, ciphertext and context do not belong together. */
  decrypt({ ciphertext, nonce }: EncryptedKey, context: string): Buffer<ArrayBuffer> | null {
    const bytes = Buffer.from(ciphertext, 'base64');
    const iv = Buffer.from(nonce, 'base64');
    if (bytes.length < TAG_BYTES || iv.length !== NONCE_BYTES) return null;
    const decipher = createDecipheriv(CIPHER, this.#cipherKey, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const plain = decipher.update(bytes.subarray(0, -TAG_BYTES));
    try {
      return Buffer.concat([plain, decipher.final()]);
    } catch {
      // The only thing that `final` reports: it does not authenticate.
      plain.fill(0);
      return null;
    }
  }
}
