// One SSH connection to a host, over which everything runs as channels: the engine's API, probes, Git.
// The host key is checked against pins before anything is sent, silence is noticed by keep-alive, and
// the end of the connection ends every channel at once.

import type { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { PlimsollError, type Problem, problem } from '../../kernel/errors.ts';
import { ChannelSocket } from './channel-socket.ts';
import { lossProblem, unreachable } from './failures.ts';
import { handshake, type SshOptions } from './handshake.ts';

export type { SshOptions } from './handshake.ts';

/** A command that runs on the host. */
export interface SshCommand {
  /** Its standard input and output. */
  readonly stream: Duplex;
  /** Resolves when it has ended; `code` is null where a signal or the loss of the connection ended it. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

export interface SshConnection {
  /** `user@host:port`, for messages. */
  readonly where: string;
  /** Connects to a unix socket on the host. Rejects with a ChannelRefused; sshd does not tell why. */
  openUnix(socketPath: string): Promise<Duplex>;
  /** Connects from the host to a TCP address. Rejects with a ChannelRefused. */
  openTcp(address: string, port: number): Promise<Duplex>;
  /** Starts a command. A forced command of the key runs in its place. */
  run(commandLine: string): Promise<SshCommand>;
  /** Called once when the connection is lost; not after `close`. At once where it is lost already. */
  onLost(callback: (problem: Problem) => void): void;
  close(): void;
}

/** The server did not open a channel; the connection itself is fine. */
export class ChannelRefused extends Error {
  override readonly name = 'ChannelRefused';
  /** The key or the server's configuration forbids it: trying again is of no use. */
  readonly isForbidden: boolean;

  constructor(because: string, isForbidden: boolean) {
    super(because);
    this.isForbidden = isForbidden;
  }
}

/** RFC 4254, section 5.1: SSH_OPEN_ADMINISTRATIVELY_PROHIBITED. */
const PROHIBITED = 1;
const STDERR_LIMIT = 4_096;
const FAREWELL_MS = 500;

type ChannelCallback = (error: Error | undefined, channel: ClientChannel) => void;

function refusal(error: Error): ChannelRefused {
  const reason: unknown = Reflect.get(error, 'reason');
  const because = error.message.replace(/^\(SSH\) Channel open failure: /, '');
  return new ChannelRefused(because, reason === PROHIBITED || reason === 'ADMINISTRATIVELY_PROHIBITED');
}

function watchCommand(channel: ClientChannel): SshCommand['ended'] {
  let stderr = '';
  channel.stderr.on('data', (chunk: Buffer) => {
    if (stderr.length < STDERR_LIMIT) stderr += chunk.toString();
  });
  return new Promise((resolve) => {
    channel.on('close', (code: number | null | undefined) => resolve({ code: code ?? null, stderr }));
  });
}

/**
 * Opens a connection. Rejects within `deadlineMs` with host/unreachable, host/auth, host/key-unknown or
 * host/key-mismatch (a PlimsollError); the last two name the key that the host showed.
 */
export async function openSshConnection(options: SshOptions): Promise<SshConnection> {
  const { client, socket, where } = await handshake(options);
  const channels = new Set<ChannelSocket>();
  const listeners: ((problem: Problem) => void)[] = [];
  let ended: Problem | null = null;
  let isClosing = false;

  const end = (reason: Problem): void => {
    if (ended !== null) return;
    ended = reason;
    socket.destroy();
    for (const channel of channels) channel.destroy(new PlimsollError(reason));
    if (!isClosing) for (const listener of listeners) listener(reason);
  };
  client.on('error', (error: Error) => end(lossProblem(where, error)));
  client.on('close', () => end(lossProblem(where, null)));

  const open = (ask: (callback: ChannelCallback) => void): Promise<ClientChannel> =>
    new Promise((resolve, reject) => {
      if (ended !== null) throw new PlimsollError(ended);
      if (isClosing) throw new PlimsollError(unreachable(where, 'the connection is being closed'));
      ask((error, channel) => {
        if (error === undefined) resolve(channel);
        else reject(ended === null ? refusal(error) : new PlimsollError(ended));
      });
    });
  const asSocket = (channel: ClientChannel): ChannelSocket => {
    const wrapped = new ChannelSocket(channel);
    channels.add(wrapped);
    // The loss of the connection reaches every channel, also one that nobody listens to at the moment.
    wrapped.on('error', () => {});
    wrapped.once('close', () => channels.delete(wrapped));
    return wrapped;
  };

  return {
    where,
    async openUnix(socketPath) {
      return asSocket(await open((callback) => client.openssh_forwardOutStreamLocal(socketPath, callback)));
    },
    async openTcp(address, port) {
      return asSocket(await open((callback) => client.forwardOut('127.0.0.1', 0, address, port, callback)));
    },
    async run(commandLine) {
      const channel = await open((callback) => client.exec(commandLine, callback));
      return { stream: asSocket(channel), ended: watchCommand(channel) };
    },
    onLost(callback) {
      if (ended === null) listeners.push(callback);
      else if (!isClosing) callback(ended);
    },
    close() {
      if (ended !== null || isClosing) return;
      isClosing = true;
      client.end();
      const goodbye = problem('host/unreachable', `the connection to ${where} was closed`);
      setTimeout(() => end(goodbye), FAREWELL_MS).unref();
      client.once('close', () => end(goodbye));
    },
  };
}
