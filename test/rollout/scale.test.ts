// How many replicas there are while a commit is not in force yet, and where only one may write a volume.

import { describe, expect, it } from 'vitest';
import { actionKey } from '../../src/action/action.ts';
import type { DesiredService } from '../../src/desired/desired.ts';
import { host, type ServiceWords, service, world } from '../plan/world.ts';
import { type Behaviour, Stage } from './stage.ts';

const HOSTS = [host('h1'), host('h2'), host('h3')] as const;
const DATA = {
  mounts: [{ kind: 'volume' as const, volume: 'data', target: '/data', readOnly: false }],
};
const api = (version: number | string, words: ServiceWords = {}): DesiredService =>
  service('api', { ...words, image: `registry.test/shop/api:${version}` });

const deployed = (first: DesiredService, behaviours: Record<string, Behaviour> = {}): Stage =>
  new Stage(world(HOSTS, [first]), behaviours).settle();

/** The registry does not answer yet. */
function withoutRegistry(stage: Stage): Stage {
  stage.world = { ...stage.world, facts: { ...stage.world.facts, images: new Map() } };
  return stage;
}

describe('a commit that changes image and replicas', () => {
  it('scales nothing before the new image is known', () => {
    const stage = deployed(api(1, { replicas: 1 }));
    withoutRegistry(stage.commit(api(2, { replicas: 5 }))).settle();
    expect(stage.runs()).toBe('api:1 ×1');
    expect(stage.blocked()).toContain('is being looked up');
  });

  it('brings back a replica that is lost meanwhile', () => {
    const stage = deployed(api(1, { replicas: 2 }));
    withoutRegistry(stage.commit(api(2, { replicas: 5 })));
    let isFirst = true;
    stage.meddle((c) => {
      const isVictim = isFirst;
      isFirst = false;
      return isVictim ? null : c;
    });
    expect(stage.settle().runs()).toBe('api:1 ×2');
  });

  it('deploys both at once when it is', () => {
    const stage = deployed(api(1, { replicas: 1 }));
    withoutRegistry(stage.commit(api(2, { replicas: 3 }))).settle();
    expect(
      stage
        .commit(api(2, { replicas: 3 }))
        .settle()
        .runs(),
    ).toBe('api:2 ×3');
  });
});

describe('a commit that changes image and the rules of rollouts', () => {
  it('does not spare by its rules what runs before the new image is known', () => {
    const stage = deployed(api(1, { replicas: 1, rollout: { maxUnavailable: 0 } }));
    const hosts = new Map(stage.world.desired.hosts);
    for (const { host: left } of stage.memory().instances) hosts.delete(left);
    withoutRegistry(stage.commit(api(2, { replicas: 2, rollout: { maxUnavailable: 1 } })));
    stage.world = { ...stage.world, desired: { ...stage.world.desired, hosts } };
    // The host of the only replica has left the fleet: another one first has to be available.
    expect(stage.step().actions.map(({ kind }) => kind)).not.toContain('stopContainer');
    expect(stage.settle().runs()).toBe('api:1 ×1');
    expect(stage.memory().instances.map((i) => hosts.has(i.host))).toEqual([true]);
  });

  it('does not give up by its rules what is being deployed before the new image is known', () => {
    const stage = deployed(api(1), { 'api:2': 'starting' });
    stage.commit(api(2, { rollout: { progressDeadlineMs: 600_000 } })).settle(60_000);
    withoutRegistry(stage.commit(api(3, { rollout: { progressDeadlineMs: 60_000 } })));
    expect(stage.settle(180_000).memory().rollout?.phase).toBe('progressing');
    expect(stage.settle(600_000).memory().rollout?.phase).toBe('rolledBack');
  });

  it('is followed once it is', () => {
    const stage = deployed(api(1, { rollout: { progressDeadlineMs: 600_000 } }), { 'api:2': 'starting' });
    stage.commit(api(2, { rollout: { progressDeadlineMs: 60_000 } }));
    expect(stage.settle(180_000).memory().rollout?.phase).toBe('rolledBack');
  });
});

/** An older store came back: it wants revision 1, which has stopped, while revision 2 runs. */
function withOlderStore(): Stage {
  const stage = deployed(api(1, { container: DATA }));
  stage.commit(api(2, { container: DATA })).settle();
  const memory = stage.memory();
  const first = memory.probes[0]?.revision;
  const instances = memory.instances.map((i) => ({ ...i }));
  const past = instances.map((i) => ({ ...i, revision: first ?? i.revision, seenAt: stage.now }));
  const row = {
    ...memory,
    target: first ?? null,
    stable: first ?? null,
    instances: [...past, ...instances],
  };
  stage.world = {
    ...stage.world,
    memory: { ...stage.world.memory, services: new Map([[row.key, row]]) },
  };
  return stage;
}

describe('a host that leaves the fleet', () => {
  const withoutItsHost = (stage: Stage): Stage => {
    const hosts = new Map(stage.world.desired.hosts);
    for (const { host: left } of stage.memory().instances) hosts.delete(left);
    stage.world = { ...stage.world, desired: { ...stage.world.desired, hosts } };
    return stage.settle();
  };

  it('keeps what has its data there, and that is told', () => {
    const stage = withoutItsHost(deployed(api(1, { container: DATA })));
    expect(stage.runs()).toBe('api:1 ×1');
    expect(stage.blocked()).toMatch(
      /^stays on h\d, which has left the fleet, with its volume data: take the Host back/,
    );
    expect([...(stage.plan?.blocked.values() ?? [])].flat()).toMatchObject([{ needs: 'release' }]);
  });

  it('keeps it with its next revision too, which finds no place', () => {
    const stage = withoutItsHost(deployed(api(1, { container: DATA })));
    stage.commit(api(2, { container: DATA })).settle(60_000);
    expect(stage.runs()).toBe('api:1 ×1');
    expect(stage.blocked()).toMatch(/no host will do: 2× volume data lies on h\d/);
  });

  it('is left by what has no data there', () => {
    const stage = withoutItsHost(deployed(api(1, { replicas: 1 })));
    expect(stage.blocked()).toBe('');
    expect(stage.memory().instances.map((i) => stage.world.desired.hosts.has(i.host))).toEqual([true]);
  });
});

describe('what writes a volume alone', () => {
  it('stays alone where a rollback brings it back under a commit that wants three', () => {
    const stage = deployed(api(1, { container: DATA }), { 'api:bad': 'crashing' });
    stage.running.length = 0;
    stage.commit(api('bad', { replicas: 3 })).settle();
    expect(stage.runs()).toBe('api:1 ×1');
    expect(stage.blocked()).toContain('writes volume data alone');
  });

  it.each(['rolling', 'recreate'] as const)(
    'goes back alone while those of the failed revision leave (%s)',
    (strategy) => {
      const rollout = { strategy };
      const stage = deployed(api(1, { container: DATA, rollout }), { 'api:bad': 'crashing' });
      const writers: number[] = [];
      stage.commit(api('bad', { replicas: 3, rollout }));
      for (let step = 0; step < 60; step += 1) {
        stage.step();
        stage.wait(30_000);
        writers.push(Number(/api:1 ×(\d+)/.exec(stage.runs())?.[1] ?? 0));
      }
      expect(Math.max(...writers)).toBe(1);
    },
  );

  it('may be scaled by a commit that says so', () => {
    const stage = deployed(api(1, { container: DATA }));
    stage.commit(api(1, { container: DATA, replicas: 2 })).settle();
    expect(stage.runs()).toBe('api:1 ×2');
  });

  it('gives way to the wanted one even when that does not run and nothing is being rolled out', () => {
    const stage = withOlderStore();
    stage.commit(api(1, { container: DATA })).settle();
    expect(stage.runs()).toBe('api:1 ×1');
  });

  it('is not started beside another one that leaves, though the commit wants several that do not write', () => {
    const stage = withOlderStore();
    stage.commit(api(3, { replicas: 3 }));
    stage.step();
    expect(stage.runs()).toBe('api:2 ×1');
    const { actions } = stage.step();
    expect(actions.map(({ kind }) => kind)).not.toContain('startContainer');
    expect(stage.settle().runs()).toBe('api:3 ×3');
  });

  it('is not forgotten while it is being started, and its successor waits for it', () => {
    const stage = deployed(api(1, { container: DATA }));
    const [old] = stage.containers();
    if (old === undefined) throw new Error('nothing was deployed');
    stage.meddle((c) => ({ ...c, status: 'exited', exitCode: 0 }));
    const starting = actionKey(HOSTS[0].id, 'startContainer', old.name);
    stage.played.length = 0;
    stage.commit(api(2, { container: DATA }));
    for (let step = 0; step < 10; step += 1) {
      const facts = { ...stage.world.facts, inFlight: new Set([starting]) };
      stage.world = { ...stage.world, facts };
      stage.step();
    }
    expect(stage.played.filter((p) => p.startsWith('runContainer'))).toEqual([]);
    stage.world = { ...stage.world, facts: { ...stage.world.facts, inFlight: new Set() } };
    expect(stage.settle().runs()).toBe('api:2 ×1');
  });
});
