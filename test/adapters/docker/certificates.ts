// Certificates for tests of TLS, made by Node alone: a CA, and keys that it has signed. X.509 in DER needs
// only a handful of types, so no program and no package is asked for.

import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** PEM texts. */
export interface KeyPair {
  readonly key: string;
  readonly certificate: string;
}

export interface Authority {
  /** Its own certificate. */
  readonly certificate: string;
  /** Signs a new key for a server at these IPv4 addresses, or for a client where there are none. */
  issue(name: string, addresses?: readonly string[]): KeyPair;
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const bits = (bytes: Uint8Array): Buffer => der(0x03, Buffer.from([0]), bytes);
const time = (year: number): Buffer => der(0x17, Buffer.from(`${year % 100}0101000000Z`));
const nameOf = (name: string): Buffer =>
  sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(name)))));
const extension = (hex: string, value: Buffer): Buffer => sequence(oid(hex), der(0x04, value));

const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));
const IS_CA = extension('551d13', sequence(der(0x01, Buffer.from([0xff]))));
const SERVER = extension('551d25', sequence(oid('2b06010505070301')));
const CLIENT = extension('551d25', sequence(oid('2b06010505070302')));
const names = (addresses: readonly string[]): Buffer => {
  const entries = addresses.map((address) => der(0x87, Buffer.from(address.split('.').map(Number))));
  return extension('551d11', sequence(...entries));
};

const pem = (label: string, bytes: Buffer): string =>
  `-----BEGIN ${label}-----\n${bytes.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`;

interface Request {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly signingKey: KeyObject;
}

function certificateOf(request: Request): string {
  const serial = Buffer.from([1, ...randomBytes(8)]);
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ECDSA_WITH_SHA256,
    nameOf(request.issuer),
    sequence(time(2020), time(2049)),
    nameOf(request.subject),
    request.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...request.extensions)),
  );
  const signature = sign('sha256', toBeSigned, request.signingKey);
  return pem('CERTIFICATE', sequence(toBeSigned, ECDSA_WITH_SHA256, bits(signature)));
}

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

export function newAuthority(name: string): Authority {
  const own = newKeys();
  const issuing = { issuer: name, signingKey: own.privateKey };
  return {
    certificate: certificateOf({ ...issuing, subject: name, publicKey: own.publicKey, extensions: [IS_CA] }),
    issue(subject, addresses = []) {
      const { publicKey, privateKey } = newKeys();
      const extensions = addresses.length === 0 ? [CLIENT] : [SERVER, names(addresses)];
      return {
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        certificate: certificateOf({ ...issuing, subject, publicKey, extensions }),
      };
    },
  };
}
