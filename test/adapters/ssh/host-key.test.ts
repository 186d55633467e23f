// Which host keys are accepted. The key and its fingerprint were made by ssh-keygen.

import { describe, expect, it } from 'vitest';
import { describeHostKey, hostKeyAlgorithms, judgeHostKey } from '../../../src/adapters/ssh/host-key.ts';

const BASE64 = 'AAAAC3NzaC1lZDI1NTE5AAAAILVd3IhXoYPviFNDSrSeSQr1RXQEmt4OZW7lMFOkutux';
const LINE = `ssh-ed25519 ${BASE64}`;
const FINGERPRINT = 'SHA256:Kvkofm9F6TFsK+d266I/GiRWvjyWEYVo9Y7DdpBNe0M';
const OTHER_LINE = `ssh-ed25519 ${BASE64.replace('Vd3I', 'Vd3J')}`;
const OTHER_FINGERPRINT = 'SHA256:AAAAfm9F6TFsK+d266I/GiRWvjyWEYVo9Y7DdpBNe0M';

const key = describeHostKey(Buffer.from(BASE64, 'base64'));

it('describes a key as ssh-keygen does', () => {
  expect(key).toEqual({ type: 'ssh-ed25519', fingerprint: FINGERPRINT, line: LINE });
});

describe('a presented key', () => {
  it.each([
    ['unknown', 'nothing is pinned', []],
    ['pinned', 'its fingerprint is pinned', [FINGERPRINT]],
    ['pinned', 'its fingerprint is pinned with padding', [`${FINGERPRINT}=`]],
    ['pinned', 'its line is pinned', [LINE]],
    ['pinned', 'its line is pinned with a comment', [`  ${LINE}   root@h1 `]],
    ['pinned', 'it is one of several', [OTHER_FINGERPRINT, OTHER_LINE, LINE]],
    ['mismatch', 'another fingerprint is pinned', [OTHER_FINGERPRINT]],
    ['mismatch', 'another line is pinned', [OTHER_LINE]],
    ['mismatch', 'the pin is no key', ['yes']],
    ['mismatch', 'the pin is a part of it', [FINGERPRINT.slice(0, 20)]],
    ['mismatch', 'the pin is empty', ['']],
    ['mismatch', 'the pin has the right key under another type', [`ssh-rsa ${BASE64}`]],
  ] as const)('is %s where %s', (verdict, _, pins) => {
    expect(judgeHostKey(pins, key)).toBe(verdict);
  });
});

describe('the algorithm asked for first', () => {
  it.each([
    ['nothing is pinned', [], 'ssh-ed25519'],
    ['a fingerprint is pinned', [FINGERPRINT], 'ssh-ed25519'],
    ['an ECDSA key is pinned', ['ecdsa-sha2-nistp256 AAAA'], 'ecdsa-sha2-nistp256'],
    ['an RSA key is pinned', ['ssh-rsa AAAA'], 'rsa-sha2-512'],
  ])('where %s', (_, pins, first) => {
    const algorithms = hostKeyAlgorithms(pins);
    expect(algorithms[0]).toBe(first);
    expect(algorithms).toHaveLength(6);
    expect(algorithms).not.toContain('ssh-rsa');
  });
});
