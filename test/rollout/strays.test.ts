// Containers of a service that no row explains: what was left on a host that had gone out of the fleet.

import { describe, expect, it } from 'vitest';
import type { DesiredService } from '../../src/desired/desired.ts';
import { invariant } from '../../src/kernel/invariant.ts';
import type { ObservedContainer } from '../../src/observed/report.ts';
import { host, type ServiceWords, service, world } from '../plan/world.ts';
import { Stage } from './stage.ts';

const HOSTS = [host('h1'), host('h2'), host('h3')];
const api = (words: ServiceWords): DesiredService => service('api', { replicas: 3, ...words });

/**
 * Its host went out of the fleet while it did not answer, and is back; what it ran has run on. Of the others one
 * has just been lost.
 */
function back(words: ServiceWords = {}): Stage {
  const stage = new Stage(world(HOSTS, [api(words)])).settle().host('h3', 'unreachable');
  const { desired } = stage.world;
  const without = new Map([...desired.hosts].filter(([id]) => id !== 'h3'));
  stage.world = { ...stage.world, desired: { ...desired, hosts: without } };
  stage.settle();
  stage.world = { ...stage.world, desired };
  stage.played.length = 0;
  const lost = stage.containers()[0]?.id;
  return stage.host('h3', 'fresh').meddle((c) => (c.id === lost ? null : c));
}

const stops = (stage: Stage): readonly string[] => stage.played.filter((p) => p.startsWith('stopContainer'));

describe('a replica on a host that left the fleet unheard and is back', () => {
  it('is not stopped before the service can do without it', () => {
    const stage = back();
    stage.step();
    expect(stops(stage)).toEqual([]);
    expect(stage.blocked()).toBe('runs on: its service lacks 1 of the replicas that must be ready');
    stage.settle();
    expect(stops(stage)).toHaveLength(1);
    expect(stage.runs()).toBe('api:1 ×3');
  });

  it('is stopped at once where the service has all that it needs', () => {
    const stage = back().host('h3', 'unreachable').settle();
    stage.host('h3', 'fresh').step();
    expect(stops(stage)).toHaveLength(1);
  });

  it('is stopped at once where its successor needs its place', () => {
    const stage = back({ change: { placement: { hosts: [], tolerations: [], maxPerHost: 1 } } });
    stage.step();
    expect(stops(stage)).toHaveLength(1);
  });

  it('is stopped at once where the service may be short of one', () => {
    const stage = back({ rollout: { maxUnavailable: 1 } });
    stage.step();
    expect(stops(stage)).toHaveLength(1);
  });

  it.each([
    ['where it is known to be ill', { health: 'unhealthy' }],
    ['where its successor may need its port', { hostPorts: [{ port: 80, protocol: 'tcp' }] }],
  ] satisfies [string, Partial<ObservedContainer>][])('is stopped at once %s', (_, change) => {
    const stage = back();
    const known = stage.memory().instances.map(({ ordinal }) => `.${ordinal}.0`);
    stage.meddle((c) => (known.some((end) => c.name.endsWith(end)) ? c : { ...c, ...change })).step();
    expect(stops(stage)).toHaveLength(1);
  });

  it('is stopped at once where its revision has failed', () => {
    const stage = back();
    const memory = stage.memory();
    const [first] = memory.instances;
    invariant(first !== undefined, 'the service runs');
    const bad = { revision: first.revision, because: 'crashes', at: stage.now, terms: null };
    const services = new Map([[memory.key, { ...memory, quarantine: [bad] }]]);
    stage.world = { ...stage.world, memory: { ...stage.world.memory, services } };
    stage.step();
    expect(stops(stage)).toHaveLength(1);
  });
});

/** All hosts went out of the fleet while nobody could look at them, and are back; what ran there has run on. */
function forgotten(words: ServiceWords): Stage {
  const stage = new Stage(world(HOSTS, [api(words)])).settle();
  const { desired } = stage.world;
  for (const { id } of HOSTS) stage.host(id, 'unreachable');
  stage.world = { ...stage.world, desired: { ...desired, hosts: new Map(), services: new Map() } };
  stage.settle();
  stage.world = { ...stage.world, desired };
  for (const { id } of HOSTS) stage.host(id, 'fresh');
  stage.played.length = 0;
  stage.running.length = 0;
  return stage;
}

describe('replicas that no row explains', () => {
  it.each([
    [{ maxSurge: 1, maxUnavailable: 0 }, 4, 5],
    [{ maxSurge: 2, maxUnavailable: 1 }, 3, 6],
    [{ maxSurge: 0, maxUnavailable: 1 }, 3, 4],
  ])('are replaced within the bounds of a rollout: %o', (rollout, fewest, most) => {
    const stage = forgotten({ replicas: 4, rollout }).settle();
    expect(Math.min(...stage.running)).toBeGreaterThanOrEqual(fewest);
    expect(Math.max(...stage.running)).toBeLessThanOrEqual(most);
    expect(stops(stage)).toHaveLength(4);
    expect(stage.runs()).toBe('api:1 ×4');
  });

  it('are not relied on once they were told to stop', () => {
    const stage = forgotten({ replicas: 4, rollout: { maxUnavailable: 1 } });
    const [stop] = stage.step().actions.filter((a) => a.kind === 'stopContainer');
    invariant(stop !== undefined, 'one can be spared');
    const { facts } = stage.world;
    stage.world = { ...stage.world, facts: { ...facts, toldToStop: new Set([stop.key]) } };
    // It works on for a moment, and another one has gone by itself.
    const others = stage.containers().filter((c) => c.name.endsWith('.0') && c.status === 'running');
    stage.meddle((c) =>
      c.name === stop.object ? { ...c, status: 'running' } : c.id === others[0]?.id ? null : c,
    );
    stage.played.length = 0;
    stage.step();
    expect(stops(stage)).toEqual([`stopContainer ${stop.object}`]);
  });

  it('count also while their host does not answer', () => {
    const stage = forgotten({ replicas: 3, rollout: { maxSurge: 0, maxUnavailable: 3 } });
    stage.host('h3', 'unreachable').settle();
    expect(stage.runs()).toBe('api:1 ×3');
    expect(stage.blocked()).toBe('waits: host h3 is unreachable (unreachable)');
    stage.host('h3', 'fresh').settle();
    expect(stops(stage)).toHaveLength(3);
    expect(Math.max(...stage.running)).toBe(3);
    expect(stage.runs()).toBe('api:1 ×3');
  });
});
