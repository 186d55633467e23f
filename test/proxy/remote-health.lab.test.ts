// Another host is asked as long as a replica serves there: that its load balancer lives is not enough.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Traffic } from '../../src/proxy/traffic.ts';
import { eventually } from '../lab/eventually.ts';
import { ask, askMany, say, type Tally } from './client.ts';
import { ProxyFleet, type RunningProxy } from './fleet.ts';
import { HTTP_PORT, LineServer, SlowPath, TCP_PORT, WebServer } from './servers.ts';
import { API, api, CANARY, DB, db, door, MESH_PORTS, on, peer, serving, stable, traffic } from './words.ts';

const fleet = new ProxyFleet();
const address = (host: string, station: number): string => fleet.address(host, station);
const question = { to: address('h1', 1), port: HTTP_PORT, from: address('h1', 2) };
const CONNECTIONS = 4;
const POST = { ...question, method: 'POST', body: 'x' };

let h1: RunningProxy;
let h2: RunningProxy;
let near: WebServer;
let nearLines: LineServer;

/** Half of the replicas are here. */
const asking = (at = address('h2', 0)) => {
  const here = { remote: [on('h2')] };
  return traffic('h1', {
    doors: [API, DB].map((to) => door(to, address('h1', 1), fleet.subnet('h1'))),
    pools: [
      api([stable({ ...here, local: [serving(near)] })]),
      db([stable({ ...here, local: [serving(nearLines)] })]),
    ],
    peers: [peer('h2', at)],
    mesh: { address: address('h1', 0), ports: MESH_PORTS },
  });
};

const FAR = {
  api: { name: 'far', address: address('h2', 11) },
  db: { name: 'far', address: address('h2', 12) },
};

const answering = (change = {}): Traffic => {
  const to = [['h1'], change] as const;
  return traffic('h2', {
    pools: [
      api([stable({ local: [serving(FAR.api)], ...to[1] })], to[0]),
      db([stable({ local: [serving(FAR.db)], ...to[1] })], to[0]),
    ],
    peers: [peer('h1', address('h1', 0))],
    mesh: { address: address('h2', 0), ports: MESH_PORTS },
  });
};

let far: { readonly web: WebServer; readonly lines: LineServer };

async function startFar(): Promise<void> {
  far = {
    web: await WebServer.start(FAR.api.name, FAR.api.address),
    lines: await LineServer.start(FAR.db.name, FAR.db.address),
  };
}

async function stopFar(): Promise<void> {
  await far.web[Symbol.asyncDispose]();
  await far.lines[Symbol.asyncDispose]();
}

beforeAll(async () => {
  near = await WebServer.start('near', address('h1', 11));
  nearLines = await LineServer.start('near', address('h1', 12));
  h1 = await fleet.proxy('h1');
  h2 = await fleet.proxy('h2');
  await startFar();
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  await stopFar();
  for (const server of [near, nearLines]) await server[Symbol.asyncDispose]();
});

/** As h1 sees h2, for both services. */
async function farIs(state: 'UP' | 'DOWN'): Promise<void> {
  await eventually(`both services on h2 to be ${state}`, { deadlineMs: 10_000 }, async () => {
    const rows = (await h1.ask('show stat')).split('\n').filter((row) => /^(rt|once)\.[^,]+,h2,/.test(row));
    return rows.length === 3 && rows.every((row) => row.split(',')[17]?.startsWith(state));
  });
}

const namesOf = ({ answers }: Tally): readonly string[] => [...answers.keys()].sort();

async function lineNames(): Promise<readonly (string | null)[]> {
  const names = [];
  for (let n = 0; n < 30; n += 1) names.push(await say({ ...question, port: TCP_PORT }));
  return [...new Set(names)].sort();
}

/** What is asked for while something happens; the last second is told apart, once h1 has seen what happened. */
async function during(happens: () => Promise<void>) {
  let phase: 'seeing' | 'settled' | 'over' = 'seeing';
  const until = (end: typeof phase) => ({
    count: 1e9,
    connections: CONNECTIONS,
    isOver: () => phase === end,
  });
  const gets = askMany(question, until('over'));
  const earlyPosts = askMany(POST, until('settled'));
  await sleep(300);
  await happens();
  await farIs('DOWN');
  phase = 'settled';
  const early = await earlyPosts;
  const lateEnd = { count: 400, connections: CONNECTIONS };
  const late = await askMany(POST, lateEnd);
  phase = 'over';
  return { gets: await gets, early, late };
}

describe('a host on which nobody serves any more', () => {
  beforeEach(async () => {
    await h2.follow(answering());
    await h1.follow(asking());
    await farIs('UP');
    expect(namesOf(await askMany(question, { count: 100, connections: CONNECTIONS }))).toEqual([
      'far',
      'near',
    ]);
    expect(await lineNames()).toEqual(['far', 'near']);
  });

  it('since its replicas died is asked in vain no more, and again when they are back', async () => {
    const { gets, early, late } = await during(stopFar);
    expect(gets.failures).toEqual([]);
    // These were with a replica when it died, and nobody knows whether it has done what they asked for.
    expect(early.failures.length).toBeLessThanOrEqual(CONNECTIONS);
    expect(late.failures).toEqual([]);
    expect(namesOf(late)).toEqual(['near']);
    expect(await lineNames()).toEqual(['near']);
    await startFar();
    await farIs('UP');
    expect(namesOf(await askMany(POST, { count: 100, connections: CONNECTIONS }))).toEqual(['far', 'near']);
    expect(await lineNames()).toEqual(['far', 'near']);
  });

  it.each([
    { what: 'none of any revision', change: { local: [] } },
    { what: 'those of another revision', change: { revision: CANARY } },
  ])('since its rules name $what is asked in vain no more', async ({ change }) => {
    const { gets, early, late } = await during(() => h2.follow(answering(change)));
    expect(gets.failures).toEqual([]);
    expect(early.failures).toEqual([]);
    expect(late.failures).toEqual([]);
    expect(namesOf(late)).toEqual(['near']);
    expect(await lineNames()).toEqual(['near']);
  });
});

describe('a host that is far away', () => {
  it('has the time for a TLS handshake', async () => {
    await h2.follow(answering());
    await using path = await SlowPath.start(address('h2', 30), address('h2', 0), Object.values(MESH_PORTS));
    const only = asking(path.address);
    const pools = only.pools.map((pool) => ({
      ...pool,
      revisions: pool.revisions.map((each) => ({ ...each, local: [] })),
    }));
    await h1.follow({ ...only, pools });
    for (const each of [question, POST, question]) {
      expect(await ask(each)).toMatchObject({ status: 200, text: 'far' });
    }
    expect(await say({ ...question, port: TCP_PORT })).toBe('far');
    await farIs('UP');
  });
});
