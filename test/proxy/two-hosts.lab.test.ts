// What the load balancers of two hosts do for each other, by real HAProxy processes.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HostId } from '../../src/kernel/ids.ts';
import { meshName } from '../../src/proxy/names.ts';
import type { Pool, RevisionPool } from '../../src/proxy/traffic.ts';
import { eventually } from '../lab/eventually.ts';
import { ask, askMany, say } from './client.ts';
import { ProxyFleet, type RunningProxy } from './fleet.ts';
import { HTTP_PORT, LineServer, TCP_PORT, WebServer } from './servers.ts';
import { API, api, DB, db, door, MESH_PORTS, on, peer, STABLE, serving, stable, traffic } from './words.ts';

const fleet = new ProxyFleet();
const address = (host: string, station: number): string => fleet.address(host, station);
const question = { to: address('h1', 1), port: HTTP_PORT, from: address('h1', 2) };
const remoteOnly: RevisionPool = stable({ remote: [on('h2', 2)] });

let h1: RunningProxy;
let h2: RunningProxy;
let servers: readonly WebServer[];
let lines: LineServer;

/** Two checks that fail take a host out: the first comes within 2 s. */
const FOUND_OUT_MS = 2_600;

/** The consumer's host. */
const asking = (revision: RevisionPool = remoteOnly) =>
  traffic('h1', {
    doors: [API, DB].map((to) => door(to, address('h1', 1), fleet.subnet('h1'))),
    pools: [api([revision]), db([remoteOnly])],
    peers: [peer('h2', address('h2', 0)), peer('h3', address('h3', 0))],
    mesh: { address: address('h1', 0), ports: MESH_PORTS },
  });

/** The host of the replicas. */
const answering = (askedBy: readonly string[], { local = servers.map(serving) } = {}) =>
  traffic('h2', {
    pools: [api([stable({ local })], askedBy), db([stable({ local: [serving(lines)] })], askedBy)],
    peers: [peer('h1', address('h1', 0))],
    mesh: { address: address('h2', 0), ports: MESH_PORTS },
  });

beforeAll(async () => {
  servers = [
    await WebServer.start('api.0', address('h2', 11)),
    await WebServer.start('api.1', address('h2', 12)),
  ];
  lines = await LineServer.start('db.0', address('h2', 13));
  h1 = await fleet.proxy('h1');
  h2 = await fleet.proxy('h2');
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  for (const server of [...servers, lines]) await server[Symbol.asyncDispose]();
});

describe('replicas on another host', () => {
  it('answer, each of them, over few connections', async () => {
    await h2.follow(answering(['h1']));
    await h1.follow(asking());
    const { answers, failures } = await askMany(question, { count: 400, connections: 2 });
    expect(failures).toEqual([]);
    expect([...answers.keys()].sort()).toEqual(['api.0', 'api.1']);
  });

  it('answer over TCP', async () => {
    expect(await say({ ...question, port: TCP_PORT })).toBe('db.0');
  });

  it('are not asked by a host that is not on the list of the service', async () => {
    await h2.follow(answering(['h3']));

    // A connection that was open and idle answers once more before it closes.
    await eventually('the last open connection to close', { deadlineMs: 5_000 }, async () => {
      return (await ask(question)).status === 503;
    });
    const { answers } = await askMany(question, { count: 20, connections: 4 });
    expect([...answers.keys()]).toEqual([]);
    expect(await say({ ...question, port: TCP_PORT })).toBeNull();
  });

  it('are asked again elsewhere where a host has none any more', async () => {
    await h2.follow(answering(['h1'], { local: [] }));
    await using near = await WebServer.start('near', address('h1', 20));
    await h1.follow(asking(stable({ local: [serving(near)], remote: [on('h2', 3)] })));
    const { answers, failures } = await askMany(question, { count: 200, connections: 4 });
    expect(failures).toEqual([]);
    expect([...answers.keys()]).toEqual(['near']);
  });

  it('are said to be away where nobody has any, and not that the request came too early', async () => {
    // Requests are on their way to the last host, and are sent again, while checks find out that it has none.
    const statuses = new Map<number, number>();
    for (let reload = 0; reload < 4; reload += 1) {
      await h1.follow(asking());
      const until = performance.now() + FOUND_OUT_MS;
      while (performance.now() < until) {
        const answers = await Promise.all([1, 2, 3, 4].map(() => ask(question)));
        for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }
    expect([...statuses.keys()]).toEqual([503]);
  }, 30_000);

  it('lose no request while both hosts change their rules', async () => {
    await h2.follow(answering(['h1']));
    await h1.follow(asking());
    // Its rules are those of before, by which it holds h2 for a host without replicas.
    await eventually('h2 to be asked again', { deadlineMs: 5_000 }, async () => {
      return (await ask(question)).status === 200;
    });
    let isOver = false;
    const options = { count: 1e9, connections: 4, isOver: () => isOver };
    const gets = askMany(question, options);
    const posts = askMany({ ...question, method: 'POST', path: '/echo', body: 'x' }, options);
    for (let n = 0; n < 8; n += 1) {
      await h2.follow(answering(n % 2 === 0 ? ['h1', 'h3'] : ['h1']));
      await h1.follow(asking(stable({ remote: [on('h2', 1 + (n % 2))] })));
    }
    isOver = true;
    expect((await gets).failures).toEqual([]);
    expect((await posts).failures).toEqual([]);
  });
});

/** The first bytes that a host says to who asks for a service's replicas with these files; null: it gives nothing. */
async function asked(pool: Pool, files: string | null): Promise<string | null> {
  const host = HostId.parse('h2');
  const read = (name: string): Buffer => readFileSync(join(files ?? '', name));
  const socket = connectTls({
    host: address('h2', 0),
    port: MESH_PORTS[pool.protocol],
    servername: meshName(host, pool.to, STABLE),
    rejectUnauthorized: false,
    ...(files === null ? {} : { cert: read('host.pem'), key: read('host.key') }),
  });
  socket.write('GET / HTTP/1.1\r\nhost: api\r\n\r\n');
  return new Promise((resolve) => {
    socket.on('error', () => {});
    socket.on('close', () => resolve(null));
    socket.on('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
  });
}

describe('who asks a host for its replicas', () => {
  const pools = [api([remoteOnly]), db([remoteOnly])];

  it.each(pools)('gets an answer with a certificate of the fleet ($protocol)', async (pool) => {
    await h2.follow(answering(['h1']));
    expect(await asked(pool, await fleet.certificate('h1'))).toMatch(/api|db/);
  });

  it.each(pools)('gets nothing without a certificate ($protocol)', async (pool) => {
    expect(await asked(pool, null)).toBeNull();
  });

  it.each(pools)('gets nothing with one of another authority ($protocol)', async (pool) => {
    const foreign = await fleet.certificate('h1', await fleet.foreignAuthority());
    expect(await asked(pool, foreign)).toBeNull();
  });
});
