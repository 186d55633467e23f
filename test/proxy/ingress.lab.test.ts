// Which requests of the outside get where, by a real HAProxy, and what rules say about them.

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from './client.ts';
import { MOST_CONNECTIONS } from './fleet.ts';
import { IngressStage, type Rule } from './ingress-stage.ts';
import { HTTP_PORT } from './servers.ts';
import { door } from './words.ts';

const stage = new IngressStage();
beforeAll(() => stage.start());
afterAll(() => stage[Symbol.asyncDispose]());

describe('the most specific rule counts', () => {
  const NESTED: readonly Rule[] = [
    { to: 'a' },
    { hosts: ['*.example.com'], to: 'b' },
    { hosts: ['*.shop.example.com'], path: '/api', to: 'c' },
    { hosts: ['shop.example.com'], path: '/api', to: 'd' },
    { hosts: ['shop.example.com'], path: '/api/v1', to: 'e' },
    { hosts: ['shop.example.com'], exact: '/api/v1/x', to: 'c' },
    { hosts: ['shop.example.com'], path: "/!$&'()*+,=:@~_.-", to: 'e' },
  ];

  it.each([
    ['nowhere.org', '/', 'a'],
    ['nowhere.org', '/api/v1', 'a'],
    ['example.com', '/', 'a'],
    ['xexample.com', '/', 'a'],
    ['www.example.com', '/', 'b'],
    ['deep.www.example.com', '/x', 'b'],
    ['shop.example.com', '/', 'b'],
    ['shop.example.com', '/apix', 'b'],
    ['shop.example.com', '/api', 'd'],
    ['shop.example.com', '/api/', 'd'],
    ['shop.example.com', '/api/v10', 'd'],
    ['shop.example.com', '/api/v1', 'e'],
    ['shop.example.com', '/api/v1/y', 'e'],
    ['shop.example.com', '/api/v1/x', 'c'],
    ['shop.example.com', '/api/v1/x/', 'e'],
    ['shop.example.com', '/api/v1/x?q=1', 'c'],
    ['shop.example.com', "/!$&'()*+,=:@~_.-/x", 'e'],
    ['m.shop.example.com', '/api/v1', 'c'],
    ['m.shop.example.com', '/', 'b'],
  ])('for %s%s: %s', async (host, path, expected) => {
    await stage.follow(NESTED);
    expect(await stage.whoAnswers({ host, path })).toBe(expected);
  });

  const CHOSEN: readonly Rule[] = [
    { path: '/x', to: 'a' },
    { path: '/x', methods: ['POST', 'PUT'], to: 'b' },
    { path: '/x', headers: { 'x-version': '2' }, to: 'c' },
    { path: '/x', headers: { 'x-version': '2', 'x-team': "it's" }, to: 'd' },
    { path: '/x', methods: ['POST'], headers: { 'x-version': '2' }, to: 'e' },
    { path: '/only', methods: ['GET'], to: 'a' },
    { path: '/only/below', headers: { 'x-version': '2' }, to: 'b' },
  ];

  it.each<[string, string, Readonly<Record<string, string>>, string]>([
    ['GET', '/x', {}, 'a'],
    ['GET', '/x', { 'x-version': '1' }, 'a'],
    ['GET', '/x', { 'x-version': '22' }, 'a'],
    ['POST', '/x', {}, 'b'],
    ['PUT', '/x', { 'x-version': '2' }, 'b'],
    ['GET', '/x', { 'X-Version': '2' }, 'c'],
    ['GET', '/x', { 'x-version': '2', 'x-team': "it's" }, 'd'],
    ['POST', '/x', { 'x-version': '2' }, 'e'],
    ['POST', '/x', { 'x-version': '2', 'x-team': "it's" }, 'e'],
    ['GET', '/only', {}, 'a'],
    ['POST', '/only', {}, '404'],
    ['DELETE', '/only/below', {}, '404'],
    ['GET', '/only/below', {}, 'a'],
    ['DELETE', '/only/below', { 'x-version': '2' }, 'b'],
    ['GET', '/', {}, '404'],
  ])('for %s %s %j: %s', async (method, path, headers, expected) => {
    await stage.follow(CHOSEN);
    expect(await stage.whoAnswers({ method, path, headers })).toBe(expected);
  });
});

it('a connection that becomes a websocket leads to the service in both directions', async () => {
  await stage.follow([{ path: '/ws', to: 'a' }]);
  const socket = stage.connect();
  const next = async (): Promise<string> => String(await once(socket, 'data'));
  const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n${key}\r\n\r\n`,
  );
  expect(await next()).toMatch(/^HTTP\/1.1 101 /);
  socket.write('hello');
  expect(await next()).toBe('hello');
  socket.destroy();
});

describe('a rule', () => {
  const LIMITED: readonly Rule[] = [
    { exact: '/', to: 'a' },
    {
      path: '/old',
      redirect: { to: 'https://new.example.com', status: 301, isPathKept: true },
    },
    { path: '/gone', redirect: { to: 'https://new.example.com/here', status: 308, isPathKept: false } },
    { path: '/small', limits: { maxBodyBytes: 10 }, to: 'a' },
    { path: '/few', limits: { rate: { requests: 5, perMs: 2_000 } }, to: 'a' },
    { path: '/some', limits: { rate: { requests: 3, perMs: 60_000 } }, to: 'a' },
    { path: '/office', limits: { allow: [stage.fleet.subnet('h1'), '2001:db8::/32'] }, to: 'a' },
    { path: '/quick', timeoutMs: 300, to: 'a' },
    { path: '/nobody', to: 'b' },
  ];

  it('that redirects sends clients elsewhere, with their path or without', async () => {
    await stage.follow(LIMITED);
    const kept = await stage.knock({ path: '/old/a%20b?q=1' });
    expect([kept.status, kept.headers.location]).toEqual([301, 'https://new.example.com/old/a%20b?q=1']);
    const gone = await stage.knock({ path: '/gone/x?q=1' });
    expect([gone.status, gone.headers.location]).toEqual([308, 'https://new.example.com/here']);
  });

  it('with a size lets nothing larger in', async () => {
    await stage.follow(LIMITED);
    const post = (body: string, headers = {}) =>
      stage.whoAnswers({
        method: 'POST',
        path: '/small',
        body,
        headers: { 'content-length': `${body.length}`, ...headers },
      });
    expect(await post('x'.repeat(10))).toBe('a');
    expect(await post('x'.repeat(11))).toBe('413');
    expect(await stage.whoAnswers({ path: '/small' })).toBe('a');
    const chunked =
      'POST /small HTTP/1.1\r\nHost: shop.example.com\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n';
    expect(await stage.rawly(chunked)).toContain(' 411 ');
  });

  it('with a rate counts each client by itself, and lets it in again', async () => {
    await stage.follow(LIMITED);
    const many = async (from: string) => {
      const statuses = [];
      for (let n = 0; n < 8; n += 1) statuses.push(await stage.whoAnswers({ path: '/few', from }));
      return statuses;
    };
    const expected = [...Array(5).fill('a'), ...Array(3).fill('429')];
    expect(await many(stage.client)).toEqual(expected);
    expect(await stage.whoAnswers({ path: '/some' })).toBe('a');
    expect(await many(stage.otherClient)).toEqual(expected);
    await sleep(4_500);
    expect(await stage.whoAnswers({ path: '/few' })).toBe('a');
  });

  it('with a list of clients lets nobody else in', async () => {
    await stage.follow(LIMITED);
    expect(await stage.whoAnswers({ path: '/office' })).toBe('a');
    expect(await stage.whoAnswers({ path: '/office', from: stage.otherClient })).toBe('403');
    const claimed = { 'x-forwarded-for': stage.client, 'x-plimsoll-client': stage.client };
    expect(await stage.whoAnswers({ path: '/office', from: stage.otherClient, headers: claimed })).toBe(
      '403',
    );
  });

  it('with a timeout waits no longer for an answer', async () => {
    await stage.follow(LIMITED);
    const { status, tookMs } = await stage.knock({ path: '/quick/silent' });
    expect(status).toBe(504);
    expect(tookMs).toBeLessThan(1_500);
  });

  it('to a service that this host knows nothing of gets 503, and no other rule', async () => {
    const known = stage.routed(LIMITED);
    await stage.proxy.follow({ ...known, pools: known.pools.filter(({ to }) => !to.service.endsWith('/b')) });
    expect(await stage.whoAnswers({ path: '/nobody' })).toBe('503');
    expect(await stage.whoAnswers({ path: '/' })).toBe('a');
  });
});

it('connections of clients, however many, leave room for those of services', async () => {
  const { fleet, proxy, client } = stage;
  const at = { to: fleet.address('h1', 3), port: HTTP_PORT, from: client };
  const known = stage.routed([]);
  const [pool] = known.pools;
  if (pool === undefined) throw new Error('no pool');
  await proxy.follow({ ...known, doors: [door(pool.to, at.to, fleet.subnet('h1'))] });
  const sockets = Array.from({ length: MOST_CONNECTIONS + 100 }, () => stage.connect());
  for (const socket of sockets) socket.on('error', () => {});
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  expect((await ask(at)).status).toBe(200);
  for (const socket of sockets) socket.destroy();
});

it('a request that no rule is for is told so in plain words', async () => {
  await stage.follow([]);
  const { status, text, headers } = await stage.knock({});
  expect([status, text, headers['content-type']]).toEqual([
    404,
    'Not found: no route leads here.',
    'text/plain',
  ]);
});

it('rules give HAProxy nothing to warn about', async () => {
  const full = stage.routed([
    {
      hosts: ['a.example.com', '*.example.com'],
      path: '/api',
      methods: ['GET'],
      headers: { 'x-version': "it's #2 %[src]" },
      rewrite: '/v2',
      timeoutMs: 1_000,
      limits: { maxBodyBytes: 1, rate: { requests: 1, perMs: 1_000 }, allow: ['10.0.0.0/8'] },
    },
    { exact: '/x', redirect: { to: 'https://a/%41?b#c', status: 302, isPathKept: false } },
  ]);
  await expect(stage.proxy.warnings(full)).resolves.toContain('valid');
});
