// What somebody changed on a running container is put right, told or left alone, as the service says.

import { describe, expect, it } from 'vitest';
import type { DesiredService } from '../../src/desired/desired.ts';
import type { ObservedContainer } from '../../src/observed/report.ts';
import { host, service, world } from '../plan/world.ts';
import { Stage } from './stage.ts';

const HOSTS = [host('h1')];
const MIB = 1024 * 1024;

const deployed = (change: Partial<DesiredService> = {}): Stage => {
  const stage = new Stage(world(HOSTS, [service('api', { change })])).settle();
  stage.played.length = 0;
  return stage;
};

type Change = (c: ObservedContainer) => ObservedContainer;
const kinds = (stage: Stage): string[] => stage.played.map((played) => played.split(' ')[0] ?? '');

const lessMemory: Change = (c) => ({ ...c, limits: { ...c.limits, memoryBytes: 32 * MIB } });
const otherPolicy: Change = (c) => ({ ...c, restartPolicy: 'always' });
const disconnected: Change = (c) => ({ ...c, networks: {} });
const nameless: Change = (c) => ({
  ...c,
  networks: { 'plimsoll.shop.api': { address: '172.20.0.2', aliases: [] } },
});

const CHANGES: readonly (readonly [string, Change, string, RegExp])[] = [
  ['less memory', lessMemory, 'updateContainer', /limits.memoryBytes is 33554432 instead of 67108864/],
  ['another restart policy', otherPolicy, 'updateContainer', /restart policy is always instead of/],
  ['no network', disconnected, 'connectNetwork', /disconnected from plimsoll.shop.api/],
  ['no name in its network', nameless, 'connectNetwork', /has lost its name api in plimsoll.shop.api/],
];

/** A first deployment whose controller ended between the creation of a container and its start. */
function createdOnly(drift: DesiredService['drift']): Stage {
  const stage = new Stage(world(HOSTS, [service('api', { change: { drift } })]));
  while (stage.containers().length === 0) stage.step();
  return stage.meddle((c) => ({ ...c, status: 'created', startedAt: null }));
}

describe('a container that was created and never started', () => {
  it.each(['correct', 'report', 'off'] as const)(
    'is no drift where its mode is %s: it is started',
    (drift) => {
      const stage = createdOnly(drift);
      expect(stage.step().actions.map((a) => a.because)).toEqual(['first deployment']);
      expect(stage.settle().runs()).toBe('api:1 ×1');
    },
  );
});

describe('a running container with', () => {
  it.each(CHANGES)('%s is put right once', (_, change, kind) => {
    const stage = deployed().meddle(change).settle();
    expect(kinds(stage)).toEqual([kind]);
    expect(stage.runs()).toBe('api:1 ×1');
  });

  it.each(CHANGES)('%s is not as it should be until that is done', (_, change, _kind, words) => {
    const stage = deployed().meddle(change);
    const blocked = [...stage.step().blocked.values()].flat();
    expect(blocked).toMatchObject([{ needs: 'repair', because: expect.stringMatching(words) }]);
    expect(stage.settle().blocked()).toBe('');
  });

  it.each(CHANGES)('%s is only told where drift is only reported', (_, change, _kind, words) => {
    const stage = deployed({ drift: 'report' }).meddle(change).settle();
    expect(stage.played).toEqual([]);
    expect(stage.blocked()).toMatch(words);
  });

  it.each(CHANGES)('%s is left alone where nobody looks for drift', (_, change) => {
    const stage = deployed({ drift: 'off' }).meddle(change).settle();
    expect(stage.played).toEqual([]);
    expect(stage.blocked()).toBe('');
  });

  it.each<[string, Change, string]>([
    ['less memory', lessMemory, 'limits.memoryBytes'],
    ['another restart policy', otherPolicy, 'restart'],
    ['no name in its network', nameless, 'networks'],
  ])('%s is left alone where that field is ignored', (_, change, field) => {
    const stage = deployed({ ignoredFields: [field] })
      .meddle(change)
      .settle();
    expect(stage.played).toEqual([]);
  });

  it('no network is not ready where a probe asks, also where drift is only reported', () => {
    const check = { kind: 'http' as const, scheme: 'http' as const, path: '/', port: 80, headers: {} };
    const readiness = {
      ...{ check, initialDelayMs: 0, periodMs: 3_000, timeoutMs: 1_000 },
      ...{ successThreshold: 1, failureThreshold: 3 },
    };
    const stage = deployed({ drift: 'report', probes: { startup: null, readiness, liveness: null } });
    expect(stage.memory().instances[0]?.readyAt).not.toBeNull();
    stage.meddle(disconnected).settle();
    expect(stage.memory().instances[0]?.readyAt).toBeNull();
  });

  it('a limit that the manifest lacks is told: no engine can lift it', () => {
    const pinned: Change = (c) => ({ ...c, limits: { ...c.limits, cpus: 1 } });
    const stage = deployed().meddle(pinned).settle();
    expect(stage.played).toEqual([]);
    expect(stage.blocked()).toMatch(/cannot lift a limit/);
  });
});
