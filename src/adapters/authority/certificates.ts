// The two kinds of certificate of the mesh, as X.509: a root that signs, and a leaf for one host's load
// balancer. Keys are EC P-256, signatures ECDSA with SHA-256, serial numbers 128 random bits.

// `@peculiar/x509` registers its parts by decorators, which need this before they are loaded.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { type ControllerId, type HostId, RootId } from '../../kernel/ids.ts';
import { meshWildcard } from '../../kernel/mesh-name.ts';
import type { Validity } from '../../kernel/validity.ts';

const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' };
const ROOT_ID_DIGITS = 12;
/** RFC 5280, 4.1.2.2: positive and at most 20 octets; unforeseeable, as CAs of the web must have it. */
const SERIAL_BYTES = 16;
const SERIAL_NUMBER_ATTRIBUTE = '2.5.4.5';
const CRITICAL = true;

const dates = ({ startsAt, expiresAt }: Validity): { readonly notBefore: Date; readonly notAfter: Date } => ({
  notBefore: new Date(startsAt),
  notAfter: new Date(expiresAt),
});

const makeKeys = () => webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);

async function exportKey(key: webcrypto.CryptoKey): Promise<Buffer<ArrayBuffer>> {
  return Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
}

export interface MadeCertificate {
  /** PEM. */
  readonly certificate: string;
  /** PKCS #8 in DER: to be filled with zeros after use. */
  readonly key: Buffer<ArrayBuffer>;
}

/** RFC 5280, 4.2.1.9: no further authority may stand below it (`pathLenConstraint` 0). */
export async function makeRoot(
  controller: ControllerId,
  validity: Validity,
): Promise<MadeCertificate & { readonly id: RootId }> {
  const keys = await makeKeys();
  const serialNumber = randomBytes(SERIAL_BYTES).toString('hex');
  const id = RootId.parse(serialNumber.slice(0, ROOT_ID_DIGITS));
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber,
      // A name of its own: while two roots are trusted, an issuer's name must mean one of them.
      name: new Name([
        { O: ['Plimsoll'] },
        { CN: [controller] },
        { [SERIAL_NUMBER_ATTRIBUTE]: [{ printableString: id }] },
      ]),
      ...dates(validity),
      keys,
      signingAlgorithm: SIGNATURE,
      extensions: [
        new BasicConstraintsExtension(true, 0, CRITICAL),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, CRITICAL),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { id, certificate: `${certificate.toString('pem')}\n`, key: await exportKey(keys.privateKey) };
}

export interface Signer {
  /** PEM. */
  readonly certificate: string;
  /** PKCS #8 in DER. */
  readonly key: Buffer<ArrayBuffer>;
}

export async function makeLeaf(signer: Signer, host: HostId, validity: Validity): Promise<MadeCertificate> {
  const keys = await makeKeys();
  const root = new X509Certificate(signer.certificate);
  const signingKey = await webcrypto.subtle.importKey('pkcs8', signer.key, KEY_ALGORITHM, false, ['sign']);
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: randomBytes(SERIAL_BYTES).toString('hex'),
      subject: [{ CN: [host] }],
      issuer: root.subjectName,
      ...dates(validity),
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: SIGNATURE,
      extensions: [
        new BasicConstraintsExtension(false, undefined, CRITICAL),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, CRITICAL),
        // A load balancer answers other hosts and asks them.
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
        new SubjectAlternativeNameExtension([{ type: 'dns', value: meshWildcard(host) }]),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
        await AuthorityKeyIdentifierExtension.create(root.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  return { certificate: `${certificate.toString('pem')}\n`, key: await exportKey(keys.privateKey) };
}
