// The keys of a Route: what is written and what is read, and what is refused at which place and why.

import { describe, expect, it } from 'vitest';
import { manifest, only, problemsIn, read } from './reading.ts';

const route = (keys: string): string => manifest('Route', 'shop', keys);
/** A Route with one rule of these keys; they begin at line 5, column 13. */
const rule = (keys: string): string => route(`rules: [{ ${keys} }]`);

function routeOf(text: string) {
  const document = only(text);
  if (document.kind !== 'Route') throw new Error(`expected a Route, got a ${document.kind}`);
  return document.manifest.spec;
}

/** What is said of the only problem, and what to do. */
const saidOf = (text: string): string =>
  read({ 'm.yaml': text })
    .problems.map(({ message, hint }) => `${message} → ${hint}`)
    .join('\n');

const CORRECT = 'Correct the value; `plimsoll schema` prints what is allowed.';

describe('a rule', () => {
  const api = { service: 'api', namespace: null, port: null };

  it.each([
    ['to: api', { to: api }],
    ['to: shop/api', { to: { ...api, namespace: 'shop' } }],
    ['to: { service: api, port: 8080 }', { to: { ...api, port: 8080 } }],
    ['to: api, path: /', { to: api, path: '' }],
    ['to: api, path: /api', { to: api, path: '/api' }],
    ['to: api, path: /api/', { to: api, path: '/api' }],
    ['to: api, exact: /healthz', { to: api, exact: '/healthz' }],
    ['to: api, exact: /docs/', { to: api, exact: '/docs/' }],
    ['to: api, path: "/@scope/a~b", methods: [GET, POST]', { path: '/@scope/a~b', methods: ['GET', 'POST'] }],
    ['to: api, headers: [{ name: X-Version, exact: "2" }]', { headers: [{ name: 'x-version', value: '2' }] }],
    ['to: api, path: /api, rewrite: { prefix: / }', { rewrite: { prefix: '' } }],
    ['to: api, timeout: 1500ms, maxBody: 10m', { timeout: 1_500, maxBody: 10_485_760 }],
    ['to: api, rateLimit: { requests: 100, per: 1s }', { rateLimit: { requests: 100, perMs: 1_000 } }],
    ['to: api, allow: [10.0.0.0/8, "2001:db8::/32", 192.0.2.7]', {}],
    [
      'redirect: { to: "https://a.example.com", status: 301 }',
      { redirect: { to: { url: 'https://a.example.com', isPathKept: true }, status: 301 } },
    ],
    [
      'redirect: { to: "https://a.example.com/" }',
      { redirect: { to: { url: 'https://a.example.com/', isPathKept: false } } },
    ],
  ])('{ %s }', (keys, expected) => {
    expect(routeOf(rule(keys)).rules[0]).toMatchObject(expected);
  });

  it.each([
    ['path: /', '5:11 manifest/invalid-value'],
    ['to: api, redirect: { to: "https://a" }', '5:11 manifest/invalid-value'],
    ['to: api, path: /a, exact: /a', '5:39 manifest/invalid-value'],
    ['to: api, rewrite: { prefix: / }', '5:31 manifest/invalid-value'],
    ['to: api, exact: /a, rewrite: { prefix: / }', '5:42 manifest/invalid-value'],
    ['redirect: { to: "https://a" }, timeout: 1s', '5:53 manifest/invalid-value'],
    ['redirect: { to: "https://a" }, maxBody: 1m', '5:53 manifest/invalid-value'],
    ['redirect: { to: "https://a", status: 200 }', '5:50 manifest/invalid-value'],
    ['redirect: { to: "ftp://a" }', '5:29 manifest/invalid-value'],
    ['redirect: { to: "https://a b" }', '5:29 manifest/invalid-value'],
    ['redirect: { to: "//a" }', '5:29 manifest/invalid-value'],
    ['redirect: { to: "https://a/%[src]" }', '5:29 manifest/invalid-value'],
    ['to: api/b/c', '5:17 manifest/invalid-value'],
    ['to: "api:8080"', '5:17 manifest/invalid-value'],
    ['to: { service: api, protocol: http }', '5:33 manifest/unknown-key'],
    ['to: api, methods: [get]', '5:32 manifest/invalid-value'],
    ['to: api, methods: []', '5:31 manifest/invalid-value'],
    ['to: api, methods: [GET, GET]', '5:37 manifest/duplicate'],
    ['to: api, headers: [{ name: a b, exact: x }]', '5:40 manifest/invalid-value'],
    ['to: api, headers: [{ name: Host, exact: x }]', '5:40 manifest/invalid-value'],
    ['to: api, headers: [{ name: X-Forwarded-For, exact: x }]', '5:40 manifest/invalid-value'],
    ['to: api, headers: [{ name: x-plimsoll-to, exact: x }]', '5:40 manifest/invalid-value'],
    ['to: api, headers: [{ name: a, exact: "x\\ny" }]', '5:50 manifest/invalid-value'],
    ['to: api, headers: [{ name: a, exact: x }, { name: A, exact: y }]', '5:55 manifest/duplicate'],
    ['to: api, timeout: 61s', '5:31 manifest/invalid-value'],
    ['to: api, timeout: 0s', '5:31 manifest/invalid-value'],
    ['to: api, maxBody: much', '5:31 manifest/invalid-value'],
    ['to: api, rateLimit: { requests: 0, per: 1s }', '5:45 manifest/invalid-value'],
    ['to: api, rateLimit: { requests: 1, per: 10ms }', '5:53 manifest/invalid-value'],
    ['to: api, rateLimit: { requests: 1 }', '5:33 manifest/invalid-value'],
    ['to: api, allow: []', '5:29 manifest/invalid-value'],
    ['to: api, allow: [office]', '5:30 manifest/invalid-value'],
    ['to: api, allow: [10.0.0.0/33]', '5:30 manifest/invalid-value'],
    ['to: api, priority: 1', '5:22 manifest/unknown-key'],
  ])('refused: { %s }', (keys, expected) => {
    expect(problemsIn(rule(keys))).toEqual([`m.yaml:${expected}`]);
  });

  it.each([
    'api',
    '/a//b',
    '/a/../b',
    '/./a',
    '/a?b=c',
    '/a#b',
    '/a;b',
    '/%61',
    '/a b',
    '/a\\\\b',
    '/ä',
    '/a\\"b',
    '/a\\n  use_backend x',
  ])('"%s" is no path', (path) => {
    expect(problemsIn(rule(`to: api, path: "${path}"`))).toEqual(['m.yaml:5:28 manifest/path']);
    expect(problemsIn(rule(`to: api, exact: "${path}"`))).toEqual(['m.yaml:5:29 manifest/path']);
  });
});

describe('hosts', () => {
  it('are read in lower case', () => {
    const { hosts } = routeOf(route('hosts: [Shop.Example.COM, "*.shop.example.com"]\nrules: [{ to: api }]'));
    expect(hosts).toEqual(['shop.example.com', '*.shop.example.com']);
  });

  it.each([
    ['[]', '5:10 manifest/invalid-value'],
    ['[shop.example.com, SHOP.example.com]', '5:29 manifest/duplicate'],
    ['["*"]', '5:11 manifest/invalid-value'],
    ['["a.*.com"]', '5:11 manifest/invalid-value'],
    ['["*a.com"]', '5:11 manifest/invalid-value'],
    ['[a..com]', '5:11 manifest/invalid-value'],
    ['[a.com.]', '5:11 manifest/invalid-value'],
    ['["a.com:80"]', '5:11 manifest/invalid-value'],
    ['["https://a.com"]', '5:11 manifest/invalid-value'],
    ['[a_b.com]', '5:11 manifest/invalid-value'],
    ['["a b"]', '5:11 manifest/invalid-value'],
    ['[bücher.de]', '5:11 manifest/invalid-value'],
    [`[${'a.'.repeat(130)}com]`, '5:11 manifest/invalid-value'],
  ])('refused: hosts: %s', (hosts, expected) => {
    expect(problemsIn(route(`hosts: ${hosts}\nrules: [{ to: api }]`))).toEqual([`m.yaml:${expected}`]);
  });
});

describe('what is said', () => {
  it.each([
    [
      'hosts: ["https://a.com"]\nrules: [{ to: api }]',
      'spec.hosts[0]: `https://a.com` is not a host name such as `shop.example.com` → Write the name alone, without `https://`, port or path.',
    ],
    ['rules: [{ path: / }]', `spec.rules[0]: needs either \`to\` or \`redirect\` → ${CORRECT}`],
    [
      'rules: [{ to: "api:80" }]',
      'spec.rules[0].to: `api:80` is neither SERVICE nor NAMESPACE/SERVICE → A port is chosen with `{ service: NAME, port: PORT }`.',
    ],
    [
      'rules: [{ to: api, timeout: 5m }]',
      `spec.rules[0].timeout: must be more than 0s and at most 60s, which is how long load balancers wait for each other → ${CORRECT}`,
    ],
    [
      'rules: [{ to: api, method: GET }]',
      '`spec.rules[0].method` is not a known key → Did you mean `methods`?',
    ],
    [
      'rules: [{ to: api, redirectToHttps: true }]',
      '`spec.rules[0].redirectToHttps` is not a known key → Remove the key or correct its spelling.',
    ],
    ['rules: []', `spec.rules: needs at least one rule → ${CORRECT}`],
  ])('%s', (keys, expected) => {
    expect(saidOf(route(keys))).toBe(expected);
  });
});
