// Containers that no row explains: what is wanted of them stays, and until the rest has stopped it counts.

import { describe, expect, it } from 'vitest';
import { actionKey } from '../../src/action/action.ts';
import type { DesiredService } from '../../src/desired/desired.ts';
import { observe } from '../../src/observed/observed.ts';
import { instanceName } from '../../src/rollout/memory.ts';
import { CONTROLLER, host, type ServiceWords, service, world } from '../plan/world.ts';
import { Stage } from './stage.ts';

const HOSTS = [host('h1'), host('h2')] as const;
const api = (version: number, words: ServiceWords = {}): DesiredService =>
  service('api', { replicas: 2, ...words, image: `registry.test/shop/api:${version}` });

/** Its replicas run, and its row is as new: it was taken out and put back while nobody could stop them. */
function forgotten(first: DesiredService): Stage {
  const stage = new Stage(world(HOSTS, [first])).settle();
  const services = new Map(stage.world.memory.services);
  services.delete(first.key);
  stage.world = { ...stage.world, memory: { ...stage.world.memory, services } };
  stage.played.length = 0;
  stage.running.length = 0;
  return stage;
}

const names = (stage: Stage): readonly string[] =>
  stage
    .containers()
    .filter(({ status }) => status === 'running')
    .map(({ name }) => name)
    .sort();
const stopped = (stage: Stage): readonly string[] =>
  stage.played.filter((p) => p.startsWith('stopContainer')).map((p) => p.split('.').slice(3).join('.'));

describe('what runs and is in no row', () => {
  it('stays where it is what is wanted', () => {
    const stage = forgotten(api(1));
    const before = names(stage);
    stage.settle();
    expect(names(stage)).toEqual(before);
    expect(stopped(stage)).toEqual([]);
    expect(stage.memory().rollout?.phase).toBe('succeeded');
  });

  it('is left alone until it is known what is wanted', () => {
    const stage = forgotten(api(1));
    stage.world = { ...stage.world, facts: { ...stage.world.facts, images: new Map() } };
    const plan = stage.step();
    expect(plan.actions).toEqual([]);
    expect(names(stage)).toHaveLength(2);
  });

  it('serves until another version has taken its place', () => {
    const stage = forgotten(api(1));
    stage.commit(api(2)).settle();
    expect(stopped(stage)).toHaveLength(2);
    expect(stage.runs()).toBe('api:2 ×2');
    expect([Math.min(...stage.running), Math.max(...stage.running)]).toEqual([2, 3]);
  });

  it('is stopped before one starts that recreates', () => {
    const stage = forgotten(api(1));
    stage.commit(api(2, { rollout: { strategy: 'recreate' } })).settle();
    const first = stage.played.findIndex((p) => p.startsWith('runContainer'));
    const last = stage.played.findLastIndex((p) => p.startsWith('stopContainer'));
    expect(last).toBeLessThan(first);
    expect(stage.runs()).toBe('api:2 ×2');
  });

  it('goes where there are more than wanted', () => {
    const stage = forgotten(api(1));
    stage.commit(api(1, { replicas: 1 })).settle();
    expect(stopped(stage)).toEqual(['1.0']);
  });

  it('is mended where it is sick', () => {
    const stage = forgotten(api(1));
    stage.meddle((c) => (c.name.endsWith('.1.0') ? { ...c, health: 'unhealthy' } : c));
    stage.settle();
    expect(stage.played.filter((p) => p.startsWith('restartContainer'))).toHaveLength(1);
    expect(stage.runs()).toBe('api:1 ×2');
  });
});

/** A host is back with what it ran when it was given up, and its service has its replicas elsewhere. */
function back(words: ServiceWords = {}): Stage {
  const stage = new Stage(world(HOSTS, [api(1, words)])).settle();
  const { desired } = stage.world;
  const without = new Map(desired.hosts);
  without.delete(HOSTS[1].id);
  stage.host('h2', 'unreachable');
  stage.world = { ...stage.world, desired: { ...desired, hosts: without } };
  stage.wait(61_000).settle();
  stage.world = { ...stage.world, desired };
  stage.played.length = 0;
  stage.running.length = 0;
  return stage.host('h2', 'fresh');
}

describe('what a host that was given up still runs when it is back', () => {
  it('goes where there are enough, in its own grace', () => {
    const stage = back({ container: { stopGraceMs: 45_000 } });
    const { actions } = stage.step();
    expect(actions.flatMap((a) => (a.kind === 'stopContainer' ? [a.graceMs] : []))).toEqual([45_000]);
    stage.settle();
    expect(stage.runs()).toBe('api:1 ×2');
  });

  it('is remembered as told to stop once that was sent', () => {
    const stage = back();
    stage.step();
    const leaving = stage.memory().instances.filter(({ intent }) => intent === 'retire');
    expect(leaving.map(({ host, toldToStop }) => [host, toldToStop])).toEqual([['h2', true]]);
  });

  it('counts until it has stopped', () => {
    const stage = back();
    stage.commit(api(2)).settle();
    expect(stage.runs()).toBe('api:2 ×2');
    expect(Math.max(...stage.running)).toBe(3);
  });

  it('has stopped before one starts that recreates', () => {
    const stage = back();
    stage.commit(api(2, { rollout: { strategy: 'recreate' } })).settle();
    const first = stage.played.findIndex((p) => p.startsWith('runContainer'));
    const last = stage.played.findLastIndex((p) => p.startsWith('stopContainer'));
    expect(last).toBeLessThan(first);
  });

  it('stays where nothing could take its place', () => {
    const stage = back({ change: { placement: { hosts: [], tolerations: [], maxPerHost: 1 } } });
    stage.settle();
    expect(stage.played.filter((p) => !p.startsWith('remove'))).toEqual([]);
    expect(stage.runs()).toBe('api:1 ×2');
  });

  it('serves while nothing else does', () => {
    const stage = back();
    stage.host('h2', 'unreachable').commit(api(2)).settle();
    stage.becomes('api:2', 'unhealthy').becomes('api:3', 'starting').commit(api(3)).settle(30_000);
    stage.played.length = 0;
    stage.host('h2', 'fresh').settle(30_000);
    expect(stage.runs()).toContain('api:1 ×1');
  });

  describe('and may have been told to stop', () => {
    const mayHaveBeenTold = (): Stage => {
      const stage = back({ change: { placement: { hosts: [], tolerations: [], maxPerHost: 1 } } });
      const on = stage.world.observed.hosts.get(HOSTS[1].id);
      const names = [...(on?.containers.values() ?? [])].map(({ name }) => name);
      const keys = names.map((name) => actionKey(HOSTS[1].id, 'stopContainer', name));
      const toldToStop = new Map(keys.map((key) => [key, stage.now]));
      stage.world = { ...stage.world, facts: { ...stage.world.facts, toldToStop } };
      return stage.settle(5_000);
    };

    it('is not told again while fewer serve than must, and replaced once it has gone', () => {
      const stage = mayHaveBeenTold();
      expect(stopped(stage)).toEqual([]);
      const first = stage.memory().instances.find(({ host }) => host === 'h2');
      const name = first === undefined ? '' : instanceName(stage.memory(), first);
      stage.meddle((c) => (c.name === name ? { ...c, status: 'exited', exitCode: 0 } : c)).settle();
      expect(stage.runs()).toBe('api:1 ×2');
    });

    it('serves on where it has not gone when its grace is over', () => {
      const stage = mayHaveBeenTold();
      stage.settle();
      expect(stage.memory().instances.map(({ intent }) => intent)).toEqual(['run', 'run']);
      expect(stage.played.filter((p) => !p.startsWith('remove'))).toEqual([]);
    });
  });
});

describe('what runs and no commit wants', () => {
  const unwanted = (reportsRemovals: boolean): Stage => {
    const stage = forgotten(api(1));
    const { desired, settings } = stage.world;
    const services = new Map(desired.services);
    services.clear();
    const [source] = desired.commits.keys();
    const sources = source === undefined || !reportsRemovals ? [] : [source];
    stage.world = {
      ...stage.world,
      desired: { ...desired, services },
      settings: { ...settings, fleetSource: source ?? null, reportsRemovals: new Set(sources) },
    };
    return stage.settle();
  };

  it('goes', () => {
    expect(unwanted(false).runs()).toBe('');
  });

  it('stays where its source only reports what it would remove', () => {
    const stage = unwanted(true);
    expect(stage.runs()).toBe('api:1 ×2');
    expect(stage.blocked()).toContain('only reports removals');
  });
});

describe('what somebody made with our labels under a name of their own', () => {
  it('is no replica, and goes', () => {
    const stage = new Stage(world(HOSTS, [api(1)])).settle();
    stage.played.length = 0;
    const views = [...stage.world.observed.hosts.values()].map((view) => {
      const copies = [...view.containers.values()].map((c) => ({
        ...c,
        id: `copy-${c.id}`,
        name: `my-${c.name}`,
      }));
      return { ...view, containers: new Map([...view.containers, ...copies.map((c) => [c.id, c] as const)]) };
    });
    stage.world = { ...stage.world, observed: observe(views, CONTROLLER) };
    stage.settle();
    expect(stage.played.filter((p) => p.startsWith('stopContainer my-'))).toHaveLength(2);
    expect(stage.memory().instances).toHaveLength(2);
  });
});
