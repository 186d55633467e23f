// A new image rolls with never fewer ready replicas than allowed; a broken one ends in a rollback or a
// clear failure while the old revision serves, and the next good commit goes through by itself.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, endpointsOf } from './client.ts';
import { type System, serviceManifest, startSystem } from './harness.ts';

const SPEC = `  ports: ["18080-18085:8080"]
  readiness: { http: { path: /cgi-bin/health, port: 8080 }, period: 250ms, timeout: 1s, failureThreshold: 2 }
  stop_grace_period: 3s
  rollout: { minHealthy: 500ms, progressDeadline: 8s }
`;

let system: System;
let good: string;

const manifest = (image: string): string => serviceManifest('api', { image, replicas: 3, spec: SPEC });
const versions = async (): Promise<readonly string[]> => {
  const client = new Client(
    endpointsOf(
      system.lab.hosts.map((h) => h.address),
      18_080,
      18_085,
    ),
  );
  const { versions } = await client.look();
  await client.stop();
  return [...versions];
};
const clientOfAll = (): Client =>
  new Client(
    endpointsOf(
      system.lab.hosts.map((h) => h.address),
      18_080,
      18_085,
    ),
  );

beforeAll(async () => {
  system = await startSystem({ hosts: 3 });
  good = (await system.lab.images.web('1')).ref;
  await system.repository.commit({ ...system.hostManifests(), 'api.yaml': manifest(good) });
  await system.start();
  await system.converged();
});

afterAll(() => system[Symbol.asyncDispose]());

describe('a new image tag', () => {
  it('rolls with never fewer than 3 of 3 replicas serving', async () => {
    const client = clientOfAll();
    const next = (await system.lab.images.web('2')).ref;
    await system.push({ 'api.yaml': manifest(next) });
    await system.converged();
    const { fewest, most, looks } = await client.stop();
    expect(fewest).toBeGreaterThanOrEqual(3);
    expect(most).toBeLessThanOrEqual(4);
    expect(looks).toBeGreaterThan(20);
    expect(await versions()).toEqual(['2']);
    good = next;
  });
});

describe('a broken image leaves the old revision serving and is rolled back', () => {
  const broken: readonly [string, () => Promise<string>, RegExp][] = [
    [
      'exits at once',
      async () => (await system.lab.images.web('exits', { exitCode: 3 })).ref,
      /failures in a row/,
    ],
    [
      'never becomes healthy',
      async () => (await system.lab.images.web('sick', { healthy: 'no' })).ref,
      /no progress/,
    ],
    ['has no such command', async () => (await system.lab.images.busybox('empty')).ref, /failures in a row/],
  ];

  it.each(broken)('%s', async (_, image, because) => {
    const client = clientOfAll();
    await system.push({ 'api.yaml': manifest(await image()) });
    await system.until('it is rolled back', () => system.service('api').phase === 'held');
    const description = await system.controller.describe(system.key('api'));
    expect(description?.rollout?.phase).toBe('rolledBack');
    expect(description?.rollout?.because).toMatch(because);
    expect((await client.stop()).fewest).toBeGreaterThanOrEqual(3);
    await system.until(
      'only the old version is left',
      async () => (await system.containers(true)).length === 3,
    );
    expect(await versions()).toEqual(['2']);
  });

  it('is missing in the registry: nothing is touched, and the reason is shown', async () => {
    const ids = (await system.containers()).map((c) => c.Id).sort();
    await system.push({ 'api.yaml': manifest(good.replace(/:2$/, ':no-such-tag')) });
    await system.until('the reason is known', () => /image\/not-found/.test(system.service('api').because));
    expect((await system.containers()).map((c) => c.Id).sort()).toEqual(ids);
  });

  it('needs a password that is wrong: terminal, and it says so', async () => {
    const image = (await system.lab.privateRegistry.images.web('secret')).ref;
    await system.push({ 'api.yaml': manifest(image) });
    await system.until('the reason is known', () => /image\/auth/.test(system.service('api').because));
    expect(await versions()).toEqual(['2']);
  });

  it('and the next good commit goes through without any manual step', async () => {
    const next = (await system.lab.images.web('3')).ref;
    await system.push({ 'api.yaml': manifest(next) });
    await system.converged();
    expect(await versions()).toEqual(['3']);
  });
});
