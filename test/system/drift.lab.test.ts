// What people change by hand is repaired where it is ours, and refused and left untouched where it is not.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, serviceManifest, startSystem } from './harness.ts';

let system: System;
let image: string;

beforeAll(async () => {
  system = await startSystem({ hosts: 1 });
  image = (await system.lab.images.web('1')).ref;
  await system.repository.commit({
    ...system.hostManifests(),
    'api.yaml': serviceManifest('api', { image, replicas: 2 }),
  });
  await system.start();
  await system.converged();
});

afterAll(() => system[Symbol.asyncDispose]());

const docker = () => system.lab.host('h1').docker;
const first = async () => {
  const container = (await system.containers()).find((c) => c.Names[0]?.includes('.api.'));
  if (container === undefined) throw new Error('no container of api runs');
  return docker().getContainer(container.Id);
};
const isWhole = async (): Promise<boolean> =>
  (await system.containers()).filter((c) => c.Names[0]?.includes('.api.')).length === 2;

describe('repaired', () => {
  it('docker rm -f', async () => {
    await (await first()).remove({ force: true });
    await system.until('both run again', isWhole);
  });

  it('docker stop', async () => {
    const container = await first();
    await container.stop({ t: 1 });
    await system.until('it runs again', async () => (await container.inspect()).State.Running);
  });

  it('docker update --memory', async () => {
    const container = await first();
    await container.update({ Memory: 32 * 1024 * 1024, MemorySwap: 64 * 1024 * 1024 });
    await system.until(
      'its limit is back',
      async () => (await container.inspect()).HostConfig.Memory === 64 * 1024 * 1024,
    );
  });

  it('docker network disconnect', async () => {
    const container = await first();
    await docker().getNetwork('plimsoll.default.api').disconnect({ Container: container.id, Force: true });
    await system.until('it is connected with its alias', async () => {
      const network = (await container.inspect()).NetworkSettings.Networks['plimsoll.default.api'];
      return network?.Aliases?.includes('api') ?? false;
    });
  });
});

describe('foreign objects with our names are refused, untouched and reported', () => {
  const because = (name: string): string => system.service(name).because;

  it('a container', async () => {
    const name = (await (await first()).inspect()).Name.slice(1);
    const revision = name.split('.')[2] ?? '';
    const foreign = await docker().createContainer({
      Image: (await (await first()).inspect()).Image,
      name: `default.api.${revision}.2.0`,
    });
    await system.push({ 'api.yaml': serviceManifest('api', { image, replicas: 3 }) });
    await system.until('it is reported', () => /foreign container/.test(because('api')));
    expect((await foreign.inspect()).State.Status).toBe('created');
    await foreign.remove();
    await system.converged();
  });

  it('a volume', async () => {
    await docker().createVolume({ Name: 'plimsoll.default.data' });
    await system.push({
      'db.yaml': serviceManifest('db', {
        image,
        spec: '  volumes: ["data:/data"]\n  rollout: { minHealthy: 0s }',
      }),
    });
    await system.until('it is reported', () => /foreign volume/.test(because('db')));
    expect((await docker().getVolume('plimsoll.default.data').inspect()).Labels ?? {}).toEqual({});
    await docker().getVolume('plimsoll.default.data').remove();
    await system.converged();
  });

  it('a network', async () => {
    await docker().createNetwork({ Name: 'plimsoll.shop.web' });
    await system.push({
      'shop.yaml': `apiVersion: plimsoll.dev/v1\nkind: Namespace\nmetadata: { name: shop }\nspec: {}\n---\n${serviceManifest('web', { image }).replace('name: web', 'name: web, namespace: shop')}`,
    });
    await system.until('it is reported', () => /foreign network/.test(because('web')));
    await docker().getNetwork('plimsoll.shop.web').remove();
    await system.converged();
  });
});
