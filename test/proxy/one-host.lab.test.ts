// What one host's load balancer does with the requests of its own containers, by a real HAProxy.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { RevisionPool } from '../../src/proxy/traffic.ts';
import { type Answer, ask, askMany, say } from './client.ts';
import { ProxyFleet, type RunningProxy } from './fleet.ts';
import { HTTP_PORT, LineServer, TCP_PORT, WebServer } from './servers.ts';
import { API, api, CANARY, canary, DB, db, door, serving, stable, traffic } from './words.ts';

const fleet = new ProxyFleet();
afterAll(() => fleet[Symbol.asyncDispose]());

/** Where the proxy is reached by the consumer, and by what address the consumer asks. */
const DOOR = fleet.address('h1', 1);
const CONSUMER = fleet.address('h1', 2);
const question = { to: DOOR, port: HTTP_PORT, from: CONSUMER };

let station = 10;
async function servers(count: number, name: string): Promise<readonly WebServer[]> {
  const started = [];
  for (let n = 0; n < count; n += 1) {
    station += 1;
    started.push(await WebServer.start(`${name}.${n}`, fleet.address('h1', station)));
  }
  return started;
}

const offered = (revisions: readonly RevisionPool[]) =>
  traffic('h1', { doors: [door(API, DOOR, fleet.subnet('h1'))], pools: [api(revisions)] });

const proxy: Promise<RunningProxy> = fleet.proxy('h1');

describe('a door', () => {
  it('leads to every replica of the service', async () => {
    const three = await servers(3, 'api');
    await (await proxy).follow(offered([stable({ local: three.map(serving) })]));
    const { answers, failures } = await askMany(question, { count: 300, connections: 4 });
    expect(failures).toEqual([]);
    expect([...answers.keys()].sort()).toEqual(['api.0', 'api.1', 'api.2']);
  });

  it('is closed to whoever is not in the consumer’s network', async () => {
    const [one] = await servers(1, 'api');
    await (await proxy).follow(offered([stable({ local: one === undefined ? [] : [serving(one)] })]));
    await expect(ask({ ...question, from: fleet.address('h7', 2) })).rejects.toThrow();
    expect((await ask(question)).status).toBe(200);
  });

  it('of a service without replicas says so at once', async () => {
    await (await proxy).follow(offered([stable({})]));
    const answer: Answer = await ask(question);
    expect(answer.status).toBe(503);
    expect(answer.tookMs).toBeLessThan(1_000);
  });

  it('of a service whose only replica was taken out asks it all the same: it may be back', async () => {
    const address = fleet.address('h1', 6);
    const before = await WebServer.start('before', address);
    await (await proxy).follow(offered([stable({ local: [serving(before)] })]));
    before.kill();
    const gone = await askMany(question, { count: 4, connections: 1 });
    expect(gone.failures).toHaveLength(4);
    await WebServer.start('after', address);
    const { answers, failures } = await askMany(question, { count: 20, connections: 1 });
    expect(failures).toEqual([]);
    expect([...answers.keys()]).toEqual(['after']);
  });

  it('passes TCP on', async () => {
    await using line = await LineServer.start('db.0', fleet.address('h1', 5));
    await (await proxy).follow(
      traffic('h1', {
        doors: [door(DB, DOOR, fleet.subnet('h1'))],
        pools: [db([stable({ local: [serving(line)] })])],
      }),
    );
    expect(await say({ to: DOOR, port: TCP_PORT, from: CONSUMER })).toBe('db.0');
    expect(await say({ to: DOOR, port: TCP_PORT, from: fleet.address('h7', 2) })).toBeNull();
  });

  it('leads to no replica that is leaving', async () => {
    const [first, second] = await servers(2, 'api');
    if (first === undefined || second === undefined) throw new Error('no servers');
    const local = [serving(first), { ...serving(second), state: 'leaving' as const }];
    await (await proxy).follow(offered([stable({ local })]));
    const { answers, failures } = await askMany(question, { count: 100, connections: 4 });
    expect(failures).toEqual([]);
    expect([...answers.keys()]).toEqual([first.name]);
  });
});

const COUNT = 20_000;
const KILLS = 5;

describe('the share of a canary', () => {
  it.each([
    { share: 500, replicas: 3 },
    { share: 500, replicas: 30 },
    { share: 100, replicas: 3 },
    { share: 100, replicas: 30 },
  ])('of $share in 10,000 holds beside $replicas replicas', async ({ share, replicas }) => {
    const [old, fresh] = [await servers(replicas, 'stable'), await servers(1, 'canary')];
    await (await proxy).follow(
      offered([
        stable({ share: 10_000 - share, local: old.map(serving) }),
        canary({ share, local: fresh.map(serving) }),
      ]),
    );
    const { answers, failures } = await askMany(question, { count: COUNT, connections: 16 });
    expect(failures).toEqual([]);
    const met = answers.get('canary.0') ?? 0;
    const expected = (COUNT * share) / 10_000;
    const deviation = Math.sqrt(expected * (1 - share / 10_000));
    expect(Math.abs(met - expected) / deviation).toBeLessThan(4);
    for (const web of [...old, ...fresh]) web.kill();
  });

  it('of none is none, and its replicas can be asked for all the same', async () => {
    const [old, fresh] = [await servers(1, 'stable'), await servers(1, 'canary')];
    const pools = [stable({ local: old.map(serving) }), canary({ share: 0, local: fresh.map(serving) })];
    await (await proxy).follow(offered(pools));
    const { answers } = await askMany(question, { count: 200, connections: 4 });
    expect([...answers.keys()]).toEqual(['stable.0']);
    expect(await (await proxy).ask('show stat')).toContain(CANARY);
  });
});

describe('no request is lost', () => {
  it.each([
    { what: 'one of three replicas', isCanary: false },
    { what: 'the only replica of a canary', isCanary: true },
  ])('when $what is killed and comes back: others answer', async ({ isCanary }) => {
    const old = await servers(2, 'api');
    const [first] = await servers(1, 'killed');
    if (first === undefined) throw new Error('no server');
    let victim = first;
    const revisions = isCanary
      ? [
          stable({ share: 5_000, local: old.map(serving) }),
          canary({ share: 5_000, local: [serving(victim)] }),
        ]
      : [stable({ local: [...old, victim].map(serving) })];
    await (await proxy).follow(offered(revisions));
    let isOver = false;
    const asking = askMany(question, { count: 1e9, connections: 8, isOver: () => isOver });
    for (let n = 0; n < KILLS; n += 1) {
      await sleep(300);
      victim.kill();
      await sleep(500);
      victim = await WebServer.start(victim.name, victim.address);
      // Until it is asked again.
      await sleep(1_300);
    }
    isOver = true;
    const { answers, failures } = await asking;
    expect(failures).toEqual([]);
    expect([...answers.keys()].sort()).toEqual(['api.0', 'api.1', 'killed.0']);
  });

  it('when the rules change twenty times, and a replica with them', async () => {
    const [first, second, third] = await servers(3, 'api');
    if (first === undefined || second === undefined || third === undefined) throw new Error('no servers');
    await (await proxy).follow(offered([stable({ local: [first, second].map(serving) })]));
    let isOver = false;
    const path = '/echo';
    const posts = askMany(
      { ...question, method: 'POST', path, body: 'x' },
      { count: 1e9, connections: 4, isOver: () => isOver },
    );
    const gets = askMany(question, { count: 1e9, connections: 4, isOver: () => isOver });
    for (let n = 0; n < 20; n += 1) {
      const pair = n % 2 === 0 ? [first, third] : [first, second];
      await (await proxy).follow(offered([stable({ local: pair.map(serving) })]));
    }
    isOver = true;
    expect((await posts).failures).toEqual([]);
    expect((await gets).failures).toEqual([]);
  });
});

describe('what is rendered', () => {
  it('gives HAProxy nothing to warn about', async () => {
    const revisions = [stable({ share: 9_000 }), canary({ share: 1_000 })];
    const full = traffic('h1', {
      doors: [door(API, DOOR, fleet.subnet('h1')), door(DB, DOOR, fleet.subnet('h1'))],
      pools: [api(revisions), db(revisions)],
    });
    await expect((await proxy).warnings(full)).resolves.toContain('valid');
  });
});
