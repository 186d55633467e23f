// Certificates made by openssl for tests of TLS: a CA, and keys that it or nobody has signed.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../lab/command.ts';

export interface KeyFiles {
  readonly key: string;
  readonly certificate: string;
}

export interface Authority extends Disposable {
  readonly directory: string;
  /** Path of its own certificate. */
  readonly certificate: string;
  /** Signs a new key for a server at these addresses, or for a client where there are none. */
  sign(name: string, addresses?: readonly string[]): Promise<KeyFiles>;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export async function newAuthority(): Promise<Authority> {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-ca-'));
  const path = (name: string): string => join(directory, name);
  const [caKey, certificate] = [path('ca.key'), path('ca.pem')];
  const self = ['req', '-x509', ...NEW_KEY, '-subj', '/CN=test-ca', '-keyout', caKey, '-out', certificate];
  await runCommand('openssl', self);
  return {
    directory,
    certificate,
    async sign(name, addresses = []) {
      const files = { key: path(`${name}.key`), certificate: path(`${name}.pem`) };
      const request = path(`${name}.csr`);
      await runCommand('openssl', [
        'req',
        ...NEW_KEY,
        '-subj',
        `/CN=${name}`,
        '-keyout',
        files.key,
        '-out',
        request,
      ]);
      const usage = addresses.length === 0 ? 'clientAuth' : 'serverAuth';
      const names = addresses.map((address) => `IP:${address}`).join(',');
      const lines = [`extendedKeyUsage=${usage}`, ...(names === '' ? [] : [`subjectAltName=${names}`])];
      writeFileSync(path(`${name}.ext`), `${lines.join('\n')}\n`);
      const signing = [
        '-CA',
        certificate,
        '-CAkey',
        caKey,
        '-CAcreateserial',
        '-extfile',
        path(`${name}.ext`),
      ];
      await runCommand('openssl', ['x509', '-req', '-in', request, ...signing, '-out', files.certificate]);
      return files;
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}

export const readText = (path: string): string => readFileSync(path, 'utf8');
