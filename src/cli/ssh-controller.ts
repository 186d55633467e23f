// A controller on another machine, reached over SSH as a person would: with the agent or a key file, and
// only where ~/.ssh/known_hosts knows the machine.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Connect } from '../api/client.ts';
import type { SshKey } from '../config/config.ts';
import { PlimsollError, problem, toProblem } from '../kernel/errors.ts';
import { Sealed } from '../kernel/sealed.ts';
import type { CommandContext } from './context.ts';
import { knownHostKeys } from './known-hosts.ts';
import type { SshMachine } from './runtime.ts';

const CONNECT_MS = 20_000;
const DEFAULT_SOCKET = '/run/plimsoll/plimsoll.sock';
const KEY_FILES = ['id_ed25519', 'id_ecdsa', 'id_rsa'];
const ADDRESS =
  /^ssh:\/\/(?<user>[a-z_][a-z0-9_.-]*)@(?<host>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9a-fA-F:.]+\])(?::(?<port>\d{1,5}))?(?<socket>\/[A-Za-z0-9._/-]+)?\/?$/;

export interface ControllerAddress {
  readonly user: string;
  readonly host: string;
  readonly port: number;
  readonly socketPath: string;
}

/** `ssh://user@host[:port][/path/of/socket]`; throws command/usage. */
export function parseControllerAddress(text: string): ControllerAddress {
  const groups = ADDRESS.exec(text)?.groups;
  const port = Number(groups?.['port'] ?? 22);
  if (groups === undefined || port < 1 || port > 65_535) {
    const hint = 'Write it as ssh://user@host[:port][/path/of/socket].';
    throw new PlimsollError(problem('command/usage', 'this is no address of a controller', { hint }));
  }
  return {
    user: groups['user'] ?? '',
    host: (groups['host'] ?? '').replace(/^\[(.*)\]$/, '$1'),
    port,
    socketPath: groups['socket'] ?? DEFAULT_SOCKET,
  };
}

const homeOf = (env: CommandContext['env']): string => env['HOME'] ?? '/';

async function readKey(file: string): Promise<SshKey> {
  try {
    return { kind: 'key', privateKey: new Sealed(await readFile(file, 'utf8')), passphrase: null };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PlimsollError(problem('command/usage', `the key ${file} cannot be read: ${reason}`), error);
  }
}

/** The key file that is named, else the agent, else the first of the usual files. */
async function credentialOf(identity: string | undefined, env: CommandContext['env']): Promise<SshKey> {
  if (identity !== undefined) return readKey(identity);
  const agent = env['SSH_AUTH_SOCK'];
  if (agent !== undefined && agent !== '') return { kind: 'agent', socketPath: agent };
  for (const name of KEY_FILES) {
    const file = path.join(homeOf(env), '.ssh', name);
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text !== null) return { kind: 'key', privateKey: new Sealed(text), passphrase: null };
  }
  const hint = 'Start ssh-agent and add a key with `ssh-add`, or name a key file with --identity.';
  throw new PlimsollError(problem('command/usage', 'there is no SSH agent and no key in ~/.ssh', { hint }));
}

async function pinnedKeys(
  address: ControllerAddress,
  env: CommandContext['env'],
): Promise<readonly string[]> {
  const files = [path.join(homeOf(env), '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts'];
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  const keys = texts.flatMap((text) => knownHostKeys(text, address.host, address.port));
  if (keys.length > 0) return keys;
  const port = address.port === 22 ? '' : `-p ${address.port} `;
  const hint = `Log in once with \`ssh ${port}${address.user}@${address.host}\` and compare the key that it shows.`;
  throw new PlimsollError(
    problem('host/key-unknown', `${address.host} is not in ~/.ssh/known_hosts`, { hint }),
  );
}

/** The connection is opened at the first use, and serves all that follow. */
export async function sshConnect(
  text: string,
  identity: string | undefined,
  context: CommandContext,
): Promise<{ readonly connect: Connect; readonly close: () => void }> {
  const address = parseControllerAddress(text);
  const where = `${address.user}@${address.host}:${address.socketPath}`;
  const machine: SshMachine = await context.runtime.openSsh({
    target: address,
    hostKeys: await pinnedKeys(address, context.env),
    credential: await credentialOf(identity, context.env),
    deadlineMs: CONNECT_MS,
  });
  return {
    connect: {
      where,
      async open() {
        try {
          return await machine.openUnix(address.socketPath);
        } catch (error) {
          if (error instanceof PlimsollError) throw error;
          const hint = `Start the controller there, name its socket in the address, and let ${address.user} use it.`;
          const message = `no controller can be reached at ${where}: ${toProblem(error).message.split('\n')[0]}`;
          throw new PlimsollError(problem('command/no-controller', message, { hint }), error);
        }
      },
    },
    close: () => machine.close(),
  };
}
