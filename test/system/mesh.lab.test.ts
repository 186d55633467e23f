// Services on different real hosts that find each other, through the hosts' load balancers and encrypted.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asking, containersOf, inContainer } from './consumer.ts';
import { type System, serviceManifest, startSystem } from './harness.ts';

const on = (host: string): string => `  placement: { hosts: { host: ${host} } }`;
const SERVES =
  '  serves: [8080/http]\n  readiness: { http: { path: /cgi-bin/health, port: 8080 }, period: 1s }\n  rollout: { minHealthy: 0s }';
const CONNECTS = '  connects: [api]\n  rollout: { minHealthy: 0s }';

let system: System;
let images: Record<'1' | '2', string>;

beforeAll(async () => {
  system = await startSystem({ hosts: 2 });
  const { images: library } = system.lab;
  images = { '1': (await library.web('1')).ref, '2': (await library.web('2')).ref };
  system.balancerImage = (await library.haproxy('2.6')).ref;
  await system.repository.commit({
    ...system.hostManifests(),
    'api.yaml': serviceManifest('api', { image: images['1'], replicas: 2, spec: `${SERVES}\n${on('h2')}` }),
    'web.yaml': serviceManifest('web', { image: images['1'], spec: `${CONNECTS}\n${on('h1')}` }),
  });
  await system.start();
  await system.converged();
});

afterAll(() => system[Symbol.asyncDispose]());

describe('a service whose provider runs on another host', () => {
  it('reaches it by its name', async () => {
    expect((await containersOf(system, 'api')).map(({ host }) => host)).toEqual(['h2', 'h2']);
    expect(await inContainer(system, 'web', 'wget -qO- http://api:8080/')).toEqual({ code: 0, output: '1' });
  });

  it('loses no request in a rollout there', async () => {
    const over = await asking(system, 'web', 100);
    const image = images['2'];
    await system.push({
      'api.yaml': serviceManifest('api', { image, replicas: 2, spec: `${SERVES}\n${on('h2')}` }),
    });
    await system.converged();
    const { answers, failures } = await over();
    expect(failures).toEqual({});
    expect(Object.keys(answers)).toEqual(['1', '2']);
  });

  it('loses no request while all replicas move to its own host', async () => {
    const over = await asking(system, 'web', 100);
    await system.push({
      'api.yaml': serviceManifest('api', {
        image: images['1'],
        replicas: 2,
        spec: `${SERVES}\n${on('h1')}`,
      }),
    });
    await system.converged();
    expect((await over()).failures).toEqual({});
    expect((await containersOf(system, 'api')).map(({ host }) => host)).toEqual(['h1', 'h1']);
  });
});
