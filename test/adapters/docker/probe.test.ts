// Probes of real servers on this machine: what counts as fine, and what is said where it is not.

import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system.ts';
import { openUnixTransport } from '../../../src/adapters/docker/direct-transport.ts';
import { probe } from '../../../src/adapters/docker/probe.ts';
import type { Transport } from '../../../src/adapters/docker/transport.ts';
import { PlimsollError, problem, toProblem } from '../../../src/kernel/errors.ts';
import type { ProbeOutcome, ProbeTarget } from '../../../src/ports/host.ts';
import { newAuthority } from './certificates.ts';

const transport = openUnixTransport({ scheme: 'unix', socketPath: '/var/run/docker.sock' });
const servers: Server[] = [];

async function listen(server: Server): Promise<number> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

let http: number;
let https: number;
let silent: number;
let rude: number;
beforeAll(async () => {
  const answer = (
    request: { url?: string | undefined; headers: object },
    response: import('node:http').ServerResponse,
  ) => {
    const status = Number(request.url?.slice(1)) || 200;
    const wanted = Reflect.get(request.headers, 'x-wanted');
    response.writeHead(status === 299 ? (wanted === 'yes' ? 200 : 400) : status, { location: '/200' });
    response.end('x'.repeat(100_000));
  };
  http = await listen(createHttp(answer));
  // Signed by an authority that nobody knows.
  const { key, certificate } = newAuthority('unknown').issue('probe', ['127.0.0.1']);
  https = await listen(createHttps({ key, cert: certificate }, answer));
  silent = await listen(createTcp(() => {}));
  rude = await listen(createTcp((socket) => socket.end('hello\r\n')));
});
afterAll(() => {
  for (const server of servers) server.close();
});

const play = (
  change: Partial<ProbeTarget> & { readonly port: number },
  deadlineMs = 2_000,
  over: Transport = transport,
): Promise<ProbeOutcome> => {
  const target = { kind: 'http', address: '127.0.0.1', path: '/200', headers: {}, ...change } as const;
  const nobody = new AbortController().signal;
  return probe(over, target, deadlineMs, nobody, systemClock.monotonicMs);
};

describe('is fine', () => {
  it.each([
    ['HTTP 200', () => play({ port: http })],
    ['HTTP 204', () => play({ port: http, path: '/204' })],
    ['a redirection, which is not followed', () => play({ port: http, path: '/302' })],
    ['a header that is asked for', () => play({ port: http, path: '/299', headers: { 'X-Wanted': 'yes' } })],
    ['HTTPS with a certificate of its own', () => play({ kind: 'https', port: https })],
    ['TCP that is accepted', () => play({ kind: 'tcp', port: silent })],
  ])('%s', async (_, outcome) => {
    expect(await outcome()).toEqual({ ok: true, tookMs: expect.any(Number) });
  });
});

describe('is not fine', () => {
  it.each([
    ['HTTP 404', () => play({ port: http, path: '/404' }), /status 404/],
    ['HTTP 503', () => play({ port: http, path: '/503' }), /status 503/],
    ['a header that is missing', () => play({ port: http, path: '/299' }), /status 400/],
    ['nobody listening', () => play({ kind: 'tcp', port: 1 }), /refused/i],
    ['silence', () => play({ port: silent }, 200), /no answer within 200ms/],
    ['silence where TLS is expected', () => play({ kind: 'https', port: silent }, 200), /no answer/],
    ['something that is no HTTP', () => play({ port: rude }), /./],
    ['HTTP where TLS is expected', () => play({ kind: 'https', port: http }), /./],
  ])('%s', async (_, outcome, because) => {
    expect(await outcome()).toEqual({
      ok: false,
      tookMs: expect.any(Number),
      because: expect.stringMatching(because),
    });
  });

  it('ends within its time where not even a connection comes about', async () => {
    const stuck: Transport = { ...transport, openTcp: () => new Promise(() => {}) };
    const outcome = await play({ port: 80 }, 100, stuck);
    expect(outcome).toMatchObject({ ok: false, because: 'no answer within 100ms' });
    expect(outcome.tookMs).toBeLessThan(1_000);
  });
});

it('says nothing about the target where the host itself is the trouble', async () => {
  const lost = problem('host/unreachable', 'h1 is gone');
  const broken: Transport = { ...transport, openTcp: () => Promise.reject(new PlimsollError(lost)) };
  expect(await play({ port: 80 }, 100, broken).catch(toProblem)).toEqual(lost);
});
