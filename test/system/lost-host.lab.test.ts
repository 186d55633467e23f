// A host that does not answer for a while, in the middle of a rollout: the rollout waits and ends well,
// nothing is started elsewhere in its place, and the other hosts go on at normal speed.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LabHost } from '../lab/host.ts';
import { type System, serviceManifest, startSystem } from './harness.ts';

/** Beyond every time-out of the connection; `PLIMSOLL_OUTAGE_MS=60000` repeats it with a minute. */
const OUTAGE_MS = Number(process.env['PLIMSOLL_OUTAGE_MS'] ?? 8_000);

let system: System;

beforeEach(async () => {
  system = await startSystem({ hosts: 3 });
  const image = (await system.lab.images.web('1')).ref;
  const pinned = `  placement: { hosts: { host: h1 } }\n  rollout: { minHealthy: 0s }`;
  await system.repository.commit({
    ...system.hostManifests(),
    'api.yaml': serviceManifest('api', {
      image,
      replicas: 6,
      spec: '  rollout: { minHealthy: 200ms, maxSurge: 1 }',
    }),
    'elsewhere.yaml': serviceManifest('elsewhere', { image, spec: pinned }),
  });
  await system.start();
  await system.converged();
});

afterEach(() => system[Symbol.asyncDispose]());

const outages: readonly [string, (host: LabHost) => Promise<void>, (host: LabHost) => Promise<void>][] = [
  ['sshd frozen', (h) => h.sshd.pause(), (h) => h.sshd.resume()],
  ['dockerd frozen', (h) => h.dockerd.pause(), (h) => h.dockerd.resume()],
  ['dockerd killed', (h) => h.dockerd.kill(), (h) => h.dockerd.start()],
  ['cut off', (h) => h.cutOff(), (h) => h.heal()],
];

describe('a host is lost in mid-rollout', () => {
  it.each(outages)('%s', async (_, lose, heal) => {
    const lost = system.lab.host('h3');
    const next = (await system.lab.images.web('2')).ref;
    await system.push({
      'api.yaml': serviceManifest('api', {
        image: next,
        replicas: 6,
        spec: '  rollout: { minHealthy: 200ms, maxSurge: 1 }',
      }),
    });
    await system.until('the rollout has begun', () =>
      system.events.some((e) => /run default\.api/.test(e.message) && e.kind === 'action/started'),
    );
    await lose(lost);
    const lostAt = performance.now();
    await system.until(
      'the loss is noticed',
      () => system.status().hosts.find((h) => h.name === 'h3')?.state !== 'fresh',
    );

    // Another service on another host is not held up.
    const pushedAt = performance.now();
    const pinned = `  placement: { hosts: { host: h1 } }\n  rollout: { minHealthy: 0s }`;
    await system.push({ 'elsewhere.yaml': serviceManifest('elsewhere', { image: next, spec: pinned }) });
    await system.until(
      'the other service is at its new revision',
      () => system.service('elsewhere').phase === 'ready',
    );
    expect(performance.now() - pushedAt).toBeLessThan(8_000);

    await new Promise((resolve) =>
      setTimeout(resolve, Math.max(0, OUTAGE_MS - (performance.now() - lostAt))),
    );
    await heal(lost);
    await system.converged(90_000);
    const containers = (await system.containers(true)).filter((c) => c.Names[0]?.includes('.api.'));
    expect(containers).toHaveLength(6);
    expect(containers.every((c) => c.State === 'running')).toBe(true);
    expect((await system.controller.describe(system.key('api')))?.rollout?.phase).toBe('succeeded');
  });
});
