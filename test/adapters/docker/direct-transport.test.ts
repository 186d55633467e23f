// What a failed TLS connection means.

import { describe, expect, it } from 'vitest';
import { tlsProblem } from '../../../src/adapters/docker/direct-transport.ts';

describe('a TLS connection that fails', () => {
  it.each([
    ['host/auth', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'],
    ['host/auth', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'],
    ['host/auth', 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE'],
    ['host/key-mismatch', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['host/key-mismatch', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['host/key-mismatch', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['host/key-mismatch', 'CERT_HAS_EXPIRED'],
    ['host/unreachable', 'ECONNREFUSED'],
    ['host/unreachable', 'ECONNRESET'],
    ['host/unreachable', 'ENOTFOUND'],
  ])('%s: %s', (expected, code) => {
    expect(tlsProblem('tcp://h1:2376', Object.assign(new Error('no'), { code })).code).toBe(expected);
  });
});
