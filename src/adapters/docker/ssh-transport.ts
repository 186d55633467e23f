// The engine behind an SSH connection. The usual way is a channel straight to the engine's socket; a key
// that may only run `docker system dial-stdio` (a strict key) gets one process on the host per connection.

import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostAddress } from '../../desired/desired.ts';
import { PlimsollError, type Problem, problem } from '../../kernel/errors.ts';
import { ChannelRefused, openSshConnection, type SshConnection } from '../ssh/connection.ts';
import type { SshCredential } from '../ssh/credential.ts';
import type { OpeningOptions, Transport } from './transport.ts';

export type SshAddress = HostAddress & { readonly scheme: 'ssh' };

const DEFAULT_SOCKET = '/var/run/docker.sock';
/** sshd allows ten sessions per connection unless told otherwise; streams need some of them. */
const MAX_DIAL_STDIO_CALLS = 4;
const MAX_CALLS = 8;
/** How long a hang-up waits for the last words of the process that caused it. */
const LAST_WORDS_MS = 300;

interface EngineDoor {
  readonly maxCalls: number;
  open(): Promise<Duplex>;
  explainHangUp(): Promise<Problem>;
}

const noEngine = (where: string, because: string): Problem =>
  problem('host/no-engine', `the Docker engine of ${where} cannot be reached: ${because}`);

function streamLocalDoor(ssh: SshConnection, socketPath: string, first: Duplex): EngineDoor {
  let unused: Duplex | null = first;
  return {
    maxCalls: MAX_CALLS,
    async open() {
      const ready = unused;
      unused = null;
      if (ready !== null && !ready.destroyed) return ready;
      try {
        return await ssh.openUnix(socketPath);
      } catch (error) {
        if (!(error instanceof ChannelRefused)) throw error;
        throw new PlimsollError(noEngine(ssh.where, `nothing answers at ${socketPath}`), error);
      }
    },
    explainHangUp: async () => noEngine(ssh.where, 'it closed the connection'),
  };
}

/** What `docker system dial-stdio` said when it ended. */
export function dialStdioProblem(where: string, socketPath: string, stderr: string): Problem {
  if (/permission denied/i.test(stderr)) {
    return problem('host/permission', `${where} may not use the Docker engine (permission denied)`);
  }
  if (/command not found|not found$|No such file or directory.*docker\b/im.test(stderr)) {
    return noEngine(where, 'there is no docker command');
  }
  const words = stderr.trim().split('\n').at(-1) ?? '';
  return noEngine(
    where,
    words === '' ? `nothing answers at ${socketPath}, or the user may not use it` : words,
  );
}

function dialStdioDoor(ssh: SshConnection, socketPath: string): EngineDoor {
  const quoted = `'${socketPath.replaceAll("'", `'\\''`)}'`;
  // sshd hands every command to a shell; for a strict key the forced command runs instead of this one.
  const host = socketPath === DEFAULT_SOCKET ? '' : `--host=unix://${quoted} `;
  let nextEnd = Promise.withResolvers<string>();
  return {
    maxCalls: MAX_DIAL_STDIO_CALLS,
    async open() {
      try {
        const command = await ssh.run(`docker ${host}system dial-stdio`);
        nextEnd = Promise.withResolvers<string>();
        void command.ended.then(({ stderr }) => nextEnd.resolve(stderr));
        return command.stream;
      } catch (error) {
        if (!(error instanceof ChannelRefused)) throw error;
        const because = `no further session is allowed (${error.message})`;
        throw new PlimsollError(noEngine(ssh.where, because), error);
      }
    },
    async explainHangUp() {
      const stderr = await Promise.race([nextEnd.promise, sleep(LAST_WORDS_MS, '', { ref: false })]);
      return dialStdioProblem(ssh.where, socketPath, stderr);
    },
  };
}

async function chooseDoor(ssh: SshConnection, socketPath: string): Promise<EngineDoor> {
  try {
    return streamLocalDoor(ssh, socketPath, await ssh.openUnix(socketPath));
  } catch (error) {
    // sshd gives one answer for "forbidden", "no socket" and "no permission"; the other way tells more.
    if (error instanceof ChannelRefused) return dialStdioDoor(ssh, socketPath);
    throw error;
  }
}

async function openProbe(ssh: SshConnection, address: string, port: number): Promise<Duplex> {
  try {
    return await ssh.openTcp(address, port);
  } catch (error) {
    if (!(error instanceof ChannelRefused && error.isForbidden)) throw error;
    const message = `the key for ${ssh.where} allows no port forwarding, which probes need`;
    throw new PlimsollError(problem('host/permission', message, { hint: FORWARDING_HINT }), error);
  }
}

const FORWARDING_HINT = 'Use a key with `restrict,port-forwarding`, or Docker health checks only.';

/** Rejects with a PlimsollError within the deadline. */
export async function openSshTransport(
  address: SshAddress,
  hostKeys: readonly string[],
  credential: SshCredential,
  options: OpeningOptions,
): Promise<Transport> {
  const ssh = await openSshConnection({ target: address, hostKeys, credential, ...options });
  let door: EngineDoor;
  try {
    door = await chooseDoor(ssh, address.socketPath);
  } catch (error) {
    ssh.close();
    throw error;
  }
  return {
    where: ssh.where,
    maxCalls: door.maxCalls,
    openEngine: () => door.open(),
    openTcp: (to, port) => openProbe(ssh, to, port),
    explainHangUp: () => door.explainHangUp(),
    onLost: (callback) => ssh.onLost(callback),
    close: () => ssh.close(),
  };
}
