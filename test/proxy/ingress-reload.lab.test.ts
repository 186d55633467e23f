// Rules of routes change while clients ask: no request is lost, and none is answered by rules of before.

import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceKey } from '../../src/kernel/ids.ts';
import { type Answer, ask, askMany } from './client.ts';
import { ProxyFleet, type RunningProxy } from './fleet.ts';
import { HTTP_PORT, Mirrored, MirrorServer, WebServer } from './servers.ts';
import { answersNeighbour, asksNeighbour } from './two-hosts.ts';
import { api, canary, rule, serving, stable, traffic, type WrittenRule } from './words.ts';

const fleet = new ProxyFleet();
const address = (host: string, station: number): string => fleet.address(host, station);
const INGRESS = { address: address('h1', 1), port: 8_000 };
const HOST = 'shop.example.com';
const question = {
  to: INGRESS.address,
  port: INGRESS.port,
  from: address('h1', 2),
  headers: { host: HOST },
};
/** Longer than it takes the process before to know that it is to stop. */
const A_WHILE_MS = 500;
const RELOADS = 10;

let h1: RunningProxy;
let h2: RunningProxy;
let station = 10;
const started: AsyncDisposable[] = [];

async function web(name: string, host = 'h1'): Promise<WebServer> {
  station += 1;
  const server = await WebServer.start(name, address(host, station));
  started.push(server);
  return server;
}

beforeAll(async () => {
  h1 = await fleet.proxy('h1');
  h2 = await fleet.proxy('h2');
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  for (const each of started) await each[Symbol.asyncDispose]();
});

type Replica = Parameters<typeof serving>[0];

/** Routes to the service of these replicas. */
const led = (rules: readonly WrittenRule[], ...replicas: readonly Replica[]) =>
  traffic('h1', {
    pools: [api([stable({ local: replicas.map(serving) })])],
    ingress: { ...INGRESS, rules: rules.map(rule) },
  });

describe('while routes change ten times, and replicas with them', () => {
  it('no request is lost: on connections that are kept, and on new ones', async () => {
    const [first, second, third] = [await web('api.0'), await web('api.1'), await web('api.2')];
    const shop: WrittenRule = { hosts: [HOST] };
    await h1.follow(led([shop], first, second));
    let isOver = false;
    const options = { count: 1e9, isOver: () => isOver };
    const asking = [
      askMany(question, { ...options, connections: 6 }),
      askMany({ ...question, method: 'POST', body: 'x' }, { ...options, connections: 2 }),
      askMany(question, { ...options, connections: 2, keepAlive: false }),
      askMany({ ...question, method: 'POST', body: 'x' }, { ...options, connections: 2, keepAlive: false }),
    ];
    for (let n = 1; n <= RELOADS; n += 1) {
      const others = Array.from({ length: 20 * n }, (_, at) => ({
        hosts: [`h${at}-${n}.example.com`],
        path: `/${n}`,
      }));
      const changed: WrittenRule =
        n % 2 === 0 ? shop : { hosts: ['*.example.com'], methods: ['GET', 'POST'] };
      await h1.follow(led([...others, changed], first, n % 2 === 0 ? second : third));
      await sleep(200);
    }
    isOver = true;
    const tallies = await Promise.all(asking);
    expect(tallies.flatMap(({ failures }) => failures)).toEqual([]);
    const answered = tallies.map(({ answers }) =>
      [...answers.values()].reduce((sum, count) => sum + count, 0),
    );
    expect(Math.min(...answered)).toBeGreaterThan(100);
    expect(answered.reduce((sum, count) => sum + count)).toBeGreaterThan(2_000);
  });
});

/** A client that asks, leaves its connection open, and asks again. */
async function idleClients(count: number) {
  const clients = Array.from({ length: count }, () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    return {
      ask: (path = '/x'): Promise<Answer> => ask({ ...question, path, agent }),
      close: (): void => agent.destroy(),
    };
  });
  await Promise.all(clients.map((client) => client.ask()));
  return clients;
}

/** What they get on the connections that were idle, each different answer once. */
async function afterwards(clients: Awaited<ReturnType<typeof idleClients>>): Promise<readonly string[]> {
  await sleep(A_WHILE_MS);
  const answers = await Promise.all(clients.map((client) => client.ask()));
  for (const client of clients) client.close();
  return [...new Set(answers.map(({ status, text }) => `${status} ${text}`))];
}

describe('a request on a connection that was idle while', () => {
  it('all replicas were replaced is answered by a new one', async () => {
    const old = await web('old');
    await h1.follow(led([{}], old));
    const clients = await idleClients(10);
    await h1.follow(led([{}], await web('new')));
    old.kill();
    expect(await afterwards(clients)).toEqual(['200 new']);
  });

  it('its route was taken away is answered by nobody', async () => {
    const old = await web('old');
    await h1.follow(led([{}], old));
    const clients = await idleClients(3);
    await h1.follow(led([{ hosts: ['other.example.com'] }], old));
    expect(await afterwards(clients)).toEqual(['404 Not found: no route leads here.']);
  });

  it('a route was added is answered by its service', async () => {
    const replica = await web('new');
    await h1.follow(led([{ hosts: ['other.example.com'] }], replica));
    const clients = await idleClients(3);
    await h1.follow(led([{}], replica));
    expect(await afterwards(clients)).toEqual(['200 new']);
  });

  it('it came to be rewritten is rewritten once, and still of its own client', async () => {
    await using mirror = await MirrorServer.start('mirror', address('h1', 200));
    const rewriting: WrittenRule = { rewrite: '/app', limits: { allow: [question.from] } };
    await h1.follow(led([rewriting], mirror));
    const clients = await idleClients(1);
    await h1.follow(led([rewriting, { hosts: ['other.example.com'] }], mirror));
    const [told = ''] = await afterwards(clients);
    const { path, headers } = Mirrored.parse(JSON.parse(told.replace('200 ', '')));
    expect(path).toBe('/app/x');
    expect(headers).toMatchObject({ host: HOST, 'x-forwarded-for': question.from });
    expect(Object.keys(headers).filter((name) => name.startsWith('x-plimsoll-'))).toEqual([]);
  });

  it('three times others came to answer is answered by the last one', async () => {
    const clients = [];
    for (const name of ['a', 'b', 'c']) {
      await h1.follow(led([{}], await web(name)));
      clients.push(...(await idleClients(3)));
    }
    expect(await afterwards(clients)).toEqual(['200 c']);
  });
});

describe('a route leads', () => {
  it('to the revisions of a service in their shares', async () => {
    const [old, fresh] = [await web('stable'), await web('canary')];
    await h1.follow(
      traffic('h1', {
        pools: [
          api([
            stable({ share: 8_000, local: [serving(old)] }),
            canary({ share: 2_000, local: [serving(fresh)] }),
          ]),
        ],
        ingress: { ...INGRESS, rules: [rule({})] },
      }),
    );
    const count = 4_000;
    const { answers, failures } = await askMany(question, { count, connections: 8 });
    expect(failures).toEqual([]);
    const deviation = Math.sqrt(count * 0.2 * 0.8);
    expect(Math.abs((answers.get('canary') ?? 0) - count * 0.2) / deviation).toBeLessThan(4);
  });

  it('to replicas on other hosts', async () => {
    const far = await web('far', 'h2');
    await h2.follow(answersNeighbour(fleet, far));
    await h1.follow({
      ...asksNeighbour(fleet),
      ingress: { ...INGRESS, rules: [rule({ timeoutMs: 5_000 })] },
    });
    const { answers, failures } = await askMany(question, { count: 200, connections: 4 });
    expect(failures).toEqual([]);
    expect([...answers.keys()]).toEqual(['far']);
  });

  it('to several services of one host', async () => {
    const [one, two] = [await web('one'), await web('two')];
    const other = { service: ServiceKey.parse('shop/other'), port: HTTP_PORT };
    const pool = (replica: WebServer) => api([stable({ local: [serving(replica)] })]);
    await h1.follow(
      traffic('h1', {
        pools: [pool(one), { ...pool(two), to: other }],
        ingress: { ...INGRESS, rules: [rule({}), rule({ path: '/two', to: other })] },
      }),
    );
    expect([(await ask(question)).text, (await ask({ ...question, path: '/two' })).text]).toEqual([
      'one',
      'two',
    ]);
  });
});
