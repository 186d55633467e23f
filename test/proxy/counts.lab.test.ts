// What load balancers count of the requests to each revision of a pool: once each, where they come from.

import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readCounts } from '../../src/adapters/haproxy/counts.ts';
import { LATENCY_BOUNDS_MS, type RequestCounters } from '../../src/kernel/request-counters.ts';
import { COUNTS_TABLE } from '../../src/proxy/count.ts';
import type { RevisionPool } from '../../src/proxy/traffic.ts';
import { eventually } from '../lab/eventually.ts';
import { ask, askMany } from './client.ts';
import { ProxyFleet, type RunningProxy } from './fleet.ts';
import { HTTP_PORT, WebServer } from './servers.ts';
import {
  API,
  api,
  CANARY,
  canary,
  door,
  MESH_PORTS,
  on,
  peer,
  rule,
  STABLE,
  serving,
  stable,
  traffic,
} from './words.ts';

const fleet = new ProxyFleet();
const address = (host: string, station: number): string => fleet.address(host, station);
const question = { to: address('h1', 1), port: HTTP_PORT, from: address('h1', 2) };

let h1: RunningProxy;
let h2: RunningProxy;
let good: WebServer;
let fresh: WebServer;

beforeAll(async () => {
  h1 = await fleet.proxy('h1');
  h2 = await fleet.proxy('h2');
  good = await WebServer.start('good', address('h1', 11));
  fresh = await WebServer.start('fresh', address('h1', 12));
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  for (const web of [good, fresh]) await web[Symbol.asyncDispose]();
});

const SERVED_BY_CANARY = { share: 10_000 };

/** All requests go to the canary; the stable revision would stand in for it. */
const near = (own: Partial<RevisionPool>, standIns = [serving(good)]) =>
  traffic('h1', {
    doors: [door(API, address('h1', 1), fleet.subnet('h1'))],
    pools: [api([stable({ share: 0, local: standIns }), canary({ ...SERVED_BY_CANARY, ...own })])],
  });

type Told = Omit<RequestCounters, 'pool' | 'revision' | 'succeeded' | 'failed'> & {
  readonly succeeded: number;
  readonly failed: number;
};
const NOTHING: Told = { begun: 0, lost: 0, unanswered: 0, stoodIn: 0, retried: 0, succeeded: 0, failed: 0 };
const sizeOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

async function countersOf(proxy: RunningProxy): Promise<readonly RequestCounters[]> {
  const table = await proxy.ask(`show table ${COUNTS_TABLE}`);
  return readCounts(`process 1.1\n${table}`)?.processes.flatMap(({ counters }) => counters) ?? [];
}

async function counted(proxy: RunningProxy, revision = CANARY): Promise<Told> {
  const own = (await countersOf(proxy)).find((one) => one.revision === revision);
  if (own === undefined) return NOTHING;
  const { pool, revision: _, succeeded, failed, ...rest } = own;
  expect(pool).toBe('shop/api:8080');
  return { ...rest, succeeded: sizeOf(succeeded), failed: sizeOf(failed) };
}

/** Processes that have counted nothing. Those before end a moment after the one that began them. */
beforeEach(async () => {
  for (const proxy of [h1, h2]) {
    await proxy.stop();
    await eventually('its processes to end', { deadlineMs: 3_000 }, () =>
      proxy.ask('show info').then(
        () => false,
        () => true,
      ),
    );
  }
});

describe('on the host of the replicas', () => {
  it('nothing is counted of a pool that no revisions share', async () => {
    await h1.follow({ ...near({}), pools: [api([stable({ local: [serving(good)] })])] });
    await askMany(question, { count: 5, connections: 1 });
    expect(await countersOf(h1)).toEqual([]);
  });

  it('requests are counted for the revision that they are led to, checks are not', async () => {
    const share = 5_000;
    const both = [stable({ share, local: [serving(good)] }), canary({ share, local: [serving(fresh)] })];
    await h1.follow({ ...near({}), pools: [api(both)] });
    const { answers } = await askMany(question, { count: 300, connections: 4 });
    await sleep(2_500);
    for (const [revision, name] of [
      [STABLE, 'good'],
      [CANARY, 'fresh'],
    ] as const) {
      const own = answers.get(name) ?? 0;
      expect(await counted(h1, revision)).toEqual({ ...NOTHING, begun: own, succeeded: own });
    }
  });

  it('answers fall into the bucket of their time, and those with 5xx are failures', async () => {
    await h1.follow(near({ local: [serving(fresh)] }));
    const orders = [
      { status: 200, afterMs: 220 },
      { status: 503, afterMs: 550 },
      { status: 404, afterMs: 1_100 },
      { status: 200, afterMs: 2_200 },
      { status: 500, afterMs: 5_200 },
    ];
    const agent = new Agent();
    await Promise.allSettled(
      orders.map(({ status, afterMs }) => ask({ ...question, agent, path: `/answer/${status}/${afterMs}` })),
    );
    await eventually('the last answer', { deadlineMs: 3_000 }, async () => (await counted(h1)).failed === 2);
    const [own] = await countersOf(h1);
    const names = [...LATENCY_BOUNDS_MS, 'more'];
    const filled = (counts: readonly number[] = []) => names.filter((_, at) => counts[at] === 1);
    expect(filled(own?.succeeded)).toEqual([500, 2_000, 5_000]);
    expect(filled(own?.failed)).toEqual([1_000, 'more']);
    expect(own?.begun).toBe(5);
  });

  it('what clients of the outside ask is counted as well, also where a route says how often they may', async () => {
    const at = { address: address('h1', 1), port: 8_000 };
    const rules = [rule({ to: API, limits: { rate: { requests: 3, perMs: 60_000 } } })];
    await h1.follow({ ...near({ local: [serving(fresh)] }), ingress: { ...at, rules } });
    const statuses: number[] = [];
    for (let n = 0; n < 5; n += 1)
      statuses.push(
        (await ask({ ...question, port: at.port, headers: { host: 'shop.example.com' } })).status,
      );
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    expect(await counted(h1)).toEqual({ ...NOTHING, begun: 3, succeeded: 3 });
  });

  it('what breaks off is unanswered, and not a failure of the application', async () => {
    await h1.follow(near({ local: [serving(fresh)] }, []));
    expect((await ask({ ...question, method: 'POST', path: '/drop', body: 'x' })).status).toBe(502);
    expect(await counted(h1)).toEqual({ ...NOTHING, begun: 1, unanswered: 1 });
  });

  it('what finds no replica is unanswered', async () => {
    await h1.follow(near({}, []));
    expect((await ask(question)).status).toBe(503);
    expect(await counted(h1)).toEqual({ ...NOTHING, begun: 1, unanswered: 1 });
  });

  it('what another revision had to answer is counted as that, and not for the other one', async () => {
    await h1.follow(near({}));
    const { answers } = await askMany(question, { count: 10, connections: 1 });
    expect(answers.get('good')).toBe(10);
    expect(await counted(h1)).toEqual({ ...NOTHING, begun: 10, stoodIn: 10 });
    expect(await counted(h1, STABLE)).toEqual(NOTHING);
  });

  it('what succeeds at a later attempt is one request, and retried', async () => {
    await h1.follow(near({ local: [serving(fresh)] }, []));
    for (let n = 0; n < 5; n += 1) expect((await ask({ ...question, path: '/hesitate' })).status).toBe(200);
    expect(await counted(h1)).toEqual({ ...NOTHING, begun: 5, succeeded: 5, retried: 5 });
  });

  it.each(['destroy', 'resetAndDestroy'] as const)(
    'what a client does not wait for (%s) is counted when the answer comes',
    async (end) => {
      await h1.follow(near({ local: [serving(fresh)] }));
      const socket = connect({ host: question.to, port: HTTP_PORT, localAddress: question.from });
      socket.write('GET /answer/200/300 HTTP/1.1\r\nhost: api\r\n\r\n');
      await sleep(100);
      socket[end]();
      await sleep(400);
      expect(await counted(h1)).toEqual({ ...NOTHING, begun: 1, succeeded: 1 });
    },
  );

  it.each(['GET', 'POST'])(
    'a %s that breaks off where the client had an answer before is lost',
    async (method) => {
      await h1.follow(near({ local: [serving(fresh)] }, []));
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const body = method === 'POST' ? { body: 'x' } : {};
      expect((await ask({ ...question, agent })).status).toBe(200);
      await expect(ask({ ...question, agent, method, path: '/drop', ...body })).rejects.toThrow('hang up');
      expect(await counted(h1)).toEqual({ ...NOTHING, begun: 2, succeeded: 1, lost: 1 });
    },
  );

  it('what a client does not even send to its end is lost', async () => {
    await h1.follow(near({ local: [serving(fresh)] }));
    const socket = connect({ host: question.to, port: HTTP_PORT, localAddress: question.from });
    socket.write('POST /answer/200/300 HTTP/1.1\r\nhost: api\r\ncontent-length: 9\r\n\r\nhalf');
    await sleep(100);
    socket.resetAndDestroy();
    await sleep(400);
    expect(await counted(h1)).toEqual({ ...NOTHING, begun: 1, lost: 1 });
  });

  it('a connection that becomes another protocol is answered by then', async () => {
    await h1.follow(near({ local: [serving(fresh)] }));
    const socket = connect({ host: question.to, port: HTTP_PORT, localAddress: question.from });
    socket.write('GET / HTTP/1.1\r\nhost: api\r\nconnection: upgrade\r\nupgrade: lines\r\n\r\n');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toContain(' 101 ');
    expect(await counted(h1)).toEqual({ ...NOTHING, begun: 1, succeeded: 1 });
    socket.destroy();
  });

  it('what a process that was replaced still gets is counted once, by the newest', async () => {
    const told = near({ local: [serving(fresh)] });
    await h1.follow(told);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await ask({ ...question, agent });
    await h1.follow({ ...told, pools: [...told.pools, { ...api([stable({})]), to: { ...API, port: 81 } }] });
    await sleep(500);
    expect((await ask({ ...question, agent })).status).toBe(200);
    agent.destroy();
    expect(await counted(h1)).toEqual({ ...NOTHING, begun: 1, succeeded: 1 });
  });
});

describe('where the replicas are on another host', () => {
  /** `served`: what h2 has. */
  async function led(served: Partial<RevisionPool>): Promise<void> {
    await h2.follow(
      traffic('h2', {
        pools: [api([stable({ share: 0 }), canary({ ...SERVED_BY_CANARY, ...served })], ['h1'])],
        peers: [peer('h1', address('h1', 0))],
        mesh: { address: address('h2', 0), ports: MESH_PORTS },
      }),
    );
    await h1.follow({
      ...near({ remote: [on('h2')] }, []),
      peers: [peer('h2', address('h2', 0))],
      mesh: { address: address('h1', 0), ports: MESH_PORTS },
    });
  }

  it('requests are counted once, by the host that they come from', async () => {
    await led({ local: [serving(fresh)] });
    const { failures } = await askMany(question, { count: 50, connections: 2 });
    expect(failures).toEqual([]);
    await ask({ ...question, path: '/answer/500/0' });
    await sleep(2_500);
    expect(await counted(h1)).toEqual({ ...NOTHING, begun: 51, succeeded: 50, failed: 1 });
    expect(await countersOf(h2)).toEqual([]);
  });

  it('errors of the other load balancer are told from those of the application', async () => {
    await led({ local: [serving(fresh)] });
    expect((await ask({ ...question, method: 'POST', path: '/drop', body: 'x' })).status).toBe(502);
    expect(await counted(h1)).toEqual({ ...NOTHING, begun: 1, unanswered: 1 });
  });

  it('a host without replicas answers nothing', async () => {
    await led({});
    // HAProxy closes without a word where its checks take the host out between two attempts.
    const status = await ask(question).then(
      (answer) => answer.status,
      () => null,
    );
    const { unanswered, lost, ...rest } = await counted(h1);
    expect([status, unanswered, lost]).toEqual(status === null ? [null, 0, 1] : [503, 1, 0]);
    expect(rest).toMatchObject({ begun: 1, succeeded: 0, failed: 0 });
  });

  it('attempts that the other load balancer made make it one that was retried', async () => {
    await led({ local: [serving(fresh)] });
    for (let n = 0; n < 5; n += 1) expect((await ask({ ...question, path: '/hesitate' })).status).toBe(200);
    expect(await counted(h1)).toEqual({ ...NOTHING, begun: 5, succeeded: 5, retried: 5 });
  });
});

it('rules that count have nothing that HAProxy would warn about', async () => {
  await expect(h1.warnings(near({ local: [serving(fresh)], remote: [] }))).resolves.toContain('valid');
});
