// A commit becomes running containers on real hosts, stays so, and goes when the commit goes.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, serviceManifest, startSystem } from './harness.ts';

let system: System;
let image: string;

beforeAll(async () => {
  system = await startSystem({ hosts: 3 });
  image = (await system.lab.images.web('1')).ref;
  await system.repository.commit({
    ...system.hostManifests(),
    'api.yaml': serviceManifest('api', { image, replicas: 3 }),
    'web.yaml': serviceManifest('web', { image, replicas: 3 }),
    'worker.yaml': serviceManifest('worker', { image, replicas: 3 }),
  });
  await system.start();
});

afterAll(() => system[Symbol.asyncDispose]());

describe('a commit with 3 services of 3 replicas', () => {
  it('runs 9 containers, 3 on each of 3 hosts', async () => {
    await system.converged();
    const containers = await system.containers();
    expect(containers).toHaveLength(9);
    expect(containers.filter((c) => c.host === 'h1')).toHaveLength(3);
  });

  it('does nothing more after that', async () => {
    const before = (await system.containers()).map((c) => c.Id).sort();
    await system.push({ 'README.md': 'unrelated' });
    await system.converged();
    expect((await system.containers()).map((c) => c.Id).sort()).toEqual(before);
  });

  it('removes a service with its manifest', async () => {
    await system.push({ 'worker.yaml': null });
    await system.until('no worker is left', async () => (await system.containers(true)).length === 6);
    await system.converged();
  });
});
