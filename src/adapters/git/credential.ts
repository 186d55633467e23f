// What opens a source. Sealed on the main thread; opened at the last moment, when a connection needs it or
// when it crosses to the worker.

import type { Sealed } from '../../kernel/sealed.ts';

export type SourceCredential =
  /** For https; a token is the password of whatever user name the server documents. */
  | { readonly kind: 'basic'; readonly username: string; readonly password: Sealed<string> }
  | {
      readonly kind: 'ssh';
      /** OpenSSH or PEM text. */
      readonly privateKey: Sealed<string>;
      readonly passphrase?: Sealed<string>;
      /** Accepted host keys, as `SHA256:…` fingerprints or `ssh-ed25519 AAAA…` lines. */
      readonly hostKeys: readonly string[];
    };

export type OpenCredential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | {
      readonly kind: 'ssh';
      readonly privateKey: string;
      readonly passphrase: string | null;
      readonly hostKeys: readonly string[];
    };

export function openCredential(credential: SourceCredential | null): OpenCredential | null {
  if (credential === null) return null;
  if (credential.kind === 'basic') {
    return { kind: 'basic', username: credential.username, password: credential.password.open() };
  }
  return {
    kind: 'ssh',
    privateKey: credential.privateKey.open(),
    passphrase: credential.passphrase?.open() ?? null,
    hostKeys: credential.hostKeys,
  };
}
