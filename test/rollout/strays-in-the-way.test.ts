// What is found running and may not stay: beside a writer, in the place of what is wanted, of a deployment that was
// given up. And what must not follow from finding it.

import { describe, expect, it } from 'vitest';
import type { DesiredService } from '../../src/desired/desired.ts';
import { containerLabels, containerName, ownedContainer } from '../../src/kernel/owner.ts';
import { observe } from '../../src/observed/observed.ts';
import type { ObservedContainer } from '../../src/observed/report.ts';
import { CONTROLLER, host, type ServiceWords, service, world } from '../plan/world.ts';
import { Stage } from './stage.ts';

const HOSTS = [host('h1'), host('h2')] as const;
const ONE = [host('h1')] as const;
const api = (version: number, words: ServiceWords = {}): DesiredService =>
  service('api', { replicas: 2, ...words, image: `registry.test/shop/api:${version}` });
const db = (version: number): DesiredService =>
  api(version, {
    replicas: 1,
    container: {
      mounts: [{ kind: 'volume', volume: 'data', target: '/data', readOnly: false }],
      restart: 'no',
    },
  });

/** Beside what runs, another attempt of `like` runs on `on`: somebody who is dead by now had sent its start. */
function startedLate(
  stage: Stage,
  like = stage.containers()[0],
  on = 'h1',
  change: Partial<ObservedContainer> = {},
): Stage {
  if (like === undefined) throw new Error('nothing runs');
  const identity = ownedContainer(like.labels, CONTROLLER);
  if (identity === null) throw new Error('not ours');
  const late = { ...identity, attempt: 7 + stage.containers().length };
  const name = containerName(late);
  const copy = {
    ...like,
    id: `late-${on}-${name}`,
    name,
    labels: containerLabels(CONTROLLER, late),
    status: 'running' as const,
    ...change,
  };
  const views = [...stage.world.observed.hosts.values()].map((v) =>
    v.host === on ? { ...v, containers: new Map([...v.containers, [copy.id, copy]]) } : v,
  );
  stage.world = { ...stage.world, observed: observe(views, CONTROLLER) };
  stage.played.length = 0;
  return stage;
}
const running = (stage: Stage): readonly string[] =>
  [...stage.world.observed.hosts.values()]
    .flatMap((v) =>
      [...v.containers.values()].filter((c) => c.status === 'running').map((c) => `${v.host} ${c.name}`),
    )
    .sort();
function forget(stage: Stage): Stage {
  stage.world = { ...stage.world, memory: { ...stage.world.memory, services: new Map() } };
  return stage;
}
/** h2 is taken out of the fleet unheard, and put back. */
function away(stage: Stage, meanwhile: (stage: Stage) => void): Stage {
  const { desired } = stage.world;
  const hosts = new Map(desired.hosts);
  hosts.delete(HOSTS[1].id);
  stage.host('h2', 'unreachable');
  stage.world = { ...stage.world, desired: { ...desired, hosts } };
  stage.wait(61_000);
  meanwhile(stage);
  stage.world = { ...stage.world, desired };
  stage.played.length = 0;
  return stage.host('h2', 'fresh');
}

describe('a second writer of a volume is stopped', () => {
  it('while the rollout is paused', () => {
    const stage = new Stage(world(ONE, [db(1)])).settle();
    stage.commit(db(2)).step();
    stage.command({ kind: 'pause' });
    expect(running(startedLate(stage).settle())).toHaveLength(1);
  });

  it('before the image of the next version is there', () => {
    const stage = startedLate(new Stage(world(ONE, [db(1)])).settle()).commit(db(2));
    expect(stage.step().actions.map((a) => a.kind)).toContain('stopContainer');
  });

  it('where its deployment was given up', () => {
    const stage = new Stage(world(ONE, [db(1)]));
    for (let n = 0; n < 5; n += 1) stage.step();
    stage.command({ kind: 'abort' }).settle();
    expect(running(startedLate(stage).settle())).toHaveLength(1);
  });

  it('where its source only reports removals', () => {
    const stage = new Stage(world(ONE, [db(1)])).settle();
    const { desired, settings } = stage.world;
    stage.world = {
      ...stage.world,
      desired: { ...desired, services: new Map() },
      settings: { ...settings, reportsRemovals: new Set(desired.commits.keys()) },
    };
    expect(running(startedLate(stage.settle()).settle())).toHaveLength(1);
  });
});

describe('what was given up', () => {
  it('does not come back with its host', () => {
    const stage = new Stage(world(HOSTS, [api(1)]), { 'api:1': 'starting' });
    for (let n = 0; n < 3; n += 1) stage.step();
    away(stage, (s) => s.settle()).settle();
    expect(stage.memory().rollout?.phase).toBe('failed');
    expect(running(stage)).toEqual([]);
  });

  it('runs no more often than it is wanted', () => {
    const stage = new Stage(world(HOSTS, [api(1)]));
    for (let n = 0; n < 6; n += 1) stage.step();
    stage.command({ kind: 'abort' }).settle();
    expect(running(startedLate(startedLate(stage)).settle())).toHaveLength(2);
  });

  it('is not started again by us when a person stops it', () => {
    const stage = new Stage(world(HOSTS, [api(1)]));
    for (let n = 0; n < 6; n += 1) stage.step();
    stage.command({ kind: 'abort' }).settle();
    startedLate(stage).settle();
    stage
      .meddle((c) =>
        c.id.startsWith('late') ? { ...c, status: 'exited', exitCode: 0, finishedAt: stage.now } : c,
      )
      .settle();
    expect(stage.played.filter((p) => p.startsWith('startContainer'))).toEqual([]);
  });
});

describe('a host port', () => {
  const port = (target: number, published: number | null) => ({
    target,
    protocol: 'tcp' as const,
    hostIp: '0.0.0.0',
    published: published === null ? null : { from: published, to: published },
  });

  it('stays with its container port when somebody removes the container', () => {
    const ports = [port(80, 8080), port(443, 8443), port(9000, null)];
    const stage = new Stage(world(ONE, [api(1, { replicas: 1, container: { ports } })])).settle();
    const planned = stage.memory().instances[0]?.hostPorts;
    // As engines list them: by `443/tcp`, `80/tcp`, `9000/tcp` as text.
    stage.meddle((c) => ({
      ...c,
      hostPorts: [8443, 8080, 32768].map((p) => ({ port: p, protocol: 'tcp' as const })),
    }));
    forget(stage)
      .settle()
      .meddle(() => null);
    const run = stage.step().actions.flatMap((a) => (a.kind === 'runContainer' ? [a.request.hostPorts] : []));
    expect(run).toEqual([planned]);
  });

  it('is freed for what is wanted', () => {
    const words = { replicas: 1, container: { ports: [port(80, 8080)] } };
    const stage = new Stage(world(ONE, [api(1, words)])).settle();
    const [first] = stage.containers();
    startedLate(stage.commit(api(2, words)).settle(), first, 'h1', {
      hostPorts: [{ port: 8080, protocol: 'tcp' }],
    });
    const isHeld = (): boolean =>
      stage.containers().some((c) => c.id.startsWith('late') && c.status === 'running');
    for (let n = 0; n < 400; n += 1) {
      // The engine starts nothing whose port another one holds.
      if (isHeld())
        stage.meddle((c) =>
          c.id.startsWith('late') || c.status !== 'running'
            ? c
            : { ...c, status: 'exited', exitCode: 128, finishedAt: stage.now },
        );
      stage.step();
      stage.wait(10_000);
    }
    expect(stage.runs()).toBe('api:2 ×1');
  });
});

describe('a rollout', () => {
  it('does not fail by what was ill before it was found', () => {
    const stage = new Stage(world(HOSTS, [api(1, { replicas: 4 })])).settle();
    stage.commit(api(2, { replicas: 4 })).step();
    stage.step();
    const like = stage.containers().find((c) => c.labels['dev.plimsoll.revision'] === stage.memory().target);
    for (let n = 0; n < 3; n += 1) startedLate(stage, like, 'h2', { health: 'unhealthy' });
    stage.step();
    expect(stage.memory().quarantine).toEqual([]);
  });

  it('fails at its deadline although something is started by hand again and again', () => {
    const stage = new Stage(world(HOSTS, [api(1)]), { 'api:2': 'starting' }).settle();
    const [first] = stage.containers();
    stage.commit(api(2));
    for (let n = 0; n < 20; n += 1) {
      for (let k = 0; k < 4; k += 1) stage.step();
      startedLate(stage, first, 'h1', { startedAt: stage.now });
      for (let k = 0; k < 4; k += 1) stage.step();
      stage.meddle((c) => (c.id.startsWith('late') ? null : c)).wait(300_000);
    }
    expect(stage.memory().rollout?.phase).not.toBe('progressing');
  });
});

describe('a restart', () => {
  it('replaces also what ran before it and is found only then', () => {
    const stage = new Stage(world(HOSTS, [api(1)])).settle();
    away(stage, (s) => {
      s.settle().command({ kind: 'restart', pull: false }).step();
    }).settle();
    const askedAt = stage.memory().restartAt ?? 0;
    const old = stage.containers().filter((c) => c.status === 'running' && (c.startedAt ?? 0) < askedAt);
    expect(old.map((c) => c.name)).toEqual([]);
  });
});

describe('data', () => {
  it('are used where they are known to lie', () => {
    const stage = startedLate(new Stage(world(HOSTS, [db(1)])).settle(), undefined, 'h2');
    stage.meddle((c) => (c.id.startsWith('late') ? c : { ...c, health: 'starting' })).settle(60_000);
    expect(running(stage).map((r) => r.slice(0, 2))).toEqual(['h1']);
  });
});

describe('a reason', () => {
  it('of what stays says that it stays', () => {
    const stage = new Stage(world(HOSTS, [api(1)])).settle().host('h2', 'unreachable');
    stage.commit(api(1, { replicas: 1 })).settle(30_000);
    stage
      .commit(api(1, { replicas: 2 }))
      .host('h2', 'fresh')
      .settle();
    for (const { intent, because } of stage.memory().instances)
      expect([intent, because]).not.toEqual(['run', 'it is not among the replicas that are wanted']);
  });
});

describe('a copy with our labels', () => {
  it('is none of ours, also where it is listed first', () => {
    const stage = new Stage(world(ONE, [api(1, { replicas: 1 })])).settle();
    const views = [...stage.world.observed.hosts.values()].map((view) => {
      const copies = [...view.containers.values()].map((c) => ({
        ...c,
        id: `0-${c.id}`,
        name: `my-${c.name}`,
      }));
      return { ...view, containers: new Map([...copies, ...view.containers.values()].map((c) => [c.id, c])) };
    });
    stage.world = { ...stage.world, observed: observe(views, CONTROLLER) };
    stage.settle();
    expect(running(stage)).toEqual([expect.stringMatching(/^h1 shop\.api\./)]);
  });
});
