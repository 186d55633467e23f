// Nothing of the real world gets into a simulation, whichever door it takes, and every door is open again
// afterwards.

import { execFile, execFileSync, fork, spawn, spawnSync } from 'node:child_process';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import dns, { lookup } from 'node:dns';
import { resolve4 } from 'node:dns/promises';
import fs, {
  closeSync,
  createReadStream,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import { connect, createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as timer } from 'node:timers';
import { setTimeout as wait } from 'node:timers/promises';
import tls from 'node:tls';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { setTraps } from '../../src/sim/core/traps.ts';

const NOWHERE = '/nowhere';
/** The port of no service: nothing is sent to it, or the traps have failed. */
const DISCARD = 9;

/** What was thrown by `use` while the traps were set. */
function thrownBy(use: () => unknown): string {
  const remove = setTraps();
  try {
    use();
    return 'nothing';
  } catch (error) {
    return String(error);
  } finally {
    remove();
  }
}

const FORBIDDEN: readonly [string, () => unknown][] = [
  // time
  ['Date.now', () => Date.now()],
  ['new Date()', () => new Date()],
  ['performance.now', () => performance.now()],
  ['process.hrtime', () => process.hrtime()],
  ['process.hrtime.bigint', () => process.hrtime.bigint()],
  ['process.uptime', () => process.uptime()],
  // waiting
  ['setTimeout', () => setTimeout(() => {}, 1)],
  ['setInterval', () => setInterval(() => {}, 1)],
  ['timers.setTimeout', () => timer(() => {}, 1)],
  ['timers/promises.setTimeout', () => wait(1)],
  ['AbortSignal.timeout', () => AbortSignal.timeout(1)],
  // chance
  ['Math.random', () => Math.random()],
  ['crypto.randomUUID', () => crypto.randomUUID()],
  ['crypto.randomUUID', () => randomUUID()],
  ['crypto.getRandomValues', () => crypto.getRandomValues(new Uint8Array(1))],
  ['crypto.randomBytes', () => randomBytes(1)],
  ['crypto.randomInt', () => randomInt(9)],
  // sockets
  ['fetch', () => fetch('http://127.0.0.1/')],
  ['WebSocket', () => new WebSocket('ws://127.0.0.1/')],
  ['net.connect', () => connect(DISCARD, '127.0.0.1')],
  ['net.connect', () => new Socket().connect('/nowhere.sock')],
  ['net.connect', () => tls.connect(DISCARD, '127.0.0.1')],
  ['net.connect', () => http2.connect('http://127.0.0.1:9')],
  ['net.Server.listen', () => createServer().listen(0, '127.0.0.1')],
  ['net.Server.listen', () => http.createServer().listen(0, '127.0.0.1')],
  ['http.request', () => http.request('http://127.0.0.1:9/')],
  ['http.get', () => http.get('http://127.0.0.1:9/')],
  ['https.request', () => https.request('https://127.0.0.1:9/')],
  ['dgram.Socket.send', () => createSocket('udp4').unref().send('x', DISCARD, '127.0.0.1')],
  ['dgram.Socket.bind', () => createSocket('udp4').unref().bind(0, '127.0.0.1')],
  ['dns.lookup', () => lookup('localhost', () => {})],
  ['dns.resolve4', () => dns.resolve4('localhost', () => {})],
  ['dns.promises.resolve4', () => resolve4('localhost')],
  ['dns.Resolver.resolve4', () => new dns.Resolver().resolve4('localhost', () => {})],
  // processes and threads
  ['child_process.spawn', () => spawn('true')],
  ['child_process.spawnSync', () => spawnSync('true')],
  ['child_process.execFile', () => execFile('true')],
  ['child_process.execFileSync', () => execFileSync('true')],
  ['child_process.fork', () => fork('nowhere.js')],
  ['new Worker', () => new Worker('nowhere.js')],
  // files
  ['fs.readFileSync', () => readFileSync(NOWHERE)],
  ['fs.readFile', () => fs.readFile(NOWHERE, () => {})],
  ['fs.promises.readFile', () => readFile(NOWHERE)],
  ['fs.promises.readFile', () => fs.promises.readFile(NOWHERE)],
  ['fs.promises.writeFile', () => writeFile(NOWHERE, '')],
  ['fs.promises.stat', () => stat(NOWHERE)],
  ['fs.promises.open', () => fs.promises.open(NOWHERE)],
  ['fs.openSync', () => openSync(NOWHERE, 'r')],
  ['fs.open', () => fs.open(NOWHERE, () => {})],
  ['fs.statSync', () => fs.statSync(NOWHERE)],
  ['fs.existsSync', () => fs.existsSync(NOWHERE)],
  ['fs.readdirSync', () => fs.readdirSync(NOWHERE)],
  ['fs.createReadStream', () => createReadStream(NOWHERE)],
  ['fs.watch', () => fs.watch(NOWHERE)],
];

describe('the traps', () => {
  it.each(FORBIDDEN)('catch %s', (name, use) => {
    expect(thrownBy(use)).toContain(`${name} was used inside a simulation`);
  });

  it('catch reading and writing by a file that was open before', () => {
    const directory = mkdtempSync(join(tmpdir(), 'plimsoll-traps-'));
    const file = openSync(join(directory, 'open'), 'w+');
    try {
      expect(thrownBy(() => writeSync(file, 'x'))).toContain('fs.writeSync was used');
      expect(thrownBy(() => fs.readSync(file, new Uint8Array(1)))).toContain('fs.readSync was used');
      expect(writeSync(file, 'x')).toBe(1);
    } finally {
      closeSync(file);
      rmSync(directory, { recursive: true });
    }
  });

  it('let dates be read from instants', () => {
    expect(thrownBy(() => new Date(0).toISOString())).toBe('nothing');
  });

  it('let go of everything afterwards', async () => {
    thrownBy(() => {});
    expect(Date.now()).toBeGreaterThan(0);
    expect(process.hrtime.bigint()).toBeGreaterThan(0n);
    expect(Math.random()).toBeLessThan(1);
    expect(randomBytes(4)).toHaveLength(4);
    expect(readFileSync(import.meta.filename, 'utf8')).toContain('afterwards');
    expect(await readFile(import.meta.filename, 'utf8')).toContain('afterwards');
    expect(execFileSync('echo', ['yes'], { encoding: 'utf8' })).toBe('yes\n');
    const server = createServer((socket) => socket.end('yes')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const socket = connect(address !== null && typeof address === 'object' ? address.port : 0, '127.0.0.1');
    expect(await new Promise((resolve) => socket.once('data', (data) => resolve(String(data))))).toBe('yes');
    server.close();
    await wait(1);
  });

  it('stay until the last of several worlds has ended, in whatever order they end', () => {
    const [first, second] = [setTraps(), setTraps()];
    first();
    first();
    let thrown: unknown = null;
    try {
      Math.random();
    } catch (error) {
      thrown = error;
    }
    second();
    expect(String(thrown)).toContain('Math.random was used');
    expect(Math.random()).toBeLessThan(1);
  });

  it('leave every property as it was', () => {
    const snapshot = () =>
      [globalThis, Math, performance, process, fs, fs.promises, http, dns, Socket.prototype].map((owner) =>
        Object.entries(Object.getOwnPropertyDescriptors(owner)).map(([key, { value, enumerable }]) => [
          key,
          enumerable,
          typeof value === 'function' ? value : typeof value,
        ]),
      );
    const before = snapshot();
    thrownBy(() => {});
    expect(snapshot()).toEqual(before);
  });
});

describe('in a program of its own', () => {
  const run = (lines: readonly string[], output: 'pipe' | number): string => {
    const traps = new URL('../../src/sim/core/traps.ts', import.meta.url);
    const script = [`import { setTraps } from '${traps}';`, ...lines].join('\n');
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', output, 'pipe'],
      encoding: 'utf8',
      timeout: 10_000,
    });
    expect([stderr, status]).toEqual(['', 0]);
    return stdout;
  };

  it('a name that was imported from a module is trapped as well, and works again afterwards', () => {
    const printed = run(
      [
        "import { existsSync } from 'node:fs';",
        'const remove = setTraps();',
        "try { existsSync('/'); } catch (error) { console.log(error.message); }",
        'remove();',
        "console.log(existsSync('/'));",
      ],
      'pipe',
    );
    expect(printed).toMatch(/^fs.existsSync was used inside a simulation.*\ntrue\n$/);
  });

  it('what is printed while the traps are set arrives, into a file too', () => {
    const directory = mkdtempSync(join(tmpdir(), 'plimsoll-traps-'));
    const path = join(directory, 'output');
    const output = openSync(path, 'w');
    const lines = [
      'const remove = setTraps();',
      "console.log('within');",
      'remove();',
      "console.log('after');",
    ];
    try {
      run(lines, output);
      expect(readFileSync(path, 'utf8')).toBe('within\nafter\n');
      expect(run(lines, 'pipe')).toBe('within\nafter\n');
    } finally {
      closeSync(output);
      rmSync(directory, { recursive: true });
    }
  });
});
