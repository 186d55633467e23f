// Replicas that were to leave and are wanted again before anybody told them to stop.

import { describe, expect, it } from 'vitest';
import { actionKey } from '../../src/action/action.ts';
import type { DesiredService } from '../../src/desired/desired.ts';
import { observe } from '../../src/observed/observed.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import { instanceName, type ServiceMemory } from '../../src/rollout/memory.ts';
import { CONTROLLER, host, type ServiceWords, service, world } from '../plan/world.ts';
import { Stage } from './stage.ts';

const HOSTS = [host('h1')] as const;
const api = (version: number, words: ServiceWords = {}): DesiredService =>
  service('api', { replicas: 3, ...words, image: `registry.test/shop/api:${version}` });

/** The row becomes another one. */
function rewrite(stage: Stage, change: (row: ServiceMemory) => Partial<ServiceMemory>): void {
  const row = stage.memory();
  const services = new Map(stage.world.memory.services).set(row.key, { ...row, ...change(row) });
  stage.world = { ...stage.world, memory: { ...stage.world.memory, services } };
}

/** A commit has removed the service, and no stop was sent yet. */
function leaving(first = api(1)): Stage {
  const stage = new Stage(world(HOSTS, [first])).settle();
  rewrite(stage, ({ instances }) => ({
    target: null,
    specHash: null,
    instances: instances.map((i) => ({ ...i, intent: 'retire' as const, because: 'removed' })),
  }));
  stage.played.length = 0;
  return stage;
}

/** Its stop was sent. */
function tell(stage: Stage, ...ordinals: readonly number[]): void {
  const names = stage.containers().map(({ name }) => name);
  const told = names.filter((name) => ordinals.includes(Number(name.split('.')[3])));
  const keys = told.map((name) => actionKey(HOSTS[0].id, 'stopContainer', name));
  stage.world = {
    ...stage.world,
    facts: { ...stage.world.facts, toldToStop: new Map(keys.map((key) => [key, stage.now])) },
  };
}

const stopped = (stage: Stage): readonly string[] =>
  stage.played.filter((p) => p.startsWith('stopContainer')).map((p) => p.split('.').slice(3).join('.'));

describe('a service that is wanted again', () => {
  it('keeps what runs', () => {
    const stage = leaving();
    stage.commit(api(1)).settle();
    expect(stage.played.filter((p) => !p.startsWith('remove'))).toEqual([]);
    expect(stage.memory().rollout?.phase).toBe('succeeded');
    expect(stage.memory().instances.map((i) => i.because)).not.toContain('removed');
  });

  it('does not keep a replica beside a later attempt of it', () => {
    const stage = leaving();
    rewrite(stage, ({ instances }) => {
      const [first, ...others] = instances;
      const later = first === undefined ? [] : [{ ...first, attempt: 1, intent: 'run' as const }];
      return { instances: [...later, ...instances.slice(0, 1), ...others] };
    });
    stage.commit(api(1)).settle();
    const ordinals = stage.memory().instances.flatMap((i) => (i.intent === 'run' ? [i.ordinal] : []));
    expect(ordinals.sort()).toEqual([0, 1, 2]);
  });

  it('lets go of what was told to stop, and replaces it', () => {
    const stage = leaving();
    tell(stage, 1);
    stage.commit(api(1)).settle();
    expect(stopped(stage)).toEqual(['1.0']);
    expect(stage.runs()).toBe('api:1 ×3');
  });

  it('keeps no more than are wanted', () => {
    const stage = leaving();
    stage.commit(api(1, { replicas: 1 })).settle();
    expect(stopped(stage)).toEqual(['1.0', '2.0']);
  });

  it('lets go of what does not do its work', () => {
    const stage = leaving();
    stage.meddle((c) => (c.name.endsWith('.2.0') ? { ...c, health: 'unhealthy' } : c));
    stage.commit(api(1)).settle();
    expect(stopped(stage)).toEqual(['2.0']);
    expect(stage.runs()).toBe('api:1 ×3');
  });

  it('lets go of another revision', () => {
    const stage = leaving();
    stage.commit(api(2)).settle();
    expect(stopped(stage)).toHaveLength(3);
    expect(stage.runs()).toBe('api:2 ×3');
  });

  it('lets go of what a restart replaces', () => {
    const stage = leaving();
    const restartAt = stage.wait(1).now;
    stage.commit(api(1)).step();
    rewrite(stage, ({ instances }) => ({
      restartAt,
      instances: instances.map((i) => ({ ...i, intent: 'retire' as const })),
    }));
    expect(stopped(stage.settle())).toHaveLength(3);
  });

  it('stops nothing before it is known as what it is wanted, but for what was told', () => {
    const stage = leaving();
    tell(stage, 0);
    rewrite(stage, () => ({ image: null }));
    stage.commit(api(1));
    const { facts } = stage.world;
    stage.world = { ...stage.world, facts: { ...facts, images: new Map() } };
    stage.settle();
    expect(stopped(stage)).toEqual(['0.0']);
    stage.commit(api(1)).settle();
    expect(stopped(stage)).toEqual(['0.0']);
    expect(stage.runs()).toBe('api:1 ×3');
  });
});

describe('two replicas that were made as the same one, each by a controller that did not know of the other,', () => {
  /** Both run, and the rows know them. */
  function twins(replicas: number): Stage {
    const hosts = [host('h1'), host('h2')];
    const alone = (id: string) => new Stage(world([host(id)], [api(1, { replicas: 1 })])).settle();
    const [one, other] = [alone('h1'), alone('h2')];
    const stage = new Stage({ ...one.world, desired: world(hosts, [api(1, { replicas })]).desired });
    const views = [...one.world.observed.hosts.values(), ...other.world.observed.hosts.values()];
    stage.world = { ...stage.world, observed: observe(views, CONTROLLER) };
    rewrite(stage, ({ instances }) => ({ instances: [...instances, ...other.memory().instances] }));
    return stage;
  }

  const ordinals = (stage: Stage) => stage.memory().instances.map(({ ordinal }) => ordinal);

  it('become two that can be told apart, and none is missed meanwhile', () => {
    const stage = twins(2);
    stage.running.length = 0;
    stage.settle();
    expect(ordinals(stage).sort()).toEqual([0, 1]);
    expect(stage.runs()).toBe('api:1 ×2');
    expect(Math.min(...stage.running)).toBe(2);
  });

  it('become one where one is wanted', () => {
    const stage = twins(1).settle();
    expect(ordinals(stage)).toEqual([0]);
    expect(stage.runs()).toBe('api:1 ×1');
  });
});

describe('a revision that is the target', () => {
  it('keeps those of its replicas that nobody has told to stop', () => {
    const stage = new Stage(world(HOSTS, [api(1)])).settle();
    rewrite(stage, ({ instances }) => ({
      instances: instances.map((i) => ({ ...i, intent: i.ordinal === 2 ? 'retire' : ('run' as const) })),
    }));
    stage.played.length = 0;
    stage.settle();
    expect(stage.played.filter((p) => !p.startsWith('remove'))).toEqual([]);
  });
});

describe('an old replica that a controller before this one may have told to stop', () => {
  const rollout = { maxSurge: 0, maxUnavailable: 1 };

  /** Its stop is decided on and remembered; then that controller ends, and somebody removes another replica. */
  function mayHaveBeenTold(): Stage {
    const stage = new Stage(world(HOSTS, [api(1, { rollout })])).settle().commit(api(2, { rollout }));
    const isDecided = (): boolean => reconcile(stage.world).actions.some((a) => a.kind === 'stopContainer');
    for (let step = 0; step < 5 && !isDecided(); step += 1) stage.step();
    const { services } = reconcile(stage.world);
    for (const row of services.values()) if (row !== null) rewrite(stage, () => row);
    const decided = stage.memory().instances.filter(({ intent }) => intent === 'retire');
    expect(decided).toMatchObject([{ toldToStop: true }]);
    tell(stage, ...decided.map(({ ordinal }) => ordinal));
    const others = stage.memory().instances.filter(({ intent }) => intent === 'run');
    const lost = others.slice(0, 1).map((i) => instanceName(stage.memory(), i));
    stage.played.length = 0;
    return stage.becomes('api:2', 'starting').meddle((c) => (lost.includes(c.name) ? null : c));
  }

  it('is not told again while fewer serve than must', () => {
    const stage = mayHaveBeenTold().settle(15_000);
    expect(stopped(stage)).toEqual([]);
    expect(stage.memory().instances.filter(({ intent }) => intent === 'retire')).toHaveLength(1);
  });

  it('is told again once others do in its place', () => {
    const stage = mayHaveBeenTold();
    stage.becomes('api:2', 'ready').settle();
    expect(stage.runs()).toBe('api:2 ×3');
  });

  it('serves on where it has not gone when its grace is over', () => {
    const stage = mayHaveBeenTold().settle(25_000);
    expect(stopped(stage)).toEqual([]);
    expect(stage.memory().instances.filter(({ intent }) => intent === 'retire')).toEqual([]);
  });
});
