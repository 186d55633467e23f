// What a service that asks another one notices when parts of the way are killed, on a real engine with live-restore.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asking, containersOf } from './consumer.ts';
import { type System, serviceManifest, startSystem } from './harness.ts';

const PER_SECOND = 200;
const A_WHILE_MS = 3_000;
/** So many it may be answering at one moment. */
const MOST_HALVES = 3;

let system: System;

beforeAll(async () => {
  system = await startSystem({ hosts: [{ dockerdArgs: ['--live-restore'] }] });
  const { images } = system.lab;
  const image = (await images.web('1')).ref;
  system.balancerImage = (await images.haproxy('2.6')).ref;
  await system.repository.commit({
    ...system.hostManifests(),
    'api.yaml': serviceManifest('api', {
      image,
      replicas: 2,
      spec: '  serves: [8080/http]\n  readiness: { http: { path: /cgi-bin/health, port: 8080 }, period: 1s }',
    }),
    'web.yaml': serviceManifest('web', { image, spec: '  connects: [api]' }),
  });
  await system.start();
  await system.converged();
});

beforeEach(() => system.converged());

afterAll(() => system[Symbol.asyncDispose]());

/** SIGKILL, as the kernel does it where memory runs out: its engine was not asked. */
async function kill(part: string): Promise<void> {
  const [found] = await containersOf(system, part);
  const { State } = (await found?.container.inspect()) ?? {};
  await system.lab.host('h1').run('kill', ['-KILL', String(State?.Pid)]);
}

/** Asked all the while, from some time before until some time after. */
async function asked(strike: () => Promise<void>) {
  const over = await asking(system, 'web', PER_SECOND);
  await sleep(A_WHILE_MS);
  await strike();
  await sleep(A_WHILE_MS);
  return over();
}

describe('a service that asks 200 times a second', () => {
  it('loses no request when a replica is killed, but those of which it had sent half an answer', async () => {
    const { answers, failures } = await asked(() => kill('api'));
    const { 'cut in the middle of its answer': halves = 0, ...lost } = failures;
    expect(lost).toEqual({});
    expect(halves).toBeLessThanOrEqual(MOST_HALVES);
    expect(answers['1']).toBeGreaterThan(PER_SECOND * 2);
  });

  it('is answered again by itself when HAProxy is killed', async () => {
    const { outageMs } = await asked(() => kill('proxy'));
    expect(outageMs).toBeGreaterThan(0);
    expect(outageMs).toBeLessThan(A_WHILE_MS);
    const { answers, failures } = await asked(async () => {});
    expect(failures).toEqual({});
    expect(answers['1']).toBeGreaterThan(PER_SECOND);
  });

  it('loses no request when dockerd is killed and comes back', async () => {
    const { dockerd } = system.lab.host('h1');
    const { answers, failures } = await asked(async () => {
      await dockerd.kill();
      await sleep(A_WHILE_MS);
      await dockerd.start();
    });
    expect(failures).toEqual({});
    expect(answers['1']).toBeGreaterThan(PER_SECOND * 4);
  });
});
