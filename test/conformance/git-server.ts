// Real servers for the Git conformance suite, on loopback: `git http-backend` behind the lab's bridge, and
// sshd with a configuration and a host key of its own. Each is ended by its process id.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { SourceCredential } from '../../src/adapters/git/credential.ts';
import { Sealed } from '../../src/kernel/sealed.ts';
import { eventually } from '../lab/eventually.ts';
import { createRepository } from '../lab/git-repository.ts';
import { processTree, signal } from '../lab/processes.ts';
import { generateKeyPair } from '../lab/ssh-server.ts';
import type { GitService } from './git-service.ts';

const HTTP_SERVER = join(import.meta.dirname, '../lab/git-http-server.ts');

/** Repositories read in place. */
export function serveFiles(): GitService {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-repositories-'));
  return {
    create: (name) => createRepository({ path: join(directory, `${name}.git`), httpUrl: '', sshUrl: '' }, {}),
    access: ({ path }) => ({ url: path, credential: null, allowFile: true }),
    server: null,
    close: async () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Repositories behind `git http-backend`, each with a password. */
export async function serveHttp(): Promise<GitService> {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-http-'));
  const port = await freePort();
  const daemon = new LoopbackDaemon(port, process.execPath, [
    HTTP_SERVER,
    '127.0.0.1',
    String(port),
    directory,
  ]);
  await daemon.start();
  const credentials = { username: 'deploy', password: 'correct horse' };
  const basic = (password: string): SourceCredential => ({
    kind: 'basic',
    username: credentials.username,
    password: new Sealed(password),
  });
  return {
    create: (name) =>
      createRepository(
        {
          path: join(directory, `${name}.git`),
          httpUrl: `http://127.0.0.1:${port}/${name}.git`,
          sshUrl: '',
        },
        { credentials },
      ),
    access: ({ httpUrl }) => ({
      url: httpUrl,
      credential: basic(credentials.password),
      allowFile: false,
    }),
    server: {
      refused: [
        { title: 'a wrong password', access: { credential: basic('wrong') }, code: 'source/auth' },
        { title: 'no password', access: { credential: null }, code: 'source/auth' },
        {
          title: 'an unknown repository',
          access: { url: `http://127.0.0.1:${port}/nothing.git` },
          code: 'source/not-found',
        },
      ],
      ...daemon.controls(),
    },
    async close() {
      await daemon.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Repositories behind sshd, for the user that runs the test. */
export async function serveSsh(): Promise<GitService> {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-ssh-'));
  const port = await freePort();
  const client = await generateKeyPair(join(directory, 'client'), 'client');
  const stranger = await generateKeyPair(join(directory, 'stranger'), 'stranger');
  const hostKey = await generateKeyPair(join(directory, 'host'), 'host');
  const daemon = new LoopbackDaemon(port, '/usr/sbin/sshd', [
    '-D',
    '-e',
    '-f',
    sshdConfiguration(directory, port, client.publicKey),
  ]);
  await daemon.start();
  const credential = (privateKey: string, pinned: string): SourceCredential => ({
    kind: 'ssh',
    privateKey: new Sealed(privateKey),
    hostKeys: [pinned],
  });
  const url = (path: string) => `ssh://${userInfo().username}@127.0.0.1:${port}${path}`;
  return {
    create: (name) => {
      const path = join(directory, `${name}.git`);
      return createRepository({ path, httpUrl: '', sshUrl: url(path) }, {});
    },
    access: ({ sshUrl }) => ({
      url: sshUrl,
      credential: credential(client.privateKey, hostKey.publicKey),
      allowFile: false,
    }),
    server: {
      refused: [
        {
          title: 'a key that is not authorized',
          access: { credential: credential(stranger.privateKey, hostKey.publicKey) },
          code: 'source/auth',
        },
        {
          title: 'another pinned host key',
          access: { credential: credential(client.privateKey, stranger.publicKey) },
          code: 'source/host-key',
        },
        { title: 'no key at all', access: { credential: null }, code: 'source/auth' },
        {
          title: 'an unknown repository',
          access: { url: url(join(directory, 'nothing.git')) },
          code: 'source/not-found',
        },
      ],
      ...daemon.controls(),
    },
    async close() {
      await daemon.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function sshdConfiguration(directory: string, port: number, authorizedKey: string): string {
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  writeFileSync(join(directory, 'authorized_keys'), `${authorizedKey}\n`, { mode: 0o600 });
  const path = join(directory, 'sshd_config');
  const lines = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${join(directory, 'host')}`,
    `AuthorizedKeysFile ${join(directory, 'authorized_keys')}`,
    'PidFile none',
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
    'StrictModes no',
    'UseDNS no',
    'MaxStartups 100',
  ];
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** A program that listens on a port of this machine. */
class LoopbackDaemon {
  readonly #port: number;
  readonly #command: string;
  readonly #args: readonly string[];
  #child: ChildProcess | null = null;

  constructor(port: number, command: string, args: readonly string[]) {
    this.#port = port;
    this.#command = command;
    this.#args = args;
  }

  async start(): Promise<void> {
    this.#child = spawn(this.#command, this.#args, { stdio: 'ignore' });
    await eventually(`${this.#command} on port ${this.#port}`, { deadlineMs: 10_000 }, () =>
      listens(this.#port),
    );
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined) return;
    this.#child = null;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    for (const pid of processTree(child.pid)) signal(pid, 'SIGKILL');
    await ended;
  }

  controls() {
    return {
      start: () => this.start(),
      stop: () => this.stop(),
      freeze: () => this.#send('SIGSTOP'),
      thaw: () => this.#send('SIGCONT'),
    };
  }

  #send(name: NodeJS.Signals): void {
    if (this.#child?.pid !== undefined) signal(this.#child.pid, name);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
