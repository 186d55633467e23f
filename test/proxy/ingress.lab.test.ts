// Which requests of the outside get where, by a real HAProxy: precedence, tricks, and what rules say about requests.

import type { Agent } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceKey } from '../../src/kernel/ids.ts';
import type { Pool } from '../../src/proxy/traffic.ts';
import { type Answer, ask } from './client.ts';
import { ProxyFleet, type RunningProxy } from './fleet.ts';
import { HTTP_PORT, Mirrored, MirrorServer } from './servers.ts';
import { api, rule, serving, stable, traffic, type WrittenRule } from './words.ts';

const fleet = new ProxyFleet();
const INGRESS = { address: fleet.address('h1', 1), port: 8_000 };
const CLIENT = fleet.address('h1', 2);
const OTHER_CLIENT = fleet.address('h7', 2);
const NAMES = ['a', 'b', 'c', 'd', 'e'] as const;
type Name = (typeof NAMES)[number];

const portOf = (name: Name) => ({ service: ServiceKey.parse(`shop/${name}`), port: HTTP_PORT });
const mirrors = new Map<Name, MirrorServer>();
let h1: RunningProxy;

beforeAll(async () => {
  h1 = await fleet.proxy('h1');
  for (const [at, name] of NAMES.entries())
    mirrors.set(name, await MirrorServer.start(name, fleet.address('h1', 11 + at)));
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  for (const mirror of mirrors.values()) await mirror[Symbol.asyncDispose]();
});

const pools = (): readonly Pool[] =>
  [...mirrors].map(([name, mirror]) => ({
    ...api([stable({ local: [serving(mirror)] })]),
    to: portOf(name),
    check: { kind: 'tcp', timeoutMs: 1_000 } as const,
  }));

type Rule = Omit<WrittenRule, 'to'> & { readonly to?: Name };
const routed = (rules: readonly Rule[]) =>
  traffic('h1', {
    pools: pools(),
    ingress: { ...INGRESS, rules: rules.map(({ to = 'a', ...more }) => rule({ ...more, to: portOf(to) })) },
  });

interface Asked {
  readonly host?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly from?: string;
  readonly agent?: Agent;
}

const knock = ({ host = 'shop.example.com', headers = {}, from = CLIENT, ...more }: Asked): Promise<Answer> =>
  ask({ to: INGRESS.address, port: INGRESS.port, from, headers: { host, ...headers }, ...more });

/** The replica's name, or the status where none has answered. */
async function whoAnswers(asked: Asked): Promise<string> {
  const { status, text } = await knock(asked);
  return status === 200 && text.startsWith('{') ? Mirrored.parse(JSON.parse(text)).name : String(status);
}

/** What the replica has got. */
async function seen(asked: Asked) {
  const { text } = await knock(asked);
  return Mirrored.parse(JSON.parse(text));
}

/** The first line of the answer to a request that no library would send. */
function rawly(text: string): Promise<string> {
  const socket = connect({ host: INGRESS.address, port: INGRESS.port, localAddress: CLIENT });
  socket.setTimeout(3_000, () => socket.destroy());
  socket.write(text);
  return new Promise((resolve) => {
    socket.on('error', () => {});
    socket.on('close', () => resolve('closed'));
    socket.once('data', (data) => {
      resolve(data.toString().split('\r\n')[0] ?? '');
      socket.destroy();
    });
  });
}

describe('the most specific rule counts', () => {
  const NESTED: readonly Rule[] = [
    { to: 'a' },
    { hosts: ['*.example.com'], to: 'b' },
    { hosts: ['*.shop.example.com'], path: '/api', to: 'c' },
    { hosts: ['shop.example.com'], path: '/api', to: 'd' },
    { hosts: ['shop.example.com'], path: '/api/v1', to: 'e' },
    { hosts: ['shop.example.com'], exact: '/api/v1/x', to: 'c' },
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
    ['m.shop.example.com', '/api/v1', 'c'],
    ['m.shop.example.com', '/', 'b'],
  ])('for %s%s: %s', async (host, path, expected) => {
    await followOnce(NESTED);
    expect(await whoAnswers({ host, path })).toBe(expected);
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
    await followOnce(CHOSEN);
    expect(await whoAnswers({ method, path, headers })).toBe(expected);
  });
});

/** Reloads only where the rules are others. */
let followed: readonly Rule[] | undefined;
async function followOnce(rules: readonly Rule[]): Promise<void> {
  if (followed === rules) return;
  followed = rules;
  await h1.follow(routed(rules));
}

describe('names and paths that are written otherwise', () => {
  /** Whatever an application may take for /admin must not get there by another rule. */
  const GUARDED: readonly Rule[] = [
    { hosts: ['shop.example.com'], to: 'a' },
    { hosts: ['shop.example.com'], path: '/admin', to: 'b', limits: { allow: ['192.0.2.1'] } },
    { hosts: ['shop.example.com'], exact: '/healthz', to: 'c' },
  ];

  it.each([
    ['SHOP.Example.COM', 'a'],
    ['shop.example.com:8000', 'a'],
    ['shop.example.com.', 'a'],
    ['Shop.example.com.:80', 'a'],
    ['shop.example.com.evil.org', '404'],
    ['evil.org', '404'],
    ['xshop.example.com', '404'],
    ['', '404'],
    ['[::1]:80', '404'],
    ['*', '400'],
    ['shop.example.com/admin', '400'],
    ['evil.org/.shop.example.com', '400'],
    ['me@shop.example.com', '400'],
    ['shop.example.com:80:80', '400'],
    ['shop.example.com, evil.org', '400'],
  ])('the host "%s" leads to %s', async (host, expected) => {
    await followOnce(GUARDED);
    expect(await whoAnswers({ host })).toBe(expected);
  });

  it.each([
    ['/admin', '403'],
    ['/admin/', '403'],
    ['/admin?x=/', '403'],
    ['/%61dmin', '403'],
    ['/%61%64%6d%69%6e/x', '403'],
    ['//admin', '403'],
    ['/%2fadmin', '403'],
    ['/admin%2fx', '403'],
    ['/admin;a=b', '403'],
    ['/admin;a=b/x', '403'],
    ['/admin%3bx', '403'],
    ['/adminx', 'a'],
    ['/ADMIN', 'a'],
    ['/.well-known/x', 'a'],
    ['/a..b/...', 'a'],
    ['/a%20b', 'a'],
    ['/%25', 'a'],
    ['/x/../admin', '400'],
    ['/./admin', '400'],
    ['/x/..', '400'],
    ['/x/%2e%2e/admin', '400'],
    ['/x/.%2E/admin', '400'],
    ['/x%2f..%2fadmin', '400'],
    ['/x/..;/admin', '400'],
    ['/x/..%3b/admin', '400'],
    ['/;x/admin', '400'],
    ['/x\\..\\admin', '400'],
    ['/%5cadmin', '400'],
    ['/admin%00', '400'],
    ['/admin%0a', '400'],
    ['/%', '400'],
    ['/%6', '400'],
    ['/%6gdmin', '400'],
    ['/healthz', 'c'],
    ['//healthz', 'c'],
    ['/health%7a', 'c'],
    ['/healthz/', 'a'],
  ])('%s is answered by %s', async (path, expected) => {
    await followOnce(GUARDED);
    expect(await whoAnswers({ path })).toBe(expected);
  });

  it.each([
    ['two hosts', 'GET /x HTTP/1.1\r\nHost: shop.example.com\r\nHost: evil.org\r\n\r\n', '400'],
    ['a URL of another host', 'GET http://evil.org/x HTTP/1.1\r\nHost: shop.example.com\r\n\r\n', '400'],
    ['a URL', 'GET http://shop.example.com/admin HTTP/1.1\r\nHost: shop.example.com\r\n\r\n', '403'],
    ['no host at all', 'GET /x HTTP/1.0\r\n\r\n', '404'],
    ['no path', 'OPTIONS * HTTP/1.1\r\nHost: shop.example.com\r\n\r\n', '400'],
    [
      'two lengths',
      'POST /x HTTP/1.1\r\nHost: shop.example.com\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
      '400',
    ],
    [
      'an unknown encoding',
      'POST /x HTTP/1.1\r\nHost: shop.example.com\r\nTransfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n',
      '400',
    ],
    ['a line folded', 'GET /x HTTP/1.1\r\nHost: shop.example.com\r\nX : y\r\n\r\n', '400'],
  ])('a request with %s gets %s', async (_, text, expected) => {
    await followOnce(GUARDED);
    expect(await rawly(text)).toMatch(new RegExp(`^HTTP/1.[01] ${expected} `));
  });

  it('a length beside an encoding does not carry a second request past the rules', async () => {
    await followOnce(GUARDED);
    const hidden = 'GET /admin HTTP/1.1\r\nHost: shop.example.com\r\n\r\n';
    const lengths = `Content-Length: ${5 + hidden.length}\r\nTransfer-Encoding: chunked`;
    await rawly(`POST /x HTTP/1.1\r\nHost: shop.example.com\r\n${lengths}\r\n\r\n0\r\n\r\n${hidden}`);
    // Whatever was passed on has been seen once the next one is answered.
    expect(await whoAnswers({ path: '/last' })).toBe('a');
    const paths = [...mirrors.values()].flatMap((mirror) => mirror.paths);
    expect(paths).toContain('/last');
    expect(paths.filter((path) => /admin$/i.test(path) && path !== '/ADMIN')).toEqual([]);
  });
});

describe('a service gets', () => {
  const RULES: readonly Rule[] = [{ to: 'a' }];

  it('the address of the client, and nothing that it says of itself', async () => {
    await followOnce(RULES);
    const { headers } = await seen({
      headers: {
        'x-forwarded-for': '192.0.2.1',
        X_Forwarded_For: '192.0.2.1',
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'evil.org',
        'x-forwarded-prefix': '/evil',
        'x-real-ip': '192.0.2.1',
        forwarded: 'for=192.0.2.1',
        'x-plimsoll-client': '192.0.2.1',
        'x-plimsoll-to': 'mesh',
        'x-other': 'kept',
      },
    });
    expect(headers).toMatchObject({
      host: 'shop.example.com',
      'x-forwarded-for': CLIENT,
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.example.com',
      'x-other': 'kept',
    });
    expect(JSON.stringify(headers)).not.toMatch(/192\.0\.2\.1|evil|plimsoll/);
  });

  it.each([
    ['/a%20b/%C3%A4?q=%2F&r=//', '/a%20b/%C3%A4?q=%2F&r=//'],
    ['/@scope%2fname', '/@scope%2fname'],
    ['//a///b', '/a/b'],
  ])('for %s the path %s', async (path, expected) => {
    await followOnce(RULES);
    expect((await seen({ path })).path).toBe(expected);
  });

  const REWRITING: readonly Rule[] = [
    { path: '/api', rewrite: '', to: 'a' },
    { path: '/one/two', rewrite: '/v2', to: 'b' },
    { hosts: ['all.example.com'], rewrite: '/app', to: 'c' },
  ];

  it.each([
    ['shop.example.com', '/api', '/'],
    ['shop.example.com', '/api/', '/'],
    ['shop.example.com', '/api?x=/api', '/?x=/api'],
    ['shop.example.com', '/api/cart', '/cart'],
    ['shop.example.com', '/api/cart/', '/cart/'],
    ['shop.example.com', '/api/api/%2520', '/api/%2520'],
    ['shop.example.com', '/%61pi//cart', '/cart'],
    ['shop.example.com', '/api;v=1/cart', '/cart'],
    ['shop.example.com', '/one/two', '/v2'],
    ['shop.example.com', '/one/two/', '/v2/'],
    ['shop.example.com', '/one/two/three?q', '/v2/three?q'],
    ['all.example.com', '/', '/app/'],
    ['all.example.com', '/x/y', '/app/x/y'],
  ])('of a rule that rewrites, for %s%s the path %s', async (host, path, expected) => {
    await followOnce(REWRITING);
    expect((await seen({ host, path })).path).toBe(expected);
  });

  it('of a rule that rewrites nothing where the path hides a slash', async () => {
    await followOnce(REWRITING);
    expect(await whoAnswers({ path: '/one%2ftwo/three' })).toBe('400');
  });
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
    { path: '/office', limits: { allow: [fleet.subnet('h1'), '2001:db8::/32'] }, to: 'a' },
    { path: '/quick', timeoutMs: 300, to: 'a' },
    { path: '/nobody', to: 'b' },
  ];

  it('that redirects sends clients elsewhere, with their path or without', async () => {
    await followOnce(LIMITED);
    const kept = await knock({ path: '/old/a%20b?q=1' });
    expect([kept.status, kept.headers.location]).toEqual([301, 'https://new.example.com/old/a%20b?q=1']);
    const gone = await knock({ path: '/gone/x?q=1' });
    expect([gone.status, gone.headers.location]).toEqual([308, 'https://new.example.com/here']);
  });

  it('with a size lets nothing larger in', async () => {
    await followOnce(LIMITED);
    const post = (body: string, headers = {}) =>
      whoAnswers({
        method: 'POST',
        path: '/small',
        body,
        headers: { 'content-length': `${body.length}`, ...headers },
      });
    expect(await post('x'.repeat(10))).toBe('a');
    expect(await post('x'.repeat(11))).toBe('413');
    expect(await whoAnswers({ path: '/small' })).toBe('a');
    const chunked =
      'POST /small HTTP/1.1\r\nHost: shop.example.com\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n';
    expect(await rawly(chunked)).toContain(' 411 ');
  });

  it('with a rate counts each client by itself, and lets it in again', async () => {
    await followOnce(LIMITED);
    const many = async (from: string) => {
      const statuses = [];
      for (let n = 0; n < 8; n += 1) statuses.push(await whoAnswers({ path: '/few', from }));
      return statuses;
    };
    const expected = [...Array(5).fill('a'), ...Array(3).fill('429')];
    expect(await many(CLIENT)).toEqual(expected);
    expect(await whoAnswers({ path: '/some' })).toBe('a');
    expect(await many(OTHER_CLIENT)).toEqual(expected);
    await sleep(4_500);
    expect(await whoAnswers({ path: '/few' })).toBe('a');
  });

  it('with a list of clients lets nobody else in', async () => {
    await followOnce(LIMITED);
    expect(await whoAnswers({ path: '/office' })).toBe('a');
    expect(await whoAnswers({ path: '/office', from: OTHER_CLIENT })).toBe('403');
    const claimed = { 'x-forwarded-for': CLIENT, 'x-plimsoll-client': CLIENT };
    expect(await whoAnswers({ path: '/office', from: OTHER_CLIENT, headers: claimed })).toBe('403');
  });

  it('with a timeout waits no longer for an answer', async () => {
    await followOnce(LIMITED);
    const { status, tookMs } = await knock({ path: '/quick/silent' });
    expect(status).toBe(504);
    expect(tookMs).toBeLessThan(1_500);
  });

  it('to a service that this host knows nothing of gets 503, and no other rule', async () => {
    const known = routed(LIMITED);
    await h1.follow({ ...known, pools: known.pools.filter(({ to }) => !to.service.endsWith('/b')) });
    followed = undefined;
    expect(await whoAnswers({ path: '/nobody' })).toBe('503');
    expect(await whoAnswers({ path: '/' })).toBe('a');
  });
});

it('a request that no rule is for is told so in plain words', async () => {
  await followOnce([]);
  const { status, text, headers } = await knock({});
  expect([status, text, headers['content-type']]).toEqual([
    404,
    'Not found: no route leads here.',
    'text/plain',
  ]);
});

it('rules give HAProxy nothing to warn about', async () => {
  const full = routed([
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
  await expect(h1.warnings(full)).resolves.toContain('valid');
});
