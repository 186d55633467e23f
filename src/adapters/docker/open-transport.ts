// From a host's address and key to the way to its engine.

import type { HostAddress } from '../../desired/desired.ts';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { HostId } from '../../kernel/ids.ts';
import type { SshCredential } from '../ssh/credential.ts';
import { openTlsTransport, openUnixTransport, type TlsCredential } from './direct-transport.ts';
import { openSshTransport } from './ssh-transport.ts';
import type { OpeningOptions, Transport } from './transport.ts';

export interface EngineAddress {
  readonly id: HostId;
  readonly address: HostAddress;
  /** Accepted host keys of an ssh address: `SHA256:…` fingerprints or `ssh-ed25519 AAAA…` lines. */
  readonly hostKeys: readonly string[];
  /** Null for a unix socket, and where the configuration has no key for the host. */
  readonly credential: SshCredential | TlsCredential | null;
}

const isTls = (credential: SshCredential | TlsCredential | null): credential is TlsCredential =>
  credential?.kind === 'tls';

/** Rejects with `host/auth` where the key for the host is missing or of the wrong kind. */
export async function openTransport(to: EngineAddress, opening: OpeningOptions): Promise<Transport> {
  const { id, address, hostKeys, credential } = to;
  if (address.scheme === 'unix') return openUnixTransport(address);
  if (address.scheme === 'tcp' && isTls(credential)) return openTlsTransport(address, credential);
  if (address.scheme === 'ssh' && credential !== null && !isTls(credential))
    return openSshTransport(address, hostKeys, credential, opening);
  const section = address.scheme === 'tcp' ? 'tls' : 'ssh.keys';
  throw new PlimsollError(
    problem('host/auth', `the configuration has no key for host ${id}`, {
      hint: `Define the key that the Host names as its \`credential\` (or \`default\`) under \`${section}\` in plimsoll.yaml.`,
    }),
  );
}
