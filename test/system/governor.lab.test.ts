// What a commit removes is removed, and what it removes by accident is held.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, serviceManifest, startSystem } from './harness.ts';

let system: System;
let image: string;

const NAMESPACE = 'apiVersion: plimsoll.dev/v1\nkind: Namespace\nmetadata: { name: shop }\nspec: {}\n';
const names = Array.from({ length: 8 }, (_, i) => `s${i}`);
const ids = async (): Promise<string[]> => (await system.containers()).map((c) => c.Id).sort();
const all = (image: string): Record<string, string> =>
  Object.fromEntries(names.map((name) => [`${name}.yaml`, serviceManifest(name, { image })]));

beforeAll(async () => {
  system = await startSystem({ hosts: 2 });
  image = (await system.lab.images.web('1')).ref;
  await system.repository.commit({
    ...system.hostManifests(),
    ...all(image),
    'namespace.yaml': NAMESPACE,
    'data.yaml': serviceManifest('data', {
      image,
      spec: '  volumes: ["files:/files"]\n  rollout: { minHealthy: 0s }',
    }),
  });
  await system.start();
  await system.converged();
});

afterAll(() => system[Symbol.asyncDispose]());

const held = (): string | undefined => system.status().sources[0]?.held?.because;

describe('a commit that would remove much', () => {
  it('is held when it removes more than 20 % and at least 5 services, until it is approved', async () => {
    const before = await ids();
    await system.push(Object.fromEntries(names.slice(0, 5).map((name) => [`${name}.yaml`, null])));
    expect(held()).toMatch(/5 of 9 services/);
    expect(await ids()).toEqual(before);
    await system.controller.approve(null, 'user:test');
    await system.until('five services are gone', async () => (await ids()).length === 4);
    expect(held()).toBeUndefined();
  });

  it('is held when it removes a namespace', async () => {
    await system.push({ 'namespace.yaml': null });
    expect(held()).toMatch(/namespace shop/);
    await system.push({ 'namespace.yaml': NAMESPACE });
    expect(held()).toBeUndefined();
  });

  it('is held when it has no manifests at all', async () => {
    const before = await ids();
    const everything = (await system.repository.git('ls-tree', '-r', '--name-only', 'main'))
      .trim()
      .split('\n');
    const last = await system.repository.head();
    await system.push(Object.fromEntries(everything.map((file) => [file, null])));
    expect(held()).toMatch(/no manifests/);
    expect(await ids()).toEqual(before);
    await system.repository.moveBranch(last);
    await system.controller.sync(null);
    expect(held()).toBeUndefined();
  });
});

describe('a removed service', () => {
  it('takes its containers with it and leaves its volume', async () => {
    await system.push({ 'data.yaml': null });
    await system.until('its container is gone', async () =>
      (await system.containers(true)).every((c) => !c.Names.some((n) => n.includes('.data.'))),
    );
    const volumes = await Promise.all(system.lab.hosts.map((h) => h.docker.listVolumes()));
    expect(volumes.flatMap((v) => v.Volumes.map((one) => one.Name))).toContain('plimsoll.default.files');
  });
});

describe('a forced push', () => {
  it('to a commit that does not descend from the one in force is held', async () => {
    const before = await ids();
    await system.repository.forcePush({
      ...system.hostManifests(),
      's7.yaml': serviceManifest('s7', { image }),
    });
    await system.controller.sync(null);
    expect(held()).toMatch(/forced push/);
    expect(await ids()).toEqual(before);
  });
});
