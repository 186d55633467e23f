// How the controller proves to a host who it is: a private key of its own, or an SSH agent.

import type { ConnectConfig } from 'ssh2';
import type { Sealed } from '../../kernel/sealed.ts';

export type SshCredential =
  | {
      readonly kind: 'key';
      /** Content of the key file, in OpenSSH's or PEM format. */
      readonly privateKey: Sealed<string>;
      readonly passphrase: Sealed<string> | null;
    }
  /** An ssh-agent, by its socket. */
  | { readonly kind: 'agent'; readonly socketPath: string };

/** Exactly one method is offered: every further one would count against the server's MaxAuthTries. */
export function authentication(credential: SshCredential): ConnectConfig {
  if (credential.kind === 'agent') return { agent: credential.socketPath, authHandler: ['agent'] };
  const key: ConnectConfig = { privateKey: credential.privateKey.open(), authHandler: ['publickey'] };
  return credential.passphrase === null ? key : { ...key, passphrase: credential.passphrase.open() };
}
