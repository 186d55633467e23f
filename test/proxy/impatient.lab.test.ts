// A replica that closes its idle connections early: a request may be on its way to it at that very moment. A GET is
// sent again; of a POST nobody knows whether it has been done.

import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from './client.ts';
import { ProxyFleet, type RunningProxy } from './fleet.ts';
import { HTTP_PORT, ImpatientServer } from './servers.ts';
import { answersNeighbour, asksNeighbour } from './two-hosts.ts';
import { API, api, door, serving, stable, traffic } from './words.ts';

const IDLE_MS = 50;
const CLIENTS = 40;
const POSTS_OF_EACH = 50;

const fleet = new ProxyFleet();
const address = (host: string, station: number): string => fleet.address(host, station);
const question = { to: address('h1', 1), port: HTTP_PORT, from: address('h1', 2), method: 'POST', body: 'x' };

let h1: RunningProxy;
let h2: RunningProxy;
let web: ImpatientServer;

beforeAll(async () => {
  web = await ImpatientServer.start('api', address('h2', 11), IDLE_MS);
  h1 = await fleet.proxy('h1');
  h2 = await fleet.proxy('h2');
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  await web[Symbol.asyncDispose]();
});

/** Pauses of about as long as the replica waits, so that many requests meet its closing. */
async function failuresOf(client: number): Promise<readonly string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const failures = [];
  for (let n = 0; n < POSTS_OF_EACH; n += 1) {
    try {
      const { status } = await ask({ ...question, agent });
      if (status !== 200) failures.push(`status ${status}`);
    } catch (error) {
      failures.push(String(error));
    }
    await sleep(IDLE_MS - 4 + ((client + n) % 9));
  }
  agent.destroy();
  return failures;
}

const postsOfAll = async () =>
  (await Promise.all(Array.from({ length: CLIENTS }, (_, client) => failuresOf(client)))).flat();

describe('two thousand POSTs with pauses as long as a replica’s patience', () => {
  it('are all answered by a replica on this host', async () => {
    await h1.follow(
      traffic('h1', {
        doors: [door(API, address('h1', 1), fleet.subnet('h1'))],
        pools: [api([stable({ local: [serving(web)] })])],
      }),
    );
    expect(await postsOfAll()).toEqual([]);
  });

  it('are all answered by a replica on another host', async () => {
    await h2.follow(answersNeighbour(fleet, web));
    await h1.follow(asksNeighbour(fleet));
    expect(await postsOfAll()).toEqual([]);
  });
});
