// What the certificates are for: TLS handshakes of Node's own TLS, in which both sides show one.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { HostId } from '../../../src/kernel/ids.ts';
import { instant } from '../../../src/kernel/time.ts';
import { authorityWith, type Files, filesOf, hoursAgo, must, now } from './words.ts';

interface Handshake {
  readonly server: Files;
  readonly client: Files | null;
  /** Roots that the server and the client trust. */
  readonly trusts: { readonly server: readonly string[]; readonly client: readonly string[] };
  readonly asks?: string;
}

/** What the server says to who got in; otherwise why it came to nothing, by the side that refused. */
async function shake({
  server,
  client,
  trusts,
  asks = 'api.h1.plimsoll.internal',
}: Handshake): Promise<string> {
  let refusal: string | null = null;
  const listener = createServer(
    { ...server, ca: [...trusts.server], requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' },
    (socket) => socket.end(`welcome ${String(socket.getPeerX509Certificate()?.subject)}`),
  );
  listener.on('tlsClientError', (error, { authorizationError }) => {
    refusal ??= `server: ${String(authorizationError ?? error.message)}`;
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  // A listening TCP server has an address of this kind.
  const { port } = listener.address() as AddressInfo;
  const socket = connect({ port, host: '127.0.0.1', ca: [...trusts.client], ...client, servername: asks });
  let said = '';
  socket.on('data', (data) => {
    said += data;
  });
  socket.on('error', (error) => {
    refusal ??= `client: ${error.message}`;
  });
  await new Promise((resolve) => socket.on('close', resolve));
  await new Promise((resolve) => listener.close(resolve));
  return refusal ?? said;
}

const authority = authorityWith();
const root = await authority.createRoot(now());
const fresh = await authority.createRoot(now());
const foreign = await authorityWith().createRoot(now());
const stranger = authorityWith();
const strangerRoot = await stranger.createRoot(now());
const h1 = await filesOf(authority, root, 'h1');
const h2 = await filesOf(authority, root, 'h2');
const both = { server: [root.certificate], client: [root.certificate] };

describe('a host that asks another one', () => {
  it('gets in by a certificate of the fleet, and is known by its name', async () => {
    expect(await shake({ server: h1, client: h2, trusts: both })).toBe('welcome CN=h2');
  });

  it('does not get in without a certificate', async () => {
    expect(await shake({ server: h1, client: null, trusts: both })).toMatch(
      /^server: .*did not return a certificate/,
    );
  });

  it('does not get in by a certificate of another root', async () => {
    const client = await filesOf(stranger, strangerRoot, 'h2');
    expect(await shake({ server: h1, client, trusts: both })).toMatch(/^(server|client): /);
  });

  it.each([
    { hours: 23, outcome: /^welcome/ },
    { hours: 24, outcome: /^server: CERT_HAS_EXPIRED/ },
    { hours: 72, outcome: /^server: CERT_HAS_EXPIRED/ },
  ])('by a certificate that is $hours hours old: $outcome', async ({ hours, outcome }) => {
    const client = await filesOf(authority, root, 'h2', hoursAgo(hours));
    expect(await shake({ server: h1, client, trusts: both })).toMatch(outcome);
  });

  it.each([
    { minutes: 4, outcome: /^welcome/ },
    { minutes: 10, outcome: /^server: CERT_NOT_YET_VALID/ },
  ])(
    'whose certificate was made by a clock $minutes minutes ahead: $outcome',
    async ({ minutes, outcome }) => {
      const client = await filesOf(authority, root, 'h2', hoursAgo(-minutes / 60));
      expect(await shake({ server: h1, client, trusts: both })).toMatch(outcome);
    },
  );
});

describe('a host that is asked', () => {
  it.each([
    { asks: 'api.h2.plimsoll.internal', why: 'another host' },
    { asks: 'h1.plimsoll.internal', why: 'no name below its own' },
    { asks: 'a.b.h1.plimsoll.internal', why: 'two labels below' },
    { asks: 'api.h1.example.org', why: 'another domain' },
  ])('is not taken for $asks ($why)', async ({ asks }) => {
    expect(await shake({ server: h1, client: h2, trusts: both, asks })).toMatch(/^client: .*does not match/);
  });

  it('is not trusted with a certificate of another root', async () => {
    const trusts = { server: [root.certificate], client: [foreign.certificate] };
    expect(await shake({ server: h1, client: h2, trusts })).toMatch(/^(client|server): /);
  });

  it('is not trusted with an expired one', async () => {
    const server = await filesOf(authority, root, 'h1', hoursAgo(24));
    expect(await shake({ server, client: h2, trusts: both })).toMatch(/^client: .*expired/);
  });
});

describe('while a root is replaced', () => {
  const two = [root.certificate, fresh.certificate];
  const certificates = [
    { server: root, client: root },
    { server: root, client: fresh },
    { server: fresh, client: root },
    { server: fresh, client: fresh },
  ];

  it.each(certificates)('hosts that trust both understand each other (%#)', async ({ server, client }) => {
    const files = {
      server: await filesOf(authority, server, 'h1'),
      client: await filesOf(authority, client, 'h2'),
    };
    expect(await shake({ ...files, trusts: { server: two, client: two } })).toBe('welcome CN=h2');
  });

  it('a host that trusts only the old one refuses certificates of the new one', async () => {
    const client = await filesOf(authority, fresh, 'h2');
    const trusts = { server: [root.certificate], client: two };
    expect(await shake({ server: h1, client, trusts })).toMatch(/^(server|client): /);
  });
});

describe('a root near its end', () => {
  it('signs for no longer than it is valid itself, and then no more', async () => {
    const host = HostId.parse('h1');
    const late = must(await authority.issue(root, host, instant(root.expiresAt - 60_000)));
    expect(late.validity.expiresAt).toBe(root.expiresAt);
    expect(await authority.issue(root, host, root.expiresAt)).toMatchObject({
      ok: false,
      error: { code: 'authority/expired' },
    });
  });
});
