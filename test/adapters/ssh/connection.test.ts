// How an SSH connection opens, what it carries, and how every failure ends in one problem of the catalogue
// and within the time that was given.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  openSshConnection,
  type SshConnection,
  type SshOptions,
} from '../../../src/adapters/ssh/connection.ts';
import { scanHostKey } from '../../../src/adapters/ssh/scan.ts';
import { type Problem, toProblem } from '../../../src/kernel/errors.ts';
import { Sealed } from '../../../src/kernel/sealed.ts';
import { newKey, startSshServer, type TestSshServer } from './ssh-server.ts';

const USER_KEY = newKey();
const OTHER_KEY = newKey();
let server: TestSshServer;
let opened: SshConnection[] = [];

beforeEach(async () => {
  server = await startSshServer(USER_KEY.public);
});
afterEach(async () => {
  for (const connection of opened) connection.close();
  opened = [];
  await server[Symbol.asyncDispose]();
});

function options(change: Partial<SshOptions> = {}): SshOptions {
  return {
    target: { user: 'root', host: '127.0.0.1', port: server.port },
    hostKeys: [server.hostKey],
    credential: { kind: 'key', privateKey: new Sealed(USER_KEY.private), passphrase: null },
    deadlineMs: 5_000,
    ...change,
  };
}

async function open(change: Partial<SshOptions> = {}): Promise<SshConnection> {
  const connection = await openSshConnection(options(change));
  opened.push(connection);
  return connection;
}

const refusal = (change: Partial<SshOptions>): Promise<Problem> =>
  open(change).then(() => {
    throw new Error('the connection was opened');
  }, toProblem);

const key = (privateKey: string, passphrase: string | null = null): Partial<SshOptions> => ({
  credential: {
    kind: 'key',
    privateKey: new Sealed(privateKey),
    passphrase: passphrase === null ? null : new Sealed(passphrase),
  },
});

describe('the host key', () => {
  it('may be pinned as one of several lines and fingerprints', async () => {
    const { fingerprint } = await scanHostKey(options().target, { deadlineMs: 5_000 });
    for (const hostKeys of [[server.hostKey], [fingerprint], [OTHER_KEY.public, fingerprint]]) {
      await expect(open({ hostKeys })).resolves.toBeDefined();
    }
  });

  it('is scanned without authenticating', async () => {
    const scanned = await scanHostKey(options().target, { deadlineMs: 5_000 });
    expect(scanned).toMatchObject({ type: 'ssh-ed25519', line: server.hostKey });
    expect(server.authentications()).toBe(0);
  });

  it.each([
    ['host/key-unknown', 'nothing is pinned', []],
    ['host/key-mismatch', 'another key is pinned', [OTHER_KEY.public]],
  ] as const)('gives %s with its fingerprint where %s, and nothing is sent', async (code, _, hostKeys) => {
    const { fingerprint } = await scanHostKey(options().target, { deadlineMs: 5_000 });
    const found = await refusal({ hostKeys });
    expect(found.code).toBe(code);
    expect(found.message).toContain(fingerprint);
    expect(found.message).toContain(`root@127.0.0.1:${server.port}`);
    expect(server.authentications()).toBe(0);
  });
});

describe('authentication', () => {
  const encrypted = newKey({ passphrase: 'open sesame', cipher: 'aes256-ctr', rounds: 1 });

  it.each([
    ['a key that the host does not know', key(OTHER_KEY.private), 'does not accept'],
    ['something that is no key', key('garbage'), 'cannot be used'],
    ['an encrypted key without its passphrase', key(encrypted.private), 'cannot be used'],
    ['an encrypted key with a wrong passphrase', key(encrypted.private, 'wrong'), 'cannot be used'],
    [
      'an agent that is not there',
      { credential: { kind: 'agent', socketPath: '/nowhere' } as const },
      'agent cannot be used',
    ],
  ])('fails with %s', async (_, change, words) => {
    const found = await refusal(change);
    expect(found).toMatchObject({ code: 'host/auth', message: expect.stringContaining(words) });
    expect(JSON.stringify(found)).not.toContain('sesame');
  });

  it('opens an encrypted key with its passphrase', async () => {
    await using other = await startSshServer(encrypted.public);
    const target = { user: 'root', host: '127.0.0.1', port: other.port };
    const change = { target, hostKeys: [other.hostKey], ...key(encrypted.private, 'open sesame') };
    await expect(open(change)).resolves.toBeDefined();
  });
});

describe('a host that cannot be reached', () => {
  let silent: Server;
  let rude: Server;
  beforeAll(async () => {
    silent = createServer(() => {}).listen(0, '127.0.0.1');
    rude = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
    await Promise.all([once(silent, 'listening'), once(rude, 'listening')]);
  });
  afterAll(() => {
    silent.close();
    rude.close();
  });
  const at = (listener: Server): SshOptions['target'] => {
    const address = listener.address();
    return { user: 'root', host: '127.0.0.1', port: typeof address === 'object' ? (address?.port ?? 0) : 0 };
  };

  it('refuses', async () => {
    const found = await refusal({ target: { user: 'root', host: '127.0.0.1', port: 1 } });
    expect(found).toMatchObject({ code: 'host/unreachable', message: expect.stringContaining('refused') });
  });

  it('has no such name', async () => {
    const found = await refusal({ target: { user: 'root', host: 'host.invalid', port: 22 } });
    expect(found).toMatchObject({ code: 'host/unreachable', message: expect.stringContaining('name') });
  });

  it('accepts and says nothing: the attempt ends with its deadline', async () => {
    const startedAt = performance.now();
    const found = await refusal({ target: at(silent), deadlineMs: 300 });
    expect(found).toMatchObject({ code: 'host/unreachable', message: expect.stringContaining('300ms') });
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });

  it('speaks something else', async () => {
    const found = await refusal({ target: at(rude) });
    expect(found.code).toBe('host/unreachable');
  });

  it('is scanned in vain, within the deadline', async () => {
    const scan = scanHostKey(at(silent), { deadlineMs: 300 }).catch(toProblem);
    expect(await scan).toMatchObject({ code: 'host/unreachable' });
  });

  it('is given up when the caller asks for it', async () => {
    const attempt = refusal({ target: at(silent), signal: AbortSignal.timeout(100) });
    expect(await attempt).toMatchObject({
      code: 'host/unreachable',
      message: expect.stringContaining('given up'),
    });
  });
});

describe('what a connection carries', () => {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-ssh-'));
  const socketPath = join(directory, 'echo.sock');
  let echo: Server;
  beforeAll(async () => {
    echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(socketPath);
    await once(echo, 'listening');
  });
  afterAll(() => {
    echo.close();
    rmSync(directory, { recursive: true });
  });

  it('carries 3 MB through a unix socket on the host, in both directions and whole', async () => {
    const channel = await (await open()).openUnix(socketPath);
    const sent = 'plimsoll '.repeat(350_000);
    channel.end(sent);
    expect(await text(channel)).toBe(sent);
  });

  it('opens a hundred channels at once', async () => {
    const connection = await open();
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const channel = await connection.openUnix(socketPath);
        channel.end(`channel ${index}`);
        return text(channel);
      }),
    );
    expect(answers).toEqual(Array.from({ length: 100 }, (_, index) => `channel ${index}`));
  });

  it('refuses a socket that is not there, and stays open', async () => {
    const connection = await open();
    await expect(connection.openUnix(join(directory, 'nothing'))).rejects.toMatchObject({
      name: 'ChannelRefused',
    });
    await expect(connection.openUnix(socketPath)).resolves.toBeDefined();
  });

  it('connects from the host to a TCP address', async () => {
    const greeter = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
    await once(greeter, 'listening');
    const address = greeter.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const channel = await (await open()).openTcp('127.0.0.1', address.port);
    expect(await text(channel)).toBe('hello');
    greeter.close();
  });

  it('runs a command and tells its exit code and standard error', async () => {
    const command = await (await open()).run('exit 3 no such thing');
    command.stream.resume();
    expect(await command.ended).toEqual({ code: 3, stderr: 'no such thing' });
  });
});

describe('the end of a connection', () => {
  async function watched(): Promise<{ connection: SshConnection; losses: Problem[] }> {
    const connection = await open();
    const losses: Problem[] = [];
    connection.onLost((problem) => losses.push(problem));
    return { connection, losses };
  }
  const broken = (stream: NodeJS.ReadableStream): Promise<Problem> =>
    text(stream).then(() => {
      throw new Error('the stream ended well');
    }, toProblem);

  it('is told once, and breaks every channel', async () => {
    const { connection, losses } = await watched();
    const { stream } = await connection.run('cat');
    server.disconnectAll();
    expect(await broken(stream)).toMatchObject({ code: 'host/unreachable' });
    await sleep(50);
    expect(losses).toHaveLength(1);
    await expect(connection.run('cat')).rejects.toMatchObject({ problem: losses[0] });
  });

  it('is noticed within 4 s where the host falls silent', async () => {
    const { connection, losses } = await watched();
    const { stream } = await connection.run('cat');
    const startedAt = performance.now();
    server.freeze();
    expect(await broken(stream)).toMatchObject({
      code: 'host/unreachable',
      message: expect.stringContaining('stopped answering'),
    });
    expect(performance.now() - startedAt).toBeLessThan(4_000);
    expect(losses).toHaveLength(1);
  });

  it('is told at once to whoever asks after it', async () => {
    const { connection } = await watched();
    server.disconnectAll();
    await sleep(50);
    const late: Problem[] = [];
    connection.onLost((problem) => late.push(problem));
    expect(late).toHaveLength(1);
  });

  it('is no loss where we close it ourselves', async () => {
    const { connection, losses } = await watched();
    const { stream } = await connection.run('cat');
    connection.close();
    expect(await broken(stream)).toMatchObject({ code: 'host/unreachable' });
    await expect(connection.run('cat')).rejects.toMatchObject({ problem: { code: 'host/unreachable' } });
    expect(losses).toEqual([]);
  });
});
