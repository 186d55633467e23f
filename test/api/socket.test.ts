// The controller's socket: for its owner alone, and never taken away from a controller that lives.

import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApi } from '../../src/api/server.ts';
import { listenOnSocket } from '../../src/api/socket.ts';
import { PlimsollError } from '../../src/kernel/errors.ts';
import { ControllerId } from '../../src/kernel/ids.ts';
import { Sealed } from '../../src/kernel/sealed.ts';
import { startApiHarness } from './harness.ts';

let directory: string;
let open: Server[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-socket-'));
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((server) => new Promise((resolve) => server.close(resolve))));
  rmSync(directory, { recursive: true, force: true });
});

/** Listens with a plain server; the code of the problem where it is refused. */
async function listen(socketPath: string): Promise<string> {
  const server = createServer((socket) => socket.end());
  try {
    await listenOnSocket(
      socketPath,
      (path) =>
        new Promise<void>((resolve, reject) => {
          server.once('error', reject);
          server.listen(path, resolve);
        }),
    );
    open.push(server);
    return 'listens';
  } catch (error) {
    return error instanceof PlimsollError ? error.problem.code : String(error);
  }
}

/** A socket file behind which nobody listens any more, as a killed controller leaves it. */
async function leaveStaleSocket(socketPath: string): Promise<void> {
  const child = createServer();
  await new Promise<void>((resolve) => child.listen(`${socketPath}.live`, resolve));
  linkSync(`${socketPath}.live`, socketPath);
  await new Promise((resolve) => child.close(resolve));
}

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('the socket', () => {
  it('is for its owner alone, as is the directory that is made for it', async () => {
    const path = join(directory, 'run', 'api.sock');
    expect(await listen(path)).toBe('listens');
    expect(modeOf(path)).toBe('600');
    expect(modeOf(join(directory, 'run'))).toBe('700');
    expect(statSync(path).isSocket()).toBe(true);
  });

  it('takes the place of one that nobody answers on', async () => {
    const path = join(directory, 'api.sock');
    await leaveStaleSocket(path);
    expect(await listen(path)).toBe('listens');
  });

  it('is not taken from somebody who answers', async () => {
    const path = join(directory, 'api.sock');
    expect(await listen(path)).toBe('listens');
    expect(await listen(path)).toBe('api/in-use');
  });

  it('never replaces a file that is no socket', async () => {
    const path = join(directory, 'api.sock');
    writeFileSync(path, 'important');
    expect(await listen(path)).toBe('api/cannot-listen');
    expect(readFileSync(path, 'utf8')).toBe('important');
  });

  it('is refused where the path is too long for one', async () => {
    expect(await listen(join(directory, 'x'.repeat(120)))).toBe('api/cannot-listen');
  });

  it('is refused where the directory cannot be made', async () => {
    writeFileSync(join(directory, 'file'), '');
    expect(await listen(join(directory, 'file', 'api.sock'))).toBe('api/cannot-listen');
  });

  it('leaves nothing else behind', async () => {
    const run = join(directory, 'run');
    mkdirSync(run);
    await listen(join(run, 'api.sock'));
    expect(readdirSync(run)).toEqual(['api.sock']);
  });
});

describe('an API whose TCP address is taken', () => {
  it('does not start, and leaves no socket', async () => {
    const other = createServer();
    open.push(other);
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const bound = other.address();
    const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
    await using harness = await startApiHarness({});
    const api = await startApi({
      controller: harness.controller,
      controllerId: ControllerId.parse('test'),
      version: '0',
      sources: [],
      listen: {
        socketPath: join(directory, 'api.sock'),
        http: { address: '127.0.0.1', port, syncToken: new Sealed('a-token-of-the-test') },
      },
      askHost: async () => Promise.reject(new Error('nobody asks')),
    });
    expect(api).toMatchObject({ ok: false, error: { code: 'api/cannot-listen' } });
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('an API that ends', () => {
  it('leaves the socket of the one that has taken its place', async () => {
    await using harness = await startApiHarness({});
    rmSync(harness.socketPath);
    expect(await listen(harness.socketPath)).toBe('listens');
    await harness.stop();
    expect(existsSync(harness.socketPath)).toBe(true);
  });

  it('removes its socket', async () => {
    await using harness = await startApiHarness({});
    expect(existsSync(harness.socketPath)).toBe(true);
    await harness.stop();
    expect(existsSync(harness.socketPath)).toBe(false);
  });
});
