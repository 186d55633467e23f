// Replicas that have so much to do that for a moment none of them takes a connection: their kernels are silent then,
// as those of replicas that are gone. Nobody else is left to ask, so they are asked until they answer.

import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask } from './client.ts';
import { ProxyFleet, type RunningProxy } from './fleet.ts';
import { BusyServer, HTTP_PORT } from './servers.ts';
import { API, api, door, serving, stable, traffic } from './words.ts';

const CLIENTS = 40;
const BUSY_MS = 1_600;

const fleet = new ProxyFleet();
const address = (station: number): string => fleet.address('h1', station);
const question = { to: address(1), port: HTTP_PORT, from: address(2) };
let h1: RunningProxy;
let replicas: readonly BusyServer[];

beforeAll(async () => {
  h1 = await fleet.proxy('h1');
  replicas = await Promise.all(['a', 'b'].map((name, at) => BusyServer.start(name, address(11 + at))));
  await h1.follow(
    traffic('h1', {
      doors: [door(API, address(1), fleet.subnet('h1'))],
      pools: [api([stable({ local: replicas.map(serving) })])],
    }),
  );
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  for (const replica of replicas) await replica[Symbol.asyncDispose]();
});

it.each(['GET', 'POST'])('every %s is answered once they have time again', async (method) => {
  const more = method === 'POST' ? { method, body: 'x' } : { method };
  const agents = Array.from({ length: CLIENTS }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const askAll = () => Promise.allSettled(agents.map((agent) => ask({ ...question, ...more, agent })));
  // A later request of a connection gets no status where it fails, only the end of the connection.
  await askAll();
  for (const replica of replicas) replica.pause(BUSY_MS);
  await sleep(50);
  const answers = await askAll();
  for (const agent of agents) agent.destroy();
  const unanswered = answers.map((each) =>
    each.status === 'rejected' ? String(each.reason) : `${each.value.status}`,
  );
  expect(new Set(unanswered)).toEqual(new Set(['200']));
});
