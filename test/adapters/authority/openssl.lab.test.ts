// What OpenSSL says of the certificates: the program that HAProxy is built on, and no part of how they are made.

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openAuthority } from '../../../src/adapters/authority/authority.ts';
import { ControllerId, HostId } from '../../../src/kernel/ids.ts';
import { Sealed } from '../../../src/kernel/sealed.ts';
import { instant } from '../../../src/kernel/time.ts';
import { runCommand, tryCommand } from '../../lab/command.ts';
import { authorityWith, filesOf, HOUR_MS, hoursAgo, must, now } from './words.ts';

const directory = mkdtempSync(join(tmpdir(), 'plimsoll-authority-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let written = 0;
function file(text: string): string {
  written += 1;
  const path = join(directory, `${written}.pem`);
  writeFileSync(path, text);
  return path;
}

/** What `openssl x509` prints, without the spaces at the beginning of lines. */
async function textOf(pem: string, ...more: readonly string[]): Promise<string> {
  const text = await runCommand('openssl', ['x509', '-noout', '-in', file(pem), ...more]);
  return text.replaceAll(/^ +/gm, '');
}

async function verdict(pem: string, trusts: readonly string[], ...more: readonly string[]): Promise<string> {
  const args = ['verify', '-x509_strict', '-CAfile', file(trusts.join('')), ...more, file(pem)];
  const { code, stderr } = await tryCommand('openssl', args);
  return code === 0 ? 'OK' : (/error \d+ .*: (.*)$/m.exec(stderr)?.[1] ?? stderr);
}

const authority = authorityWith();
const root = await authority.createRoot(now());
const leaf = await filesOf(authority, root, 'h1');

const seconds = (line: string): number => Date.parse(line.replace(/^.*=/, '')) / 1_000;

async function lifetimeSeconds(pem: string): Promise<{ notBefore: number; notAfter: number }> {
  const [start = '', end = ''] = (await textOf(pem, '-dates')).split('\n');
  return { notBefore: seconds(start), notAfter: seconds(end) };
}

describe('a root', () => {
  it('is a root by OpenSSL’s strict rules', async () => {
    expect(await verdict(root.certificate, [root.certificate])).toBe('OK');
  });

  it('says what it may do, whose it is and how long it lasts', async () => {
    const text = await textOf(root.certificate, '-text');
    expect(text).toContain('X509v3 Basic Constraints: critical\nCA:TRUE, pathlen:0');
    expect(text).toContain('X509v3 Key Usage: critical\nCertificate Sign, CRL Sign');
    expect(text).toContain('ASN1 OID: prime256v1');
    expect(text).toContain('Signature Algorithm: ecdsa-with-SHA256');
    expect(await textOf(root.certificate, '-subject')).toBe(
      `subject=O = Plimsoll, CN = main, serialNumber = ${root.id}\n`,
    );
    const { notBefore, notAfter } = await lifetimeSeconds(root.certificate);
    expect((notAfter - notBefore + 1) / 86_400).toBe(3_650);
    expect(notAfter * 1_000).toBe(root.expiresAt);
  });

  it('of a controller with the longest name can be made, and one that lasts beyond 2049', async () => {
    const controller = ControllerId.parse('c'.repeat(63));
    const long = must(openAuthority({ controller, masterKey: new Sealed(randomBytes(32)) }));
    const made = await long.createRoot(instant(Date.UTC(2045, 5, 1)));
    const at = Date.UTC(2046, 0, 1) / 1_000;
    expect(await verdict(made.certificate, [made.certificate], '-attime', String(at))).toBe('OK');
    expect((await lifetimeSeconds(made.certificate)).notAfter * 1_000).toBe(made.expiresAt);
  });
});

describe('the certificate of a host', () => {
  it('is good for both sides of a connection, by OpenSSL’s strict rules', async () => {
    expect(await verdict(leaf.cert, [root.certificate], '-purpose', 'sslserver')).toBe('OK');
    expect(await verdict(leaf.cert, [root.certificate], '-purpose', 'sslclient')).toBe('OK');
  });

  it('says whose it is and what it may do', async () => {
    const text = await textOf(leaf.cert, '-text');
    expect(text).toContain('X509v3 Basic Constraints: critical\nCA:FALSE');
    expect(text).toContain('X509v3 Key Usage: critical\nDigital Signature\n');
    expect(text).toContain('TLS Web Server Authentication, TLS Web Client Authentication\n');
    expect(text).toContain('X509v3 Subject Alternative Name: \nDNS:*.h1.plimsoll.internal\n');
    expect(text).toContain('ASN1 OID: prime256v1');
    expect(await textOf(leaf.cert, '-subject')).toBe('subject=CN = h1\n');
  });

  it('names the key of its root', async () => {
    const keyId = async (pem: string, extension: string): Promise<string> =>
      (await textOf(pem, '-ext', extension)).split('\n')[1] ?? '';
    const own = await keyId(root.certificate, 'subjectKeyIdentifier');
    expect(own).toMatch(/^([0-9A-F]{2}:){19}[0-9A-F]{2}$/);
    expect(await keyId(leaf.cert, 'authorityKeyIdentifier')).toBe(own);
    expect(await keyId(leaf.cert, 'subjectKeyIdentifier')).not.toBe(own);
  });

  it('lasts 24 hours and no second more, and starts five minutes early', async () => {
    const issuedAt = now();
    const { cert } = await filesOf(authority, root, 'h1', issuedAt);
    const { notBefore, notAfter } = await lifetimeSeconds(cert);
    expect(notAfter - notBefore + 1).toBe((24 * HOUR_MS) / 1_000);
    expect(notBefore).toBe(Math.floor(issuedAt / 1_000) - 300);
  });

  it('has a serial number of its own: positive, 128 bits', async () => {
    const serials = new Set<string>();
    for (let n = 0; n < 20; n += 1) {
      const { cert } = await filesOf(authority, root, 'h1');
      serials.add((await textOf(cert, '-serial')).trim());
    }
    expect(serials.size).toBe(20);
    for (const serial of serials) expect(serial).toMatch(/^serial=[0-9A-F]{28,32}$/);
    expect(Math.max(...[...serials].map((serial) => serial.length))).toBe('serial='.length + 32);
  });

  it('comes with the key that belongs to it', async () => {
    const ofKey = await runCommand('openssl', ['pkey', '-pubout', '-in', file(leaf.key)]);
    expect(ofKey).toBe(await textOf(leaf.cert, '-pubkey'));
  });

  it('of a host with the longest name is as good', async () => {
    const host = HostId.parse('h'.repeat(63));
    const { cert } = await filesOf(authority, root, host);
    expect(await verdict(cert, [root.certificate], '-verify_hostname', `api.${host}.plimsoll.internal`)).toBe(
      'OK',
    );
  });

  it.each([
    { name: 'api.h1.plimsoll.internal', outcome: 'OK' },
    { name: 'api.h2.plimsoll.internal', outcome: 'hostname mismatch' },
    { name: 'h1.plimsoll.internal', outcome: 'hostname mismatch' },
  ])('asked as $name: $outcome', async ({ name, outcome }) => {
    expect(await verdict(leaf.cert, [root.certificate], '-verify_hostname', name)).toBe(outcome);
  });

  it('is refused when it is a day old', async () => {
    const { cert } = await filesOf(authority, root, 'h1', hoursAgo(24));
    expect(await verdict(cert, [root.certificate])).toBe('certificate has expired');
  });

  it('is refused where its root is not trusted, and passes where that one is among two', async () => {
    const fresh = await authority.createRoot(now());
    expect(await verdict(leaf.cert, [fresh.certificate])).toBe('unable to get local issuer certificate');
    expect(await verdict(leaf.cert, [fresh.certificate, root.certificate])).toBe('OK');
  });

  it('signs nothing: a certificate below it is refused', async () => {
    const request = ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const csr = join(directory, 'below.csr');
    await runCommand('openssl', [
      ...request,
      '-keyout',
      join(directory, 'below.key'),
      '-out',
      csr,
      '-subj',
      '/CN=h2',
    ]);
    const signing = ['-CA', file(leaf.cert), '-CAkey', file(leaf.key), '-set_serial', '7', '-days', '1'];
    const below = await runCommand('openssl', ['x509', '-req', '-in', csr, ...signing]);
    expect(await verdict(below, [root.certificate], '-untrusted', file(leaf.cert))).toMatch(/CA|issuer/);
  });
});
