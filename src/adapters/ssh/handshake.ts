// From an address to an authenticated SSH client, or to one problem of the catalogue: within a deadline,
// and never past a host key that is not pinned.

import { connect as connectTcp, type Socket } from 'node:net';
import { Client, type ConnectConfig } from 'ssh2';
import { PlimsollError, type Problem } from '../../kernel/errors.ts';
import { formatDuration } from '../../kernel/time.ts';
import { authentication, type SshCredential } from './credential.ts';
import { connectProblem, hostKeyProblem, keyUnusable, unreachable } from './failures.ts';
import { describeHostKey, hostKeyAlgorithms, judgeHostKey } from './host-key.ts';

export interface SshTarget {
  readonly user: string;
  readonly host: string;
  readonly port: number;
}

export interface SshOptions {
  readonly target: SshTarget;
  /** Accepted host keys: `SHA256:…` fingerprints or `ssh-ed25519 AAAA…` lines. None accepts nobody. */
  readonly hostKeys: readonly string[];
  readonly credential: SshCredential;
  /** For everything from DNS to authentication. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/** After this long without an answer to three questions a host counts as lost. */
const KEEP_ALIVE: ConnectConfig = { keepaliveInterval: 1_000, keepaliveCountMax: 2 };

export const describeTarget = (target: SshTarget): string => `${target.user}@${target.host}:${target.port}`;

export interface Handshake {
  readonly client: Client;
  readonly socket: Socket;
  readonly where: string;
}

interface Attempt {
  readonly target: SshTarget;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  readonly config: ConnectConfig;
  /** What to say where the client's own error is only a consequence. */
  readonly explain: () => Problem | null;
}

/** Plays one connection attempt to its end: an authenticated client or a PlimsollError. */
export function attempt(a: Attempt): Promise<Handshake> {
  const where = describeTarget(a.target);
  const client = new Client();
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host: a.target.host, port: a.target.port, noDelay: true });
    // A listener stays for good: whatever comes after the outcome is known must not crash the process.
    const onError = (error: unknown): void => fail(a.explain() ?? connectProblem(where, error));
    const onAbort = (): void => fail(unreachable(where, 'the attempt was given up'));
    const onDeadline = (): void =>
      fail(unreachable(where, `no connection within ${formatDuration(a.deadlineMs)}`));
    const timer = setTimeout(onDeadline, a.deadlineMs);
    const settle = (): void => {
      clearTimeout(timer);
      a.signal?.removeEventListener('abort', onAbort);
    };
    const fail = (problem: Problem): void => {
      settle();
      socket.destroy();
      reject(new PlimsollError(problem));
    };
    client.on('error', onError);
    client.once('close', () => onError(new Error('it closed the connection')));
    client.once('ready', () => {
      settle();
      resolve({ client, socket, where });
    });
    if (a.signal?.aborted) return onAbort();
    a.signal?.addEventListener('abort', onAbort);
    try {
      client.connect({ ...a.config, username: a.target.user, sock: socket, readyTimeout: 0 });
    } catch (error) {
      fail(keyUnusable(where, error));
    }
  });
}

/** Connects, checks the host key and authenticates. Rejects with a PlimsollError within the deadline. */
export function handshake(options: SshOptions): Promise<Handshake> {
  const { target, hostKeys, credential, deadlineMs, signal } = options;
  let refused: Problem | null = null;
  return attempt({
    target,
    deadlineMs,
    signal,
    explain: () => refused,
    config: {
      ...KEEP_ALIVE,
      ...authentication(credential),
      // Without a verifier ssh2 trusts every server. Servers other than OpenSSH are welcome to try.
      strictVendor: false,
      algorithms: { serverHostKey: hostKeyAlgorithms(hostKeys) },
      hostVerifier: (blob: Buffer) => {
        const key = describeHostKey(blob);
        const verdict = judgeHostKey(hostKeys, key);
        if (verdict !== 'pinned') refused = hostKeyProblem(describeTarget(target), verdict, key);
        return verdict === 'pinned';
      },
    },
  });
}
