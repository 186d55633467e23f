// What Routes lead to, and what stands in the way. As long as no version serves them, everything here is tried below
// the place where they are refused; that place is tried last.

import { describe, expect, it } from 'vitest';
import { collect } from '../../src/desired/collect.ts';
import { resolveNamespaces } from '../../src/desired/namespaces.ts';
import { resolveRoutes } from '../../src/desired/routes.ts';
import { manifest } from '../manifest/reading.ts';
import { type Files, messageOf, named, namespace, problemsOf, source } from './resolving.ts';

/** Services that routes lead to. */
const PROVIDERS: Files = {
  'n.yaml': namespace('shop', 'level: baseline'),
  'api.yaml': named('api', 'serves: [8080/http, 5432/tcp]'),
  'two.yaml': named('two', 'serves: [80/http, 81/http]'),
  'db.yaml': named('db', 'serves: [5432/tcp]'),
  'mute.yaml': named('mute', 'replicas: 1'),
  'cart.yaml': named('cart, namespace: shop', 'serves: [8080/http]\nallowFrom: [default]'),
  'own.yaml': named('own, namespace: shop', 'serves: [80/http]'),
  'one.yaml': named('one, namespace: shop', 'serves: [80/http]\nallowFrom: [default/web]'),
};

const route = (keys: string, name = 'r'): string => manifest('Route', name, keys);
const to = (target: string): Files => ({ 'r.yaml': route(`rules: [{ to: ${target} }]`) });

function resolved(...files: readonly Files[]) {
  const sources = files.map((each, at) =>
    source(at === 0 ? { ...PROVIDERS, ...each } : each, { id: `s${at}` }),
  );
  const collected = collect(sources);
  return resolveRoutes(
    collected.routes,
    collected.services,
    resolveNamespaces(collected.namespaces, sources),
  );
}

const rulesOf = (files: Files) => {
  const { routes, faults } = resolved(files);
  if (faults.length > 0) throw new Error(faults.map(({ problem }) => problem.message).join('\n'));
  return routes.flatMap(({ rules }) => rules);
};

/** `r.yaml:5:17 manifest/reference: … → …` for each fault. */
const faultsOf = (...files: readonly Files[]): readonly string[] =>
  resolved(...files).faults.map(({ problem: { span, code, message, hint } }) =>
    [`${span?.file}:${span?.line}:${span?.column} ${code}`, `${message} → ${hint}`].join(': '),
  );

describe('a rule', () => {
  it.each([
    ['api', 'default/api', 8080],
    ['default/api', 'default/api', 8080],
    ['{ service: api, port: 8080 }', 'default/api', 8080],
    ['{ service: two, port: 81 }', 'default/two', 81],
    ['shop/cart', 'shop/cart', 8080],
  ])('to: %s', (target, service, port) => {
    expect(rulesOf(to(target))).toMatchObject([{ action: { kind: 'service', service, port } }]);
  });

  it('has every default', () => {
    expect(rulesOf(to('api'))).toEqual([
      {
        match: { hosts: [], path: { kind: 'prefix', path: '' }, methods: [], headers: [] },
        action: { kind: 'service', service: 'default/api', port: 8080, rewrite: null, timeoutMs: null },
        limits: { maxBodyBytes: null, rate: null, allow: [] },
      },
    ]);
  });

  it('has what is written', () => {
    const keys = [
      'hosts: [a.com]',
      'rules:',
      '  - path: /api',
      '    methods: [GET]',
      '    headers: [{ name: x-version, exact: "2" }]',
      '    to: api',
      '    rewrite: { prefix: /v2/ }',
      '    timeout: 30s',
      '    maxBody: 1k',
      '    rateLimit: { requests: 5, per: 1m }',
      '    allow: [10.0.0.0/8]',
      '  - exact: /old',
      '    redirect: { to: "https://b.com" }',
    ];
    expect(rulesOf({ 'r.yaml': route(keys.join('\n')) })).toEqual([
      {
        match: {
          hosts: ['a.com'],
          path: { kind: 'prefix', path: '/api' },
          methods: ['GET'],
          headers: [{ name: 'x-version', value: '2' }],
        },
        action: { kind: 'service', service: 'default/api', port: 8080, rewrite: '/v2', timeoutMs: 30_000 },
        limits: { maxBodyBytes: 1_024, rate: { requests: 5, perMs: 60_000 }, allow: ['10.0.0.0/8'] },
      },
      {
        match: { hosts: ['a.com'], path: { kind: 'exact', path: '/old' }, methods: [], headers: [] },
        action: { kind: 'redirect', to: 'https://b.com', status: 302, isPathKept: true },
        limits: { maxBodyBytes: null, rate: null, allow: [] },
      },
    ]);
  });
});

describe('a rule leads nowhere', () => {
  const DEFINE = 'Define what is referred to, or correct the name.';
  it.each([
    [
      'apo',
      'reference',
      'the Route default/r leads to default/apo, which is not defined → Did you mean `default/api`?',
    ],
    [
      'cart',
      'reference',
      'the Route default/r leads to default/cart, which is not defined → Did you mean `shop/cart`?',
    ],
    [
      'nothing',
      'reference',
      `the Route default/r leads to default/nothing, which is not defined → ${DEFINE}`,
    ],
    ['db', 'reference', 'default/db serves nothing by HTTP → Add `serves: [PORT/http]` to it (db.yaml:6).'],
    [
      'mute',
      'reference',
      'default/mute serves nothing by HTTP → Add `serves: [PORT/http]` to it (mute.yaml:5).',
    ],
    [
      '{ service: api, port: 5432 }',
      'reference',
      'the port 5432 of default/api is `tcp` → Only `http` can be routed: correct the protocol (api.yaml:6), or choose another port.',
    ],
    [
      '{ service: api, port: 80 }',
      'reference',
      'default/api does not serve the port 80, but 8080/http → Choose one of these, or add it to `serves` of default/api (api.yaml:6).',
    ],
    [
      'two',
      'invalid-value',
      'default/two serves several ports: 80/http, 81/http → Choose one with `port`, such as `to: { service: two, port: 80 }`.',
    ],
    [
      'shop/own',
      'permission',
      'shop/own does not let routes of default lead to it → Add `allowFrom: [default]` to shop/own (own.yaml:5), which lets in every service of default as well; or move the Route to the namespace of the service.',
    ],
    [
      'shop/one',
      'permission',
      'shop/one does not let routes of default lead to it → Add `default` to `allowFrom` of shop/one (one.yaml:7), which lets in every service of default as well; or move the Route to the namespace of the service.',
    ],
  ])('to: %s', (target, code, expected) => {
    expect(faultsOf(to(target))).toEqual([`r.yaml:5:17 manifest/${code}: ${expected}`]);
  });

  it('of a namespace that nobody defines', () => {
    const text = route('rules: [{ to: shop/cart }]', 'r, namespace: shopp');
    expect(faultsOf({ 'r.yaml': text })[0]).toBe(
      'r.yaml:3:33 manifest/reference: the namespace shopp is not defined → Did you mean `shop`?',
    );
  });
});

describe('two rules', () => {
  const pair = (first: string, second: string, hosts = ['', '']): Files => ({
    'a.yaml': route(`${hosts[0]}rules: [{ ${first}, to: api }]`, 'a'),
    'b.yaml': route(
      `${hosts[1]}rules: [{ ${second}, to: two/80 }]`.replace('two/80', '{ service: two, port: 80 }'),
      'b',
    ),
  });

  it.each([
    ['path: /', 'path: /', 'every host, /'],
    ['path: /a', 'path: /a/', 'every host, /a'],
    ['exact: /a', 'exact: /a', 'every host, exactly /a'],
    ['path: /a, methods: [GET, POST]', 'path: /a, methods: [PUT, POST]', 'every host, /a, POST'],
    [
      'path: /a, headers: [{ name: x, exact: "1" }, { name: y, exact: "2" }]',
      'path: /a, headers: [{ name: Y, exact: "2" }, { name: X, exact: "1" }]',
      'every host, /a, the header y, the header x',
    ],
  ])('{ %s } and { %s } are in conflict', (first, second, what) => {
    expect(faultsOf(pair(first, second))).toEqual([
      `b.yaml:5:11 manifest/duplicate: two rules have the same requests (${what}): one of the Route default/a (a.yaml:5) and one of the Route default/b (b.yaml:5) → Remove one of the two, or let one ask for more: another host, path, method or header.`,
    ]);
  });

  it.each([
    ['path: /a', 'path: /b'],
    ['path: /a', 'exact: /a'],
    ['path: /a', 'path: /a, methods: [GET]'],
    ['path: /a, methods: [GET]', 'path: /a, methods: [POST]'],
    ['path: /a', 'path: /a, headers: [{ name: x, exact: "1" }]'],
    ['path: /a, headers: [{ name: x, exact: "1" }]', 'path: /a, headers: [{ name: x, exact: "2" }]'],
  ])('{ %s } and { %s } are none', (first, second) => {
    expect(faultsOf(pair(first, second))).toEqual([]);
  });

  it.each([
    [['hosts: [a.com, b.com]\n', 'hosts: [b.com, c.com]\n'], 1],
    [['hosts: [a.com]\n', 'hosts: [b.com]\n'], 0],
    [['hosts: [a.com]\n', 'hosts: ["*.com"]\n'], 0],
    [['hosts: [a.com]\n', ''], 0],
  ])('for the hosts %j are in %d conflicts', (hosts, count) => {
    expect(faultsOf(pair('path: /', 'path: /', hosts))).toHaveLength(count);
  });

  it('of one route are in conflict, too', () => {
    const rules = 'rules: [{ path: /a, to: api }, { path: /a, redirect: { to: "https://a" } }]';
    expect(faultsOf({ 'r.yaml': route(rules) })).toEqual([expect.stringContaining('r.yaml:5:34')]);
  });

  it('of two sources are in conflict, and either can remove it', () => {
    const { faults } = resolved(to('api'), {
      'z.yaml': route('rules: [{ redirect: { to: "https://a" } }]', 'z'),
    });
    expect(faults).toMatchObject([{ sources: ['s0', 's1'], problem: { code: 'source/conflict' } }]);
  });
});

describe('as long as no version serves routes', () => {
  it('a commit with one is refused', () => {
    expect(problemsOf(source({ ...PROVIDERS, ...to('api') }))).toEqual(['r.yaml:2:7 manifest/unsupported']);
    expect(messageOf(source({ ...PROVIDERS, ...to('api') }))).toContain(
      'Route default/r: routes are not served by this version yet',
    );
  });

  it('a Host that should let clients in is refused', () => {
    const host = (ingress: string): Files => ({
      'h.yaml': manifest('Host', 'h1', `address: unix:///s\ningress: ${ingress}`),
    });
    expect(problemsOf(source(host('true')))).toEqual(['h.yaml:6:12 manifest/unsupported']);
    expect(problemsOf(source(host('false')))).toEqual([]);
  });
});
