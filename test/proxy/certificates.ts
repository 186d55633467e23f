// An authority and certificates for hosts, made by OpenSSL: what is tried with them owes nothing to how
// Plimsoll makes its own.

import { randomBytes } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostId } from '../../src/kernel/ids.ts';
import { meshWildcard } from '../../src/kernel/mesh-name.ts';
import { runCommand } from '../lab/command.ts';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Writes `ca.key` and `ca.pem`. */
export async function makeAuthority(directory: string): Promise<void> {
  const files = ['-keyout', join(directory, 'ca.key'), '-out', join(directory, 'ca.pem')];
  await runCommand('openssl', ['req', '-x509', ...KEY, ...files, '-subj', '/CN=test', '-days', '1']);
}

/** Writes `host.pem` (with its key) and `ca.pem` into `directory`. */
export async function makeHostCertificate(authority: string, directory: string, host: HostId): Promise<void> {
  const at = (name: string): string => join(directory, name);
  const request = ['-keyout', at('host.key'), '-out', at('host.csr'), '-subj', `/CN=${host}`];
  await runCommand('openssl', ['req', ...KEY, ...request]);
  writeFileSync(at('names'), `subjectAltName=DNS:${meshWildcard(host)}`);
  const ca = ['-CA', join(authority, 'ca.pem'), '-CAkey', join(authority, 'ca.key')];
  const signed = ['-in', at('host.csr'), '-out', at('host.crt'), '-days', '1', '-extfile', at('names')];
  const serial = ['-set_serial', `0x${randomBytes(8).toString('hex')}`];
  await runCommand('openssl', ['x509', '-req', ...ca, ...signed, ...serial]);
  writeFileSync(at('host.pem'), readFileSync(at('host.crt'), 'utf8') + readFileSync(at('host.key'), 'utf8'));
  copyFileSync(join(authority, 'ca.pem'), at('ca.pem'));
}
