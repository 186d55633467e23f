// Requests that are written so that load balancer and application might read them differently, and what a service gets
// to see of the others.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IngressStage, type Rule } from './ingress-stage.ts';

const stage = new IngressStage();
beforeAll(() => stage.start());
afterAll(() => stage[Symbol.asyncDispose]());

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
    await stage.follow(GUARDED);
    expect(await stage.whoAnswers({ host })).toBe(expected);
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
    await stage.follow(GUARDED);
    expect(await stage.whoAnswers({ path })).toBe(expected);
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
    await stage.follow(GUARDED);
    expect(await stage.rawly(text)).toMatch(new RegExp(`^HTTP/1.[01] ${expected} `));
  });

  it('a length beside an encoding does not carry a second request past the rules', async () => {
    await stage.follow(GUARDED);
    const hidden = 'GET /admin HTTP/1.1\r\nHost: shop.example.com\r\n\r\n';
    const lengths = `Content-Length: ${5 + hidden.length}\r\nTransfer-Encoding: chunked`;
    await stage.rawly(`POST /x HTTP/1.1\r\nHost: shop.example.com\r\n${lengths}\r\n\r\n0\r\n\r\n${hidden}`);
    // Whatever was passed on has been seen once the next one is answered.
    expect(await stage.whoAnswers({ path: '/last' })).toBe('a');
    expect(stage.paths).toContain('/last');
    expect(stage.paths.filter((path) => /admin$/i.test(path) && path !== '/ADMIN')).toEqual([]);
  });
});

describe('a service gets', () => {
  const RULES: readonly Rule[] = [{ to: 'a' }];

  it('the address of the client, and nothing that it says of itself', async () => {
    await stage.follow(RULES);
    const { headers } = await stage.seen({
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
      'x-forwarded-for': stage.client,
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'shop.example.com',
      'x-other': 'kept',
    });
    expect(JSON.stringify(headers)).not.toMatch(/192\.0\.2\.1|evil|plimsoll/);
  });

  it('no other path than the one that a rule was found by', async () => {
    await stage.follow(RULES);
    const { headers } = await stage.seen({
      headers: { 'x-original-url': '/admin', X_Rewrite_URL: '/admin' },
    });
    expect(JSON.stringify(headers)).not.toContain('admin');
  });

  it('no other method where rules tell methods apart; elsewhere applications may be asked so', async () => {
    const headers = { 'x-http-method-override': 'DELETE', 'X-Method-Override': 'DELETE' };
    await stage.follow([{ methods: ['GET', 'POST'], to: 'a' }]);
    expect(JSON.stringify((await stage.seen({ headers })).headers)).not.toContain('DELETE');
    await stage.follow(RULES);
    expect((await stage.seen({ headers })).headers).toMatchObject({ 'x-http-method-override': 'DELETE' });
  });

  it('these headers also where the client names them as its own connection’s', async () => {
    await stage.follow(RULES);
    const { headers } = await stage.seen({
      headers: { connection: 'close, x-forwarded-for, x-forwarded-proto' },
    });
    expect(headers).toMatchObject({ 'x-forwarded-for': stage.client, 'x-forwarded-proto': 'http' });
    expect(headers['connection'] ?? '').not.toContain('x-forwarded');
  });

  it('no wish to go on by another protocol, past the rules', async () => {
    await stage.follow(RULES);
    const wish = {
      connection: 'upgrade, http2-settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABkAAQAAP__',
    };
    const { headers } = await stage.seen({ headers: wish });
    expect([headers['upgrade'], headers['connection'] ?? '']).toEqual([
      undefined,
      expect.not.stringContaining('upgrade'),
    ]);
  });

  it.each([
    ['/a%20b/%C3%A4?q=%2F&r=//', '/a%20b/%C3%A4?q=%2F&r=//'],
    ['/@scope%2fname', '/@scope%2fname'],
    ['//a///b', '/a/b'],
  ])('for %s the path %s', async (path, expected) => {
    await stage.follow(RULES);
    expect((await stage.seen({ path })).path).toBe(expected);
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
    await stage.follow(REWRITING);
    expect((await stage.seen({ host, path })).path).toBe(expected);
  });

  it('of a rule that rewrites nothing where the path hides a slash', async () => {
    await stage.follow(REWRITING);
    expect(await stage.whoAnswers({ path: '/one%2ftwo/three' })).toBe('400');
  });
});
