// Services that find each other by name, through the load balancer of a real host.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asking, inContainer, inspected } from './consumer.ts';
import { type System, serviceManifest, startSystem } from './harness.ts';

const SERVES =
  '  serves: [8080/http]\n  readiness: { http: { path: /cgi-bin/health, port: 8080 }, period: 1s }\n  rollout: { minHealthy: 0s }';
const CONNECTS = '  connects: [api]\n  rollout: { minHealthy: 0s }';
let system: System;
let images: Record<'1' | '2', string>;

beforeAll(async () => {
  system = await startSystem({ hosts: 1 });
  const { images: library } = system.lab;
  images = { '1': (await library.web('1')).ref, '2': (await library.web('2')).ref };
  system.balancerImage = (await library.haproxy('2.6')).ref;
  await system.repository.commit({
    ...system.hostManifests(),
    'api.yaml': serviceManifest('api', { image: images['1'], replicas: 2, spec: SERVES }),
    'web.yaml': serviceManifest('web', { image: images['1'], spec: CONNECTS }),
    'stranger.yaml': serviceManifest('stranger', { image: images['1'] }),
  });
  await system.start();
  await system.converged();
});

afterAll(() => system[Symbol.asyncDispose]());

describe('a service that connects to another one', () => {
  it('reaches it by its names', async () => {
    for (const name of ['api', 'api.default'])
      expect(await inContainer(system, 'web', `wget -qO- http://${name}:8080/`)).toEqual({
        code: 0,
        output: '1',
      });
  });

  it('is told the name and the port by variables', async () => {
    expect(await inContainer(system, 'web', 'echo $API_HOST:$API_PORT')).toEqual({
      code: 0,
      output: 'api:8080',
    });
  });
});

describe('a service that does not', () => {
  it('does not find it by its name', async () => {
    expect((await inContainer(system, 'stranger', 'wget -T 3 -qO- http://api:8080/')).code).not.toBe(0);
  });

  it('reaches neither its replicas nor the door of another one', async () => {
    const { NetworkSettings } = await inspected(system, 'api');
    const replica = Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? '';
    const { HostConfig } = await inspected(system, 'web');
    const door = HostConfig.ExtraHosts?.[0]?.split(':')[1] ?? '';
    expect([replica, door]).toEqual([
      expect.stringMatching(/^10\.201\./),
      expect.stringMatching(/^10\.201\./),
    ]);
    for (const address of [replica, door])
      expect((await inContainer(system, 'stranger', `wget -T 3 -qO- http://${address}:8080/`)).code).not.toBe(
        0,
      );
  });
});

describe('while it is asked 200 times a second', () => {
  it('a rollout loses no request', async () => {
    const over = await asking(system, 'web', 200);
    const image = images['2'];
    await system.push({ 'api.yaml': serviceManifest('api', { image, replicas: 2, spec: SERVES }) });
    await system.converged();
    const { answers, failures, slowestMs } = await over();
    expect(failures).toEqual({});
    expect(Object.keys(answers)).toEqual(['1', '2']);
    expect(slowestMs).toBeLessThan(5_000);
  });
});
