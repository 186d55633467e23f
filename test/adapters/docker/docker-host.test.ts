// A host whose engine misbehaves: it answers nothing, half, nonsense, or goes away. Each ends in one problem
// of the catalogue and within the time that was given. The engine is a few lines of HTTP on a local socket.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system.ts';
import { createDockerHost } from '../../../src/adapters/docker/docker-host.ts';
import { type Problem, toProblem } from '../../../src/kernel/errors.ts';
import { HostId } from '../../../src/kernel/ids.ts';
import type { Host } from '../../../src/ports/host.ts';

const VERSION = { Version: '28.1.0', ApiVersion: '1.49', MinAPIVersion: '1.24', Os: 'linux', Arch: 'arm64' };
const INFO = { ID: 'engine', NCPU: 4, MemTotal: 8e9, SystemTime: '2026-11-21T00:00:00Z' };

type Answer = (response: ServerResponse) => void;
const json =
  (body: unknown, status = 200): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

let directory: string;
let engine: Server;
let host: Host;
/** By path without version and query; what is not here answers 500. */
let answers: Record<string, Answer>;
let asked: string[];
const sockets = new Set<Socket>();

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-engine-'));
  answers = { '/version': json(VERSION), '/info': json(INFO) };
  asked = [];
  engine = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(`${request.method} ${path}`);
    const answer = answers[path.replace(/^\/v[\d.]+/, '').replace(/\?.*$/, '')];
    (answer ?? json({ message: 'not made for this' }, 500))(response);
  });
  engine.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const socketPath = join(directory, 'engine.sock');
  engine.listen(socketPath);
  await once(engine, 'listening');
  const address = { scheme: 'unix', socketPath } as const;
  host = createDockerHost({
    id: HostId.parse('h1'),
    address,
    hostKeys: [],
    credential: null,
    clock: systemClock,
  });
});
afterEach(async () => {
  await host.close();
  engine.closeAllConnections();
  engine.close();
  rmSync(directory, { recursive: true });
});

const QUICK = { deadlineMs: 2_000 };
const failure = (promise: Promise<unknown>): Promise<Problem> =>
  promise.then((value) => {
    throw new Error(`it gave ${JSON.stringify(value)}`);
  }, toProblem);

describe('connecting', () => {
  it('speaks the version that both know', async () => {
    expect(await host.connect(QUICK)).toEqual({
      id: 'engine',
      version: '28.1.0',
      apiVersion: '1.49',
      os: 'linux',
      architecture: 'arm64',
      cpus: 4,
      memoryBytes: 8e9,
      liveRestore: false,
    });
    answers['/networks'] = json([]);
    await host.listNetworks(QUICK);
    expect(asked).toEqual(['GET /version', 'GET /v1.49/info', 'GET /v1.49/networks']);
  });

  it.each([
    ['host/api-version', 'speaks too old a version', json({ ...VERSION, ApiVersion: '1.40' })],
    ['engine/failed', 'is something else', json({ hello: 'world' })],
    ['engine/failed', 'answers no JSON', (response: ServerResponse) => response.end('<html>')],
    ['engine/failed', 'refuses', json({ message: 'starting up' }, 503)],
    ['host/no-engine', 'hangs up', (response: ServerResponse) => response.destroy()],
    ['host/timeout', 'is silent', () => {}],
  ] as const)('fails with %s where the engine %s', async (code, _, answer) => {
    answers['/version'] = answer;
    const startedAt = performance.now();
    expect(await failure(host.connect({ deadlineMs: 300 }))).toMatchObject({ code });
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect(await failure(host.listNetworks(QUICK))).toMatchObject({ code: 'host/unreachable' });
  });

  it('fails where there is no engine, and works when there is one', async () => {
    engine.close();
    await once(engine, 'close');
    expect(await failure(host.connect(QUICK))).toMatchObject({ code: 'host/no-engine' });
    engine.listen(join(directory, 'engine.sock'));
    await once(engine, 'listening');
    await expect(host.connect(QUICK)).resolves.toMatchObject({ id: 'engine' });
  });

  it('is done once for several who ask at the same time', async () => {
    await Promise.all([host.connect(QUICK), host.connect(QUICK), host.connect(QUICK)]);
    expect(asked).toEqual(['GET /version', 'GET /v1.49/info']);
  });
});

describe('a call', () => {
  beforeEach(() => host.connect(QUICK));

  it('ends at its deadline, and its socket goes with it', async () => {
    answers['/networks'] = () => {};
    const before = sockets.size;
    expect(await failure(host.listNetworks({ deadlineMs: 100 }))).toMatchObject({ code: 'host/timeout' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sockets.size).toBeLessThan(before + 1);
  });

  it.each([
    [
      'in the middle of the answer',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '100' }).write('[');
        setTimeout(() => response.destroy(), 20);
      },
    ],
    ['before any answer', (response: ServerResponse) => response.destroy()],
  ])('ends at once where the engine hangs up %s', async (_, answer) => {
    answers['/networks'] = answer;
    const startedAt = performance.now();
    expect(await failure(host.listNetworks(QUICK))).toMatchObject({ code: 'host/no-engine' });
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('tells what the engine says', async () => {
    answers['/networks'] = json({ message: 'no space left on device' }, 500);
    expect(await failure(host.listNetworks(QUICK))).toEqual(
      expect.objectContaining({
        code: 'host/disk-full',
        message: 'cannot list networks: no space left on device',
      }),
    );
  });

  it('does not take an answer of another shape for an empty one', async () => {
    for (const body of [{}, null, [{ Name: 'n' }], 'none']) {
      answers['/networks'] = json(body);
      expect(await failure(host.listNetworks(QUICK))).toMatchObject({ code: 'engine/failed' });
    }
  });

  it('never reaches another endpoint by way of a name', async () => {
    answers['/containers/..%2F..%2Finfo/json'] = json({ message: 'No such container' }, 404);
    expect(await host.inspectContainer('../../info', QUICK)).toBeNull();
  });

  it('waits for its turn, and its waiting counts', async () => {
    answers['/networks'] = () => {};
    answers['/volumes'] = json({ Volumes: [] });
    const silent = Array.from({ length: 8 }, () => failure(host.listNetworks({ deadlineMs: 300 })));
    const queued = host.listVolumes(QUICK);
    expect(await failure(host.listVolumes({ deadlineMs: 50 }))).toMatchObject({ code: 'host/timeout' });
    expect(await queued).toEqual([]);
    expect((await Promise.all(silent)).map(({ code }) => code)).toEqual(Array(8).fill('host/timeout'));
  });

  it('is not held up by containers that take their time to stop', async () => {
    answers['/containers/slow/stop'] = () => {};
    answers['/networks'] = json([]);
    const stops = Array.from({ length: 20 }, () =>
      failure(host.stopContainer('slow', 30_000, { deadlineMs: 300 })),
    );
    expect(await host.listNetworks({ deadlineMs: 200 })).toEqual([]);
    expect((await Promise.all(stops)).map(({ code }) => code)).toEqual(Array(20).fill('host/timeout'));
  });

  it('is not held up by streams', async () => {
    answers['/events'] = (response) => void response.writeHead(200).flushHeaders();
    answers['/networks'] = json([]);
    const controller = new AbortController();
    const streams = Array.from({ length: 20 }, () =>
      host.events(controller.signal)[Symbol.asyncIterator]().next(),
    );
    expect(await host.listNetworks(QUICK)).toEqual([]);
    controller.abort();
    expect(await Promise.all(streams)).toEqual(Array(20).fill({ done: true, value: undefined }));
  });
});

describe('a pull', () => {
  beforeEach(() => host.connect(QUICK));
  const pull = () => host.pullImage('r.example/web:1', null, () => {}, { deadlineMs: 500 });
  const lines =
    (...messages: object[]): Answer =>
    (response) =>
      response.writeHead(200).end(messages.map((message) => `${JSON.stringify(message)}\r\n`).join(''));

  it.each([
    ['image/auth', 'unauthorized: authentication required'],
    ['image/not-found', 'manifest unknown'],
    ['image/registry', 'toomanyrequests: slow down'],
    ['host/disk-full', 'failed to register layer: no space left on device'],
  ])('fails with %s by a message in its stream', async (code, error) => {
    answers['/images/create'] = lines(
      { status: 'Pulling fs layer', id: 'a' },
      { errorDetail: { message: error }, error },
    );
    expect(await failure(pull())).toMatchObject({ code, message: expect.stringContaining(error) });
  });

  it('fails where its stream breaks off', async () => {
    answers['/images/create'] = (response) => {
      response.writeHead(200).write('{"status":"Pulling fs layer","id":"a"}\n');
      setTimeout(() => response.destroy(), 20);
    };
    expect(await failure(pull())).toMatchObject({ code: 'host/no-engine' });
  });

  it('fails at its deadline where its stream stands still', async () => {
    answers['/images/create'] = (response) => void response.writeHead(200).write('{}\n');
    expect(await failure(pull())).toMatchObject({ code: 'host/timeout' });
  });

  it('asks for one tag, never for all of them', async () => {
    answers['/images/create'] = lines({ status: 'done' });
    await host.pullImage('r.example/web', null, () => {}, QUICK);
    expect(asked.at(-1)).toBe('POST /v1.49/images/create?fromImage=r.example%2Fweb&tag=latest');
  });

  it('refuses what is no name of an image', async () => {
    const bad = host.pullImage('not a name', null, () => {}, QUICK);
    expect(await failure(bad)).toMatchObject({ code: 'image/reference' });
  });
});

describe('filling a volume', () => {
  it.each([
    ['/containers/create', 100, 30_000],
    ['/containers/made/archive', 30_000, 100],
    ['/containers/made', 100, 30_000],
  ])('ends at the deadline of its step where nothing answers %s', async (path, deadlineMs, uploadMs) => {
    await host.connect(QUICK);
    answers['/containers/create'] = json({ Id: 'made' }, 201);
    answers['/containers/made/archive'] = json({});
    answers[path] = () => {};
    const filling = host.fillVolume('config', 'r.example/web:1', {}, [], {
      deadlineMs,
      uploadMs,
      mayGoOn: () => true,
    });
    expect(await failure(filling)).toMatchObject({ code: 'host/timeout' });
    expect(asked.at(-1)).toBe('GET /v1.49/containers/config.fill/json');
  });
});

describe('events', () => {
  beforeEach(() => host.connect(QUICK));
  const event = (id: string, ms: number) => ({
    Type: 'container',
    Action: 'start',
    Actor: { ID: id, Attributes: {} },
    timeNano: ms * 1e6,
  });

  it('go on where the last stream ended, and skip lines that are not understood', async () => {
    answers['/events'] = (response) => {
      const text = [JSON.stringify(event('c1', 1795220168088)), 'garbage', '{"Type":"container"}', ''].join(
        '\n',
      );
      response.writeHead(200).end(text);
    };
    const seen: string[] = [];
    for (let streams = 0; streams < 2; streams++) {
      for await (const { object } of host.events(new AbortController().signal)) seen.push(object);
    }
    expect(seen).toEqual(['c1', 'c1']);
    const since = asked
      .filter((line) => line.includes('/events'))
      .map((line) => /since=([\d.]+)/.exec(line)?.[1]);
    expect(since).toEqual(['1795219200.000', '1795220168.088']);
  });

  it('end with an error where the stream breaks', async () => {
    answers['/events'] = (response) => {
      response.writeHead(200).write(`${JSON.stringify(event('c1', 1))}\n`);
      setTimeout(() => response.destroy(), 20);
    };
    const iterator = host.events(new AbortController().signal)[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ object: 'c1' });
    expect(await failure(iterator.next())).toMatchObject({ code: 'host/no-engine' });
  });
});
