// Who may what: every route with every set of permissions, and the address that is open to the network.

import { request } from 'node:http';
import { connect as connectTcp, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENDPOINTS, PERMISSIONS, type Permission, STREAMS } from '../../src/api/contract/endpoints.ts';
import { EventFeed } from '../../src/api/event-feed.ts';
import { createHandlers } from '../../src/api/handlers.ts';
import { createListener, MAX_BODY_BYTES } from '../../src/api/listener.ts';
import { registerEndpoints } from '../../src/api/register.ts';
import { registerStreams } from '../../src/api/register-streams.ts';
import { createSyncListener } from '../../src/api/sync-listener.ts';
import { Sealed } from '../../src/kernel/sealed.ts';
import { type ApiHarness, SOURCE, service, startApiHarness } from './harness.ts';

const TOKEN = 'a-token-of-the-test-0123456789';
let harness: ApiHarness;

beforeAll(async () => {
  harness = await startApiHarness(
    { 'web.yaml': service('web') },
    { http: { address: '127.0.0.1', port: 0, syncToken: new Sealed(TOKEN) } },
  );
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
});

const onBug = (): void => {};
const ROUTES = [
  ...Object.entries(ENDPOINTS),
  ...Object.entries(STREAMS).filter(([name]) => name !== 'exec'),
].map(([name, { method, path, permission }]) => ({ name, method, path, permission }));

/** The listener of the socket, for a sender with these permissions. */
function listenerFor(granted: readonly Permission[]) {
  const { controller } = harness;
  const feed = new EventFeed(controller.events, 0);
  const app = createListener({ grants: () => new Set(granted), onBug });
  const askHost = async (): Promise<never> => Promise.reject(new Error('nobody asks'));
  const sources = [{ id: SOURCE, url: '/srv/git/fleet.git' }];
  registerEndpoints(
    app,
    createHandlers({ controller, controllerId: 'x', version: 'x', sources, askHost, feed }),
  );
  registerStreams(app, controller, feed, AbortSignal.abort());
  return app;
}

const place = (path: string): string => path.replace(':namespace', 'default').replace(':name', 'web');

describe('a route that declares no permission', () => {
  it('keeps the server from starting', () => {
    const app = createListener({ grants: () => new Set(PERMISSIONS), onBug });
    expect(() => app.get('/forgotten', async () => 'secret')).toThrow(
      'route GET /forgotten declares no permission',
    );
  });
});

describe.each(PERMISSIONS)('a sender that has every permission but %s', (missing) => {
  const granted = PERMISSIONS.filter((permission) => permission !== missing);
  const closed = ROUTES.filter((route) => route.permission === missing);
  const open = ROUTES.filter((route) => route.permission !== missing);

  it.each(closed)('is refused $method $path', async ({ method, path }) => {
    await using app = listenerFor(granted);
    const answer = await app.inject({ method, url: place(path) });
    expect(answer.statusCode).toBe(403);
    expect(answer.json().problem.code).toBe('command/forbidden');
  });

  it.each(open)('is not refused $method $path', async ({ method, path }) => {
    await using app = listenerFor(granted);
    const answer = await app.inject({
      method,
      url: place(path),
      ...(method === 'POST' ? { payload: {} } : {}),
    });
    expect([401, 403]).not.toContain(answer.statusCode);
  });
});

async function post(path: string, headers: Record<string, string>, body?: string) {
  const { address, port } = harness.api.http ?? { address: '', port: 0 };
  const answer = await fetch(`http://${address}:${port}${path}`, {
    method: 'POST',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, body: await answer.json() };
}

/** Sends chunks until the connection ends; what was answered. */
function sendEndlessBody(server: Server): Promise<string> {
  const bound = server.address();
  const port = bound !== null && typeof bound === 'object' ? bound.port : 0;
  const chunk = `${(16 * 1024).toString(16)}\r\n${'x'.repeat(16 * 1024)}\r\n`;
  const head = [
    'POST /sync HTTP/1.1',
    'host: x',
    `authorization: Bearer ${TOKEN}`,
    'content-type: application/json',
    'transfer-encoding: chunked',
    '',
    '',
  ];
  return new Promise((resolve) => {
    let answer = '';
    const socket = connectTcp(port, '127.0.0.1');
    const send = (): void => {
      if (!socket.destroyed && socket.write(chunk)) setImmediate(send);
    };
    socket.on('drain', send);
    socket.on('data', (data) => {
      answer += data;
    });
    // The server ends the connection while we write.
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
    socket.write(head.join('\r\n'), send);
  });
}

describe('the TCP address', () => {
  const right = { authorization: `Bearer ${TOKEN}` };

  it.each<[string, Record<string, string>]>([
    ['no token', {}],
    ['an empty token', { authorization: 'Bearer ' }],
    ['a wrong token of the same length', { authorization: `Bearer ${'x'.repeat(TOKEN.length)}` }],
    ['the beginning of the token', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
    ['the token as a password', { authorization: `Basic ${Buffer.from(`x:${TOKEN}`).toString('base64')}` }],
  ])('refuses a sync with %s', async (_, headers) => {
    const answer = await post('/sync', headers);
    expect(answer).toMatchObject({ status: 401, body: { problem: { code: 'command/unauthorized' } } });
  });

  it('takes a sync with the token, and answers before the work', async () => {
    expect(await post('/sync', right)).toEqual({ status: 202, body: { sources: ['main'] } });
    expect(await post('/sync', right, '{"source":"main"}')).toMatchObject({ status: 202 });
  });

  it('answers that it is there, to anybody', async () => {
    const { address, port } = harness.api.http ?? { address: '', port: 0 };
    expect(await (await fetch(`http://${address}:${port}/healthz`)).json()).toEqual({ ok: true });
  });

  it.each(ROUTES.map((route) => place(route.path)))('serves no %s', async (path) => {
    expect((await post(path, right)).status).toBe(404);
  });

  it.each([
    ['cut off', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a number', '1'],
    ['a text', '"text"'],
    ['a source that is a number', '{"source": 7}'],
    ['a source that is no name', '{"source": "No Such"}'],
    ['an unknown source', '{"source": "other"}'],
    ['the event of a forge', '{"ref": "refs/heads/main", "repository": {"url": "https://elsewhere"}}'],
    ['a polluted prototype', '{"__proto__": {"source": "main"}}'],
    ['a polluted constructor', '{"constructor": {"prototype": {}}}'],
    ['5,000 nested lists', `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`],
  ])('answers 4xx to a body that is %s [CVE-2025-59538]', async (_, body) => {
    const { status } = await post('/sync', right, body);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });

  it('refuses a body that is no JSON', async () => {
    expect((await post('/sync', { ...right, 'content-type': 'text/plain' }, 'source=main')).status).toBe(415);
  });

  it('reads at most 1 MiB and 64 KiB of an endless body [CVE-2024-40634, CVE-2026-42294]', async () => {
    const { controller } = harness;
    await using app = createSyncListener({ controller, sources: [], token: new Sealed(TOKEN), onBug });
    const accepted: Socket[] = [];
    app.server.on('connection', (socket) => accepted.push(socket));
    await app.listen({ host: '127.0.0.1', port: 0 });
    const answer = await sendEndlessBody(app.server);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    const read = accepted.map((socket) => socket.bytesRead);
    expect(read).toHaveLength(1);
    expect(read[0]).toBeGreaterThan(MAX_BODY_BYTES);
    expect(read[0]).toBeLessThanOrEqual(MAX_BODY_BYTES + 64 * 1024);
  });

  it('refuses a body that says that it is too large before it reads it', async () => {
    const { address, port } = harness.api.http ?? { address: '', port: 0 };
    const status = await new Promise((resolve) => {
      const asked = request({
        host: address,
        port,
        method: 'POST',
        path: '/sync',
        headers: {
          authorization: `Bearer ${TOKEN}`,
          'content-type': 'application/json',
          'content-length': 5 * 1024 ** 3,
        },
      });
      asked.on('response', (response) => resolve(response.statusCode));
      asked.on('error', () => {});
      asked.flushHeaders();
    });
    expect(status).toBe(413);
  });
});
