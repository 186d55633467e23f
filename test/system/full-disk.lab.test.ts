// A full disk: at the controller nothing is done that could not be remembered; at a host the old revision
// keeps serving. Both go on by themselves once there is room.

import { describe, expect, it } from 'vitest';
import { fillDisk } from './ballast.ts';
import { serviceManifest, startSystem } from './harness.ts';

describe('a full disk', () => {
  it('at the controller: nothing is done without being remembered, and it goes on when there is room', async () => {
    await using system = await startSystem({ hosts: 1, controllerDiskMiB: 4 });
    const image = (await system.lab.images.web('1')).ref;
    await system.repository.commit({
      ...system.hostManifests(),
      'api.yaml': serviceManifest('api', { image }),
    });
    await system.start();
    await system.converged();
    const free = fillDisk(system.directory);
    await system.push({ 'web.yaml': serviceManifest('web', { image, replicas: 3 }) });
    await system.until('it is reported', () => system.events.some((e) => e.kind === 'store/failed'));
    expect(await system.containers(true)).toHaveLength(1);
    free();
    await system.until('all run', async () => (await system.containers()).length === 4);
    await system.converged();
  });

  it('at a host: the old revision keeps serving, the reason is shown, and the rollout ends well when there is room', async () => {
    await using system = await startSystem({ hosts: [{ diskMiB: 64 }] });
    const image = (await system.lab.images.web('1')).ref;
    await system.repository.commit({
      ...system.hostManifests(),
      'api.yaml': serviceManifest('api', { image }),
    });
    await system.start();
    await system.converged();
    const host = system.lab.host('h1');
    await host.disk.fill();
    const next = (await system.lab.images.web('2')).ref;
    await system.push({ 'api.yaml': serviceManifest('api', { image: next }) });
    await system.until('it is reported', () => /host\/disk-full/.test(system.service('api').because));
    const [old] = await system.containers();
    expect(old?.State).toBe('running');
    await host.disk.free();
    await system.converged(90_000);
    const [container] = await system.containers();
    expect(container?.Id).not.toBe(old?.Id);
  });
});
