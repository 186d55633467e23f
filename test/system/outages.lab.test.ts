// What a service that asks another one notices when parts of the way are killed, on a real engine with live-restore.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { System } from './harness.ts';
import { A_WHILE_MS, asked, killContainer, killHaproxy, PER_SECOND, startPair } from './outages.ts';

/** So many it may be answering at one moment. */
const MOST_HALVES = 3;

let system: System;

beforeAll(async () => {
  system = await startPair();
});
beforeEach(() => system.converged());
afterAll(() => system[Symbol.asyncDispose]());

describe('a service that asks 200 times a second', () => {
  it('loses no request when a replica is killed, but those of which it had sent half an answer', async () => {
    const { answers, failures } = await asked(system, () => killContainer(system, 'api'));
    const { 'cut in the middle of its answer': halves = 0, ...lost } = failures;
    expect(lost).toEqual({});
    expect(halves).toBeLessThanOrEqual(MOST_HALVES);
    expect(answers['1']).toBeGreaterThan(PER_SECOND * 2);
  });

  it.each([
    ['HAProxy', killHaproxy],
    ['the whole container that it runs in', (own: System) => killContainer(own, 'proxy')],
  ])('is answered again by itself when %s is killed', async (_, kill) => {
    const { outageMs } = await asked(system, () => kill(system));
    expect(outageMs).toBeGreaterThan(0);
    expect(outageMs).toBeLessThan(A_WHILE_MS);
    const { answers, failures } = await asked(system, async () => {});
    expect(failures).toEqual({});
    expect(answers['1']).toBeGreaterThan(PER_SECOND);
  });

  it('loses no request when dockerd is killed and comes back', async () => {
    const { dockerd } = system.lab.host('h1');
    const { answers, failures } = await asked(system, async () => {
      await dockerd.kill();
      await sleep(A_WHILE_MS);
      await dockerd.start();
    });
    expect(failures).toEqual({});
    expect(answers['1']).toBeGreaterThan(PER_SECOND * 4);
  });
});
