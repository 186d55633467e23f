// What the registry adapter does when the other side is slow, wrong, overloaded or hostile, and to whom
// it gives a password. The same against real registries is in the lab test beside this one.

import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system.ts';
import { isPrivateAddress } from '../../../src/adapters/registry/endpoint.ts';
import { createRegistry } from '../../../src/adapters/registry/registry.ts';
import { Sealed } from '../../../src/kernel/sealed.ts';
import type { RegistryCredential } from '../../../src/ports/host.ts';
import type { Registry } from '../../../src/ports/registry.ts';
import type { LocalServer, Received, Scripted } from './local-server.ts';
import { digestOf, localServer } from './local-server.ts';

const MANIFEST = '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"}';
const DIGEST = digestOf(MANIFEST);
const FOUND: Scripted = { status: 200, headers: { 'docker-content-digest': DIGEST }, body: MANIFEST };

const registry = (): Registry =>
  createRegistry({ clock: systemClock, registries: [], insecurePrivateAddresses: true });

const credentialFor = (server: LocalServer): RegistryCredential => ({
  registry: server.address,
  username: 'shop',
  password: new Sealed('s3cret'),
});

const BASIC = `Basic ${Buffer.from('shop:s3cret').toString('base64')}`;

async function resolve(
  server: LocalServer,
  credential: RegistryCredential | null = null,
  more: { readonly deadlineMs?: number; readonly signal?: AbortSignal; readonly using?: Registry } = {},
) {
  const { using = registry(), deadlineMs = 5_000, ...options } = more;
  return using.resolve(`${server.address}/team/api:v1`, credential, { deadlineMs, ...options });
}

const bearer = (realm: string): Scripted => ({
  status: 401,
  headers: { 'www-authenticate': `Bearer realm="${realm}",service="lab",scope="repository:team/api:pull"` },
});

describe('the digest', () => {
  it('comes from one HEAD that accepts indexes and manifests of both formats', async () => {
    const server = await localServer(() => FOUND);
    expect(await resolve(server)).toEqual({ ok: true, value: DIGEST });
    expect(server.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'HEAD /v2/team/api/manifests/v1',
    ]);
    expect(server.received[0]?.accept?.split(', ')).toEqual([
      'application/vnd.oci.image.index.v1+json',
      'application/vnd.docker.distribution.manifest.list.v2+json',
      'application/vnd.oci.image.manifest.v1+json',
      'application/vnd.docker.distribution.manifest.v2+json',
    ]);
  });

  it.each([
    ['HEAD is not implemented', { status: 405 }],
    ['HEAD gives no digest', { status: 200 }],
    ['HEAD gives something else as digest', { status: 200, headers: { 'docker-content-digest': 'latest' } }],
  ])('is computed from the manifest where %s', async (_, head) => {
    const server = await localServer(({ method }) =>
      method === 'HEAD' ? head : { status: 200, body: MANIFEST },
    );
    expect(await resolve(server)).toEqual({ ok: true, value: DIGEST });
  });

  it('is not asked for where the reference has one', async () => {
    const server = await localServer(() => FOUND);
    const reference = `${server.address}/team/api:v1@${DIGEST}`;
    expect(await registry().resolve(reference, null, { deadlineMs: 1_000 })).toEqual({
      ok: true,
      value: DIGEST,
    });
    expect(server.received).toEqual([]);
  });

  it.each([
    [
      'a manifest that does not match its digest',
      { ...FOUND, body: `${MANIFEST} ` },
      'digest that it claims',
    ],
    ['a page of some other server', { status: 200, body: '<html>welcome</html>' }, 'no image manifest'],
    ['a manifest of the first format', { status: 200, body: '{"schemaVersion":1}' }, 'no image manifest'],
    ['more than 4 MiB', { status: 200, body: Buffer.alloc(5 * 1024 * 1024, ' ') }, 'larger than 4096 KiB'],
  ])('is not taken from %s', async (_, get: Scripted, message) => {
    const server = await localServer(({ method }) => (method === 'HEAD' ? { status: 200 } : get));
    expect(await resolve(server)).toMatchObject({
      ok: false,
      error: { code: 'image/registry', message: expect.stringContaining(message) },
    });
  });
});

describe('refusals', () => {
  const words = (code: string, message: string): string => JSON.stringify({ errors: [{ code, message }] });
  it.each([
    ['404', { status: 404 }, 'image/not-found', 'has no 127.0.0.1'],
    ['401 without a challenge', { status: 401 }, 'image/auth', 'demands a login'],
    ['403', { status: 403 }, 'image/auth', 'demands a login'],
    [
      '429 with seconds',
      { status: 429, headers: { 'retry-after': '30' } },
      'image/registry',
      'asks to wait 30s',
    ],
    [
      '429 with a date',
      { status: 429, headers: { 'retry-after': 'Fri, 02 Jan 2026 10:00:00 GMT' } },
      'image/registry',
      'asks to wait until Fri, 02 Jan 2026',
    ],
    ['500', { status: 500, body: words('UNKNOWN', 'disk on fire') }, 'image/registry', 'answers 500'],
    [
      '500 in its own words',
      { status: 500, body: words('UNKNOWN', 'disk on fire') },
      'image/registry',
      'disk on fire',
    ],
    [
      '503 with Retry-After',
      { status: 503, headers: { 'retry-after': '120' } },
      'image/registry',
      'answers 503 for 127.0.0.1',
    ],
    ['418', { status: 418 }, 'image/registry', 'answers 418'],
    [
      'a redirect without end',
      { status: 307, headers: { location: '/again' } },
      'image/registry',
      'more than 5',
    ],
    [
      'a redirect to nowhere',
      { status: 307, headers: { location: 'ftp://x/' } },
      'image/registry',
      'not https',
    ],
    ['a cut connection', null, 'image/registry', 'cannot be reached'],
  ])('%s', async (_, answer: Scripted | null, code, message) => {
    const server = await localServer(() => answer);
    expect(await resolve(server)).toMatchObject({
      ok: false,
      error: { code, message: expect.stringContaining(message) },
    });
  });

  it('nobody listens', async () => {
    const answer = await registry().resolve('127.0.0.1:1/api:v1', null, { deadlineMs: 2_000 });
    expect(answer).toMatchObject({
      ok: false,
      error: { code: 'image/registry', message: expect.stringContaining('127.0.0.1:1') },
    });
  });

  it('a name that does not resolve', async () => {
    const answer = await registry().resolve('registry.invalid/api:v1', null, { deadlineMs: 5_000 });
    expect(answer).toMatchObject({ ok: false, error: { code: 'image/registry' } });
  });

  it('what is no reference', async () => {
    const answer = await registry().resolve('Not An Image', null, { deadlineMs: 1_000 });
    expect(answer).toMatchObject({ ok: false, error: { code: 'image/reference' } });
  });

  it('ends at its deadline', async () => {
    const server = await localServer(() => undefined);
    expect(await resolve(server, null, { deadlineMs: 200 })).toMatchObject({
      ok: false,
      error: { code: 'image/registry', message: expect.stringContaining('no answer within 200ms') },
    });
  });

  it('ends when the caller gives up', async () => {
    const server = await localServer(() => undefined);
    const signal = AbortSignal.timeout(100);
    expect(await resolve(server, null, { signal })).toMatchObject({
      ok: false,
      error: { code: 'image/registry', message: expect.stringContaining('given up') },
    });
  });
});

describe('passwords and tokens', () => {
  it('a password is sent only when the registry demands it', async () => {
    const server = await localServer(({ authorization }) =>
      authorization === BASIC ? FOUND : { status: 401, headers: { 'www-authenticate': 'Basic realm="lab"' } },
    );
    expect(await resolve(server, credentialFor(server))).toEqual({ ok: true, value: DIGEST });
    expect(server.received.map((request) => request.authorization)).toEqual([undefined, BASIC]);
  });

  it('no password at all: it says where to put one', async () => {
    const server = await localServer(() => ({
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="lab"' },
    }));
    expect(await resolve(server)).toMatchObject({
      ok: false,
      error: { code: 'image/auth', hint: expect.stringContaining(`Add ${server.address}`) },
    });
  });

  it('a wrong password is asked about once, and appears in no message', async () => {
    const server = await localServer(() => ({
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="lab"' },
    }));
    const answer = await resolve(server, credentialFor(server));
    expect(answer).toMatchObject({
      ok: false,
      error: { code: 'image/auth', message: expect.stringContaining('refuses user "shop"') },
    });
    expect(JSON.stringify(answer)).not.toContain('s3cret');
    expect(server.received).toHaveLength(2);
  });

  it('a credential of another registry is not sent, even if a caller passes it', async () => {
    const server = await localServer(() => ({
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="lab"' },
    }));
    const foreign = { ...credentialFor(server), registry: 'ghcr.io' };
    expect(await resolve(server, foreign)).toMatchObject({ ok: false, error: { code: 'image/auth' } });
    expect(server.received.map((request) => request.authorization)).toEqual([undefined]);
  });

  it('a token is fetched from the realm with the password, and the registry sees the token alone', async () => {
    const tokens = await localServer(() => ({ status: 200, body: '{"token":"t1","expires_in":300}' }));
    const server = await localServer(({ authorization }) =>
      authorization === 'Bearer t1' ? FOUND : bearer(`http://${tokens.address}/token`),
    );
    const using = registry();
    expect(await resolve(server, credentialFor(server), { using })).toEqual({ ok: true, value: DIGEST });
    expect(tokens.received).toEqual([
      {
        method: 'GET',
        url: '/token?service=lab&scope=repository%3Ateam%2Fapi%3Apull&account=shop',
        authorization: BASIC,
        accept: undefined,
      },
    ]);
    expect(server.received.map((request) => request.authorization)).toEqual([undefined, 'Bearer t1']);

    // The second question needs neither challenge nor token service.
    expect((await resolve(server, credentialFor(server), { using })).ok).toBe(true);
    expect(tokens.received).toHaveLength(1);
    expect(server.received.at(-1)?.authorization).toBe('Bearer t1');
  });

  it('a token that has ended is fetched again', async () => {
    let issued = 0;
    const tokens = await localServer(() => {
      issued += 1;
      return { status: 200, body: `{"access_token":"t${issued}","expires_in":300}` };
    });
    const server = await localServer(({ authorization }) =>
      authorization === `Bearer t${Math.max(issued, 1)}` ? FOUND : bearer(`http://${tokens.address}/token`),
    );
    const using = registry();
    expect((await resolve(server, null, { using })).ok).toBe(true);
    issued += 1;
    expect((await resolve(server, null, { using })).ok).toBe(true);
    expect(tokens.received).toHaveLength(2);
  });

  it('another password does not meet the token of the first', async () => {
    const tokens = await localServer(({ authorization }) =>
      authorization === BASIC ? { status: 200, body: '{"token":"good"}' } : { status: 401 },
    );
    const server = await localServer(({ authorization }) =>
      authorization === 'Bearer good' ? FOUND : bearer(`http://${tokens.address}/token`),
    );
    const using = registry();
    expect((await resolve(server, credentialFor(server), { using })).ok).toBe(true);
    const wrong = { ...credentialFor(server), password: new Sealed('wrong') };
    expect(await resolve(server, wrong, { using })).toMatchObject({
      ok: false,
      error: { code: 'image/auth' },
    });
    expect(await resolve(server, null, { using })).toMatchObject({
      ok: false,
      error: { code: 'image/auth' },
    });
  });

  it.each([
    ['refuses', { status: 403 }, 'image/auth', 'token service'],
    ['limits the rate', { status: 429 }, 'image/registry', 'token service'],
    ['fails', { status: 502 }, 'image/registry', 'answers 502'],
    [
      'redirects',
      { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
      'image/registry',
      'answers 302',
    ],
    ['answers without a token', { status: 200, body: '{}' }, 'image/registry', 'no token'],
    ['answers with a page', { status: 200, body: '<html>' }, 'image/registry', 'no token'],
    [
      'answers with a header injection',
      { status: 200, body: '{"token":"a\\r\\nX: y"}' },
      'image/registry',
      'no token',
    ],
  ])('the token service %s', async (_, answer: Scripted, code, message) => {
    const tokens = await localServer(() => answer);
    const server = await localServer(() => bearer(`http://${tokens.address}/token`));
    expect(await resolve(server, credentialFor(server))).toMatchObject({
      ok: false,
      error: { code, message: expect.stringContaining(message) },
    });
  });

  it.each(['ftp://127.0.0.1/token', 'http://user:pass@127.0.0.1/token', '/token', 'file:///etc/passwd', ''])(
    'the realm %s is not trusted with a password',
    async (realm) => {
      const server = await localServer(() => bearer(realm));
      expect(await resolve(server, credentialFor(server))).toMatchObject({
        ok: false,
        error: { code: 'image/registry', message: expect.stringContaining('token service is not https') },
      });
    },
  );

  it('CVE-2020-15157: where a registry redirects to gets no password, and its challenge counts nothing', async () => {
    const thief = await localServer(({ url }): Scripted => {
      if (url.startsWith('/token')) return { status: 200, body: '{"token":"stolen"}' };
      return bearer(`http://${thief.address}/token`);
    });
    const isOurs = (request: Received): boolean => request.authorization === BASIC;
    const server = await localServer(
      (request): Scripted =>
        isOurs(request)
          ? { status: 307, headers: { location: `http://${thief.address}/blob` } }
          : { status: 401, headers: { 'www-authenticate': 'Basic realm="lab"' } },
    );
    expect(await resolve(server, credentialFor(server))).toMatchObject({
      ok: false,
      error: { code: 'image/auth' },
    });
    expect(thief.received.map(({ url, authorization }) => [url, authorization])).toEqual([
      ['/blob', undefined],
    ]);
  });

  it('a redirect to storage is followed without the token', async () => {
    const storage = await localServer(() => FOUND);
    const tokens = await localServer(() => ({ status: 200, body: '{"token":"t1"}' }));
    const server = await localServer(
      ({ authorization }): Scripted =>
        authorization === 'Bearer t1'
          ? { status: 307, headers: { location: `http://${storage.address}/object?signed=1` } }
          : bearer(`http://${tokens.address}/token`),
    );
    expect(await resolve(server)).toEqual({ ok: true, value: DIGEST });
    expect(storage.received.map((request) => request.authorization)).toEqual([undefined]);
  });
});

describe('challenges as registries write them', () => {
  it.each([
    ['Bearer realm="R",service="registry.docker.io",scope="repository:team/api:pull"', 'registry.docker.io'],
    ['bearer realm="R", service="a, b=c", error="insufficient_scope"', 'a, b=c'],
    ['Basic realm="fallback", Bearer realm="R",service=plain', 'plain'],
    ['Bearer service="quoted \\"name\\"",realm="R"', 'quoted "name"'],
  ])('%s', async (header, service) => {
    const tokens = await localServer(() => ({ status: 200, body: '{"token":"t1"}' }));
    const challenge = header.replace('R', `http://${tokens.address}/token`);
    const server = await localServer(
      ({ authorization }): Scripted =>
        authorization === 'Bearer t1' ? FOUND : { status: 401, headers: { 'www-authenticate': challenge } },
    );
    expect(await resolve(server)).toEqual({ ok: true, value: DIGEST });
    const asked = new URL(tokens.received[0]?.url ?? '', 'http://x');
    expect(asked.searchParams.get('service')).toBe(service);
    expect(asked.searchParams.get('scope')).toBe('repository:team/api:pull');
  });

  it.each(['', 'Negotiate', 'Bearer', 'Bearer realm=', '"', '=,=', `Bearer realm="${'x'.repeat(9_000)}"`])(
    'what cannot be answered is a refusal: %s',
    async (header) => {
      const server = await localServer(() => ({ status: 401, headers: { 'www-authenticate': header } }));
      expect(await resolve(server)).toMatchObject({ ok: false, error: { code: 'image/auth' } });
    },
  );
});

describe('plain HTTP', () => {
  it('is not spoken unless it is configured', async () => {
    const server = await localServer(() => FOUND);
    const strict = createRegistry({ clock: systemClock, registries: [], insecurePrivateAddresses: false });
    expect(await resolve(server, null, { using: strict })).toMatchObject({
      ok: false,
      error: { code: 'image/registry', hint: expect.stringContaining('insecure: true') },
    });
    expect(server.received).toEqual([]);
  });

  it('is spoken with a registry that is configured so, by name', async () => {
    const server = await localServer(() => FOUND);
    const registries = [{ registry: server.address, insecure: true, ca: null }];
    const named = createRegistry({ clock: systemClock, registries, insecurePrivateAddresses: false });
    expect(await resolve(server, null, { using: named })).toEqual({ ok: true, value: DIGEST });
  });

  it.each([
    ['127.0.0.1:5000', true],
    ['10.1.2.3', true],
    ['172.31.0.1:5000', true],
    ['192.168.0.1', true],
    ['[::1]:5000', true],
    ['[fd00::1]', true],
    ['8.8.8.8:5000', false],
    ['172.32.0.1', false],
    ['localhost:5000', false],
    ['registry.local', false],
    ['10.example.com', false],
  ])('literal private address: %s %s', (name, expected) => {
    expect(isPrivateAddress(name)).toBe(expected);
  });
});
