// Keys at rest, and keys in what is said: a stored root is of use only together with the master key, and neither
// that one nor a private key is found anywhere else.

import { createPrivateKey, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openAuthority } from '../../../src/adapters/authority/authority.ts';
import { MasterKey } from '../../../src/adapters/authority/master-key.ts';
import { readStoredRoot } from '../../../src/adapters/authority/stored-root.ts';
import { ControllerId, HostId } from '../../../src/kernel/ids.ts';
import { Sealed } from '../../../src/kernel/sealed.ts';
import { instant } from '../../../src/kernel/time.ts';
import type { StoredRoot } from '../../../src/ports/authority.ts';
import { authorityWith, must, now } from './words.ts';

const master = randomBytes(32);
const authority = authorityWith(master);
const root = await authority.createRoot(now());
const another = await authority.createRoot(now());
const host = HostId.parse('h1');

/** The root's private key, got by the way that `issue` goes: PKCS #8 in DER. */
function privateKeyOf({ id, certificate, createdAt, expiresAt, key }: StoredRoot): Buffer {
  const plain = must(MasterKey.read(new Sealed(master))).decrypt(
    key,
    JSON.stringify([id, certificate, createdAt, expiresAt]),
  );
  if (plain === null) throw new Error('the root cannot be opened');
  return plain;
}

describe('a stored root', () => {
  it('comes back from JSON as it was, and signs', async () => {
    const read = must(readStoredRoot(JSON.stringify(root)));
    expect(read).toEqual(root);
    expect(await authority.issue(read, host, now())).toMatchObject({ ok: true, value: { root: root.id } });
  });

  it('is encrypted anew each time, never with the same nonce', () => {
    const key = must(MasterKey.read(new Sealed(master)));
    const sealed = Array.from({ length: 100 }, () => key.encrypt(Buffer.from('same'), 'context'));
    expect(new Set(sealed.map(({ nonce }) => nonce)).size).toBe(100);
    expect(new Set(sealed.map(({ ciphertext }) => ciphertext)).size).toBe(100);
  });

  it('under another master key is a problem that says so', async () => {
    const outcome = await authorityWith().issue(root, host, now());
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: 'authority/master-key', message: expect.stringContaining(root.key.keyId) },
    });
  });

  it.each([
    {
      change: 'its key',
      changed: { ...root, key: { ...root.key, ciphertext: randomBytes(154).toString('base64') } },
    },
    { change: 'a shorter key', changed: { ...root, key: { ...root.key, ciphertext: 'AAAA' } } },
    {
      change: 'its nonce',
      changed: { ...root, key: { ...root.key, nonce: randomBytes(12).toString('base64') } },
    },
    { change: 'no nonce', changed: { ...root, key: { ...root.key, nonce: '' } } },
    { change: 'its certificate', changed: { ...root, certificate: another.certificate } },
    { change: 'when it expires', changed: { ...root, expiresAt: instant(root.expiresAt + 1) } },
  ])('in which somebody changed $change signs nothing', async ({ changed }) => {
    expect(await authority.issue(changed, host, now())).toMatchObject({
      ok: false,
      error: { code: 'authority/damaged' },
    });
  });

  it.each([
    { text: '{', problem: 'is no JSON' },
    { text: '{}', problem: 'id, certificate, key, createdAt, expiresAt' },
    { text: JSON.stringify({ ...root, privateKey: 'x' }), problem: 'unrecognized_keys' },
    { text: JSON.stringify({ ...root, certificate: 'x' }), problem: 'certificate' },
  ])('that reads $text is refused', ({ text, problem }) => {
    expect(readStoredRoot(text)).toMatchObject({
      ok: false,
      error: { code: 'authority/damaged', message: expect.stringContaining(problem) },
    });
  });
});

describe('a master key', () => {
  it.each([0, 16, 31, 33, 64])('of %i bytes is refused', (length) => {
    const options = { controller: ControllerId.parse('main'), masterKey: new Sealed(new Uint8Array(length)) };
    expect(openAuthority(options)).toMatchObject({
      ok: false,
      error: { code: 'authority/master-key', message: expect.stringContaining(`${length} bytes`) },
    });
  });
});

/** Every spelling in which bytes could get into a text; of long ones a piece is enough. */
function spellings(secret: Buffer): readonly string[] {
  const piece = secret.subarray(0, 32);
  // Base64 of a piece within a longer text depends on where it starts.
  const base64 = [0, 1, 2].map((skip) => secret.subarray(skip, skip + 30).toString('base64'));
  return [piece.toString('hex'), piece.toString('latin1'), [...piece].join(','), ...base64];
}

/** The part of an EC key that is secret, without what every PKCS #8 begins with. */
function secretPart(pkcs8: Buffer): Buffer {
  const { d } = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' });
  return Buffer.from(String(d), 'base64url');
}

describe('a secret', async () => {
  const issued = must(await authority.issue(root, host, now()));
  const leafKey = createPrivateKey(issued.key.open()).export({ format: 'der', type: 'pkcs8' });
  const secrets = [master, privateKeyOf(root), secretPart(privateKeyOf(root)), secretPart(leafKey)].flatMap(
    spellings,
  );
  // What is inspected is broken into lines, and bytes are set apart.
  const found = (text: string): readonly string[] =>
    secrets.filter((secret) => [text, text.replaceAll(/\s/g, '')].some((each) => each.includes(secret)));
  const other = authorityWith();

  const texts: Readonly<Record<string, string>> = {
    'the stored root': JSON.stringify(root),
    'the issued certificate as JSON': JSON.stringify(issued),
    'the issued certificate, inspected': inspect(issued, { depth: 9, showHidden: true }),
    'the authority as JSON': JSON.stringify(authority),
    'the authority, inspected': inspect(authority, { depth: 9, showHidden: true }),
    'the problem of a wrong master key': inspect(await other.issue(root, host, now()), { depth: 9 }),
    'the problem of a changed root': inspect(
      await authority.issue({ ...root, certificate: `${root.certificate}\n` }, host, now()),
      { depth: 9 },
    ),
    'the problem of a master key that is too long': inspect(
      openAuthority({
        controller: ControllerId.parse('main'),
        masterKey: new Sealed(Buffer.concat([master, master])),
      }),
      { depth: 9 },
    ),
    'the problem of a root with a key in the clear': inspect(
      readStoredRoot(JSON.stringify({ ...root, key: { pkcs8: privateKeyOf(root).toString('base64') } })),
      { depth: 9 },
    ),
  };

  it.each(Object.keys(texts))('is not in %s', (name) => {
    expect(texts[name]?.length).toBeGreaterThan(1);
    expect(found(texts[name] ?? '')).toEqual([]);
  });

  it('would be found if it were there', () => {
    expect(found(`x${master.toString('hex')}`)).not.toEqual([]);
    expect(found(inspect(new Uint8Array(privateKeyOf(root))))).not.toEqual([]);
    expect(found(inspect(privateKeyOf(root)))).not.toEqual([]);
    expect(found(issued.key.open())).not.toEqual([]);
    expect(found(privateKeyOf(root).toString('base64'))).not.toEqual([]);
  });

  it('of a host is sealed, and is the one of its certificate', () => {
    expect(String(issued.key)).toBe('***');
    expect(issued.key.open()).toContain('BEGIN PRIVATE KEY');
  });
});
