// What an SSH server shows to prove who it is, and whether that is one of the keys pinned for the host.

import { createHash } from 'node:crypto';
import type { ServerHostKeyAlgorithm } from 'ssh2';

export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, … */
  readonly type: string;
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
  /** `ssh-ed25519 AAAA…`: what a Host manifest pins. */
  readonly line: string;
}

/** Reads a public key in the wire format of RFC 4253, section 6.6. */
export function describeHostKey(blob: Uint8Array): HostKey {
  const bytes = Buffer.from(blob);
  const typeLength = bytes.length < 4 ? 0 : bytes.readUInt32BE(0);
  const type = bytes.toString('latin1', 4, 4 + typeLength);
  const digest = createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '');
  return { type, fingerprint: `SHA256:${digest}`, line: `${type} ${bytes.toString('base64')}` };
}

const withoutPadding = (base64: string): string => base64.replace(/=+$/, '');

function matches(pin: string, key: HostKey): boolean {
  const [first = '', second = ''] = pin.trim().split(/\s+/);
  if (first.startsWith('SHA256:')) return withoutPadding(first) === key.fingerprint;
  return withoutPadding(`${first} ${second}`) === withoutPadding(key.line);
}

/**
 * Whether any of the pins (`SHA256:…` fingerprints or `type base64` lines, a comment is allowed) is this
 * key. Without any pin the key is unknown; with pins and no match somebody else may be answering.
 */
export function judgeHostKey(pins: readonly string[], key: HostKey): 'pinned' | 'unknown' | 'mismatch' {
  if (pins.length === 0) return 'unknown';
  return pins.some((pin) => matches(pin, key)) ? 'pinned' : 'mismatch';
}

/** In the order in which OpenSSH prefers them; SHA-1 signatures (`ssh-rsa`) are not accepted. */
const ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/**
 * The signature algorithms to ask for, those of pinned keys first: a server with several keys would
 * otherwise show one that nobody pinned. Fingerprints tell no type, so they do not change the order.
 */
export function hostKeyAlgorithms(pins: readonly string[]): ServerHostKeyAlgorithm[] {
  const pinnedTypes = new Set(pins.map((pin) => pin.trim().split(/\s+/)[0]));
  const isPinned = (algorithm: string): boolean =>
    pinnedTypes.has(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm);
  return [...ALGORITHMS.filter(isPinned), ...ALGORITHMS.filter((algorithm) => !isPinned(algorithm))];
}
