// Starts of which nobody heard the end: the connection broke while they were under way. What was sent may happen a
// moment later, and until then what they start keeps its place.

import { describe, expect, it } from 'vitest';
import { type ActionKind, actionKey } from '../../src/action/action.ts';
import type { DesiredService } from '../../src/desired/desired.ts';
import { host, type ServiceWords, service, world } from '../plan/world.ts';
import { Stage } from './stage.ts';

const HOSTS = [host('h1')] as const;
const DATA: ServiceWords = {
  replicas: 1,
  container: { mounts: [{ kind: 'volume', volume: 'data', target: '/data', readOnly: false }] },
};
const api = (version: number, words: ServiceWords = { replicas: 3 }): DesiredService =>
  service('api', { ...words, image: `registry.test/shop/api:${version}` });

const runsOf = (stage: Stage): readonly string[] => stage.played.filter((p) => p.startsWith('runContainer'));

/** Plans and plays without letting time pass. */
function stepOn(stage: Stage): Stage {
  for (let step = 0; step < 5; step += 1) stage.step();
  return stage;
}

/** The container was told to start, and the connection broke a moment ago. */
function unanswered(stage: Stage, kind: ActionKind, name: string): void {
  const entries = new Map([[actionKey(HOSTS[0].id, kind, name), stage.now]]);
  stage.world = { ...stage.world, facts: { ...stage.world.facts, unanswered: entries } };
}

/** The first replica of a second version is to leave, it was created and not seen to run, and a third version comes. */
function superseded(): Stage {
  const stage = new Stage(world(HOSTS, [api(1)])).settle();
  const before = new Set(stage.containers().map(({ id }) => id));
  stage.commit(api(2));
  while (stage.containers().length === before.size) stage.step();
  const created = stage.containers().find(({ id }) => !before.has(id));
  if (created === undefined) throw new Error('nothing was created');
  stage.meddle((c) => (c.id === created.id ? { ...c, status: 'created', startedAt: null } : c));
  unanswered(stage, 'runContainer', created.name);
  const row = stage.memory();
  const [late, ...others] = [...row.instances].reverse();
  if (late === undefined) throw new Error('nothing was planned');
  const instances = [...others, { ...late, intent: 'retire' as const, because: 'superseded' }];
  const services = new Map([[row.key, { ...row, instances }]]);
  stage.world = { ...stage.world, memory: { ...stage.world.memory, services } };
  stage.played.length = 0;
  return stage.commit(api(3));
}

describe('a replica that may still start', () => {
  it('keeps the place of the one that follows', () => {
    const stage = superseded();
    expect(runsOf(stepOn(stage))).toEqual([]);
    stage.wait(10_000);
    expect(runsOf(stepOn(stage))).toHaveLength(1);
    expect(stage.settle().runs()).toBe('api:3 ×3');
  });

  it('keeps it also while its host is away and for a moment after it is back', () => {
    const stage = superseded();
    stage.host('h1', 'unreachable').wait(60_000);
    stepOn(stage);
    expect(runsOf(stepOn(stage.host('h1', 'fresh')))).toEqual([]);
    expect(stage.settle().runs()).toBe('api:3 ×3');
  });

  it('is stopped where it has started', () => {
    const stage = stepOn(superseded());
    const late = stage.containers().find(({ status }) => status === 'created');
    stage.meddle((c) => (c.id === late?.id ? { ...c, status: 'running' } : c));
    stage.step();
    expect(stage.played).toContain(`stopContainer ${late?.name}`);
    expect(stage.settle().runs()).toBe('api:3 ×3');
  });

  it('lets nobody else write its volume', () => {
    const stage = new Stage(world(HOSTS, [api(1, DATA)])).settle();
    const [own] = stage.containers();
    if (own === undefined) throw new Error('nothing was deployed');
    stage.meddle((c) => ({ ...c, status: 'exited', exitCode: 0 }));
    unanswered(stage, 'startContainer', own.name);
    stage.played.length = 0;
    stage.commit(api(2, DATA));
    expect(runsOf(stepOn(stage))).toEqual([]);
    expect(stage.settle().runs()).toBe('api:2 ×1');
  });
});
