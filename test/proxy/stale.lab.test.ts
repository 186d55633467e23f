// A reload leaves the process before with the idle connections of its clients. What is asked on them afterwards is
// answered by the rules of now, whatever has become of the replicas of then.

import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, ask } from './client.ts';
import { ProxyFleet, type RunningProxy } from './fleet.ts';
import { HTTP_PORT, WebServer } from './servers.ts';
import { answersNeighbour, asksNeighbour } from './two-hosts.ts';
import { API, api, CANARY, door, serving, stable, traffic } from './words.ts';

const fleet = new ProxyFleet();
const address = (host: string, station: number): string => fleet.address(host, station);
const question = { to: address('h1', 1), port: HTTP_PORT, from: address('h1', 2) };
/** Longer than it takes the process before to know that it is to stop. */
const A_WHILE_MS = 500;

let h1: RunningProxy;
let h2: RunningProxy;
let station = 10;
const started: WebServer[] = [];

async function server(name: string, host: string): Promise<WebServer> {
  station += 1;
  const web = await WebServer.start(name, address(host, station));
  started.push(web);
  return web;
}

beforeAll(async () => {
  h1 = await fleet.proxy('h1');
  h2 = await fleet.proxy('h2');
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  for (const web of started) await web[Symbol.asyncDispose]();
});

const near = (web: WebServer, revision = stable({ local: [serving(web)] })) =>
  traffic('h1', { doors: [door(API, address('h1', 1), fleet.subnet('h1'))], pools: [api([revision])] });

/** A client that asks, leaves its connection open, and asks again. */
class Idle {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  ask(method: string): Promise<Answer> {
    const more = method === 'POST' ? { method, body: 'x' } : { method };
    return ask({ ...question, ...more, agent: this.#agent });
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function idleClients(count: number): Promise<readonly Idle[]> {
  const clients = Array.from({ length: count }, () => new Idle());
  // At once, so that none has a connection to another host from the one before.
  const answers = await Promise.all(clients.map((client) => client.ask('GET')));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  return clients;
}

async function textsOf(clients: readonly Idle[], method: string): Promise<readonly string[]> {
  const answers = await Promise.all(clients.map((client) => client.ask(method)));
  for (const client of clients) client.close();
  return [...new Set(answers.map(({ status, text }) => `${status} ${text}`))];
}

describe.each(['GET', 'POST'])('a %s on a connection that was idle while', (method) => {
  it('all replicas were replaced is answered by a new one', async () => {
    const old = await server('old', 'h1');
    await h1.follow(near(old));
    const clients = await idleClients(20);
    await h1.follow(near(await server('new', 'h1')));
    old.kill();
    await sleep(A_WHILE_MS);
    expect(await textsOf(clients, method)).toEqual(['200 new']);
  });

  it('the revision was replaced three times is answered by the last one', async () => {
    const clients: Idle[] = [];
    let before: WebServer | undefined;
    for (const [turn, revision] of ['a', 'b', 'c'].entries()) {
      const web = await server(revision, 'h1');
      const own = stable({ local: [serving(web)] });
      await h1.follow(near(web, turn % 2 === 0 ? own : { ...own, revision: CANARY }));
      clients.push(...(await idleClients(5)));
      before?.kill();
      before = web;
    }
    await sleep(A_WHILE_MS);
    expect(await textsOf(clients, method)).toEqual(['200 c']);
  });

  it('the connection to the service was taken away is answered by nobody', async () => {
    const web = await server('api', 'h1');
    await h1.follow(near(web));
    const clients = await idleClients(3);
    const asked = web.requests;
    await h1.follow(traffic('h1', { pools: near(web).pools }));
    await sleep(A_WHILE_MS);
    expect(await textsOf(clients, method)).toEqual([expect.stringMatching(/^503 /)]);
    expect(web.requests).toBe(asked);
  });

  it('another host replaced all its replicas is answered by a new one', async () => {
    const old = await server('old', 'h2');
    await h2.follow(answersNeighbour(fleet, old));
    await h1.follow(asksNeighbour(fleet));
    const clients = await idleClients(20);
    await h2.follow(answersNeighbour(fleet, await server('new', 'h2')));
    old.kill();
    await sleep(A_WHILE_MS);
    expect(await textsOf(clients, method)).toEqual(['200 new']);
  });
});
