// Cases in which a rollout once did harm: each stands for a mistake that a review found.

import { describe, expect, it } from 'vitest';
import { actionKey } from '../../src/action/action.ts';
import type { MountSpec } from '../../src/desired/container.ts';
import type { DesiredService } from '../../src/desired/desired.ts';
import type { ProbeSpec } from '../../src/desired/probes.ts';
import { problem } from '../../src/kernel/errors.ts';
import { HostId, type RevisionId } from '../../src/kernel/ids.ts';
import { invariant } from '../../src/kernel/invariant.ts';
import { instant } from '../../src/kernel/time.ts';
import { forecast } from '../../src/plan/forecast.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import { probesOf, termsOf } from '../../src/rollout/terms.ts';
import { host, type ServiceWords, service, world } from '../plan/world.ts';
import { type Behaviour, Stage } from './stage.ts';

const HOSTS = [host('h1', { labels: { disk: 'large' } }), host('h2'), host('h3')];
const api = (version: number | string, words: ServiceWords = {}): DesiredService =>
  service('api', { replicas: 3, ...words, image: `registry.test/shop/api:${version}` });
const volume = (name: string): MountSpec => ({
  kind: 'volume',
  volume: name,
  target: `/${name}`,
  readOnly: false,
});
const only = (label: string) => ({
  hosts: [{ key: 'disk', operator: 'In' as const, values: [label] }],
  tolerations: [],
  maxPerHost: null,
});

const probe = (path: string): ProbeSpec => ({
  check: { kind: 'http', scheme: 'http', path, port: 80, headers: {} },
  initialDelayMs: 0,
  periodMs: 1_000,
  timeoutMs: 1_000,
  successThreshold: 1,
  failureThreshold: 3,
});

function readinessPath(stage: Stage, desired: DesiredService, revision: RevisionId | null): string | null {
  const check = revision === null ? null : probesOf(stage.memory(), desired, revision).readiness?.check;
  return check?.kind === 'http' ? check.path : null;
}

function deployed(behaviours: Record<string, Behaviour> = {}, words: ServiceWords = {}): Stage {
  return new Stage(world(HOSTS, [api(1, words)]), behaviours).settle();
}

describe('a container', () => {
  it('is not started while what it needs has just failed', () => {
    const stage = new Stage(world([host('h1')], [api(1, { replicas: 1 })]));
    stage.step();
    const network = {
      problem: problem('host/timeout', 'slow'),
      count: 1,
      at: stage.now,
      retryAt: instant(stage.now + 5_000),
    };
    const failures = new Map([['h1/createNetwork/plimsoll.shop.api', network]]);
    const fresh = world([host('h1')], [api(1, { replicas: 1 })]);
    const plan = reconcile({ ...fresh, facts: { ...fresh.facts, failures } });
    expect(plan.actions.map((a) => a.kind)).not.toContain('runContainer');
  });
});

describe('old replicas that are not ready for a moment', () => {
  it('are not all stopped while the new ones are not ready either', () => {
    const stage = deployed({ 'api:2': 'starting' }).commit(api(2));
    stage.step();
    stage.step();
    stage.meddle((c) => (c.status === 'running' ? { ...c, health: 'starting' } : c));
    stage.step();
    const running = stage.containers().filter((c) => c.status === 'running').length;
    expect(running).toBeGreaterThanOrEqual(3);
  });
});

describe('a rollout', () => {
  it.each(['connectNetwork', 'restartContainer'] as const)(
    'does not succeed during a %s of a replica',
    (kind) => {
      const stage = new Stage(world([host('h1')], [api(1, { replicas: 1 })]));
      stage.step();
      stage.step();
      const [replica] = stage.containers();
      invariant(replica?.status === 'running', 'the replica runs');
      const inFlight = new Set([actionKey(HostId.parse('h1'), kind, replica.name)]);
      stage.world = { ...stage.world, facts: { ...stage.world.facts, inFlight } };
      stage.wait(60_000).step();
      expect(stage.memory().rollout?.phase).toBe('progressing');
      stage.world = { ...stage.world, facts: { ...stage.world.facts, inFlight: new Set() } };
      stage.step();
      expect(stage.memory().rollout?.phase).toBe('succeeded');
    },
  );
});

describe('a database', () => {
  const container = { mounts: [volume('data')] };
  const words: ServiceWords = { replicas: 1, container };

  it('is not stopped for a new placement that its volume cannot follow', () => {
    const stage = deployed({}, words);
    stage.played.length = 0;
    stage.commit(api(2, { ...words, change: { placement: only('small') } })).settle();
    expect(stage.played.filter((p) => p.startsWith('stop'))).toEqual([]);
    expect(stage.runs()).toBe('api:1 ×1');
  });

  it('is not started beside a container that may still write', () => {
    const stage = deployed({}, words);
    const [own] = stage.containers();
    stage.meddle((c) => ({ ...c, status: 'paused' }));
    const memory = stage.memory();
    const services = new Map([[memory.key, { ...memory, instances: [] }]]);
    stage.world = { ...stage.world, memory: { ...stage.world.memory, services } };
    const plan = stage.step();
    expect(plan.actions.map((a) => a.kind)).not.toContain('runContainer');
    expect(own).toBeDefined();
  });

  it('keeps its volume where it lies when another service mounts it too', () => {
    const a = service('a', { container: { mounts: [volume('one')] }, change: { placement: only('large') } });
    const b = service('b', { container: { mounts: [volume('two')] } });
    const stage = new Stage(world(HOSTS, [a, b])).settle();
    const before = new Map(stage.world.memory.volumeHosts);
    const both = service('a', {
      container: { mounts: [volume('one'), volume('two')] },
      change: { placement: only('large') },
    });
    stage.commit(both, b).settle();
    expect(stage.world.memory.volumeHosts).toEqual(before);
    expect(stage.runs()).toBe('a:1 ×1, b:1 ×1');
  });

  it('is started again after a crash even where drift is only reported', () => {
    const reporting: ServiceWords = {
      ...words,
      container: { ...container, restart: 'no' },
      change: { drift: 'report' },
    };
    const stage = deployed({}, reporting);
    stage.meddle((c) => ({ ...c, status: 'exited', exitCode: 137 })).settle();
    expect(stage.runs()).toBe('api:1 ×1');
  });
});

describe('time without anybody watching', () => {
  it('does not count against a first deployment whose hosts do not answer', () => {
    const stage = new Stage(world([host('h1')], [api(1)])).host('h1', 'unreachable');
    for (let n = 0; n < 10; n += 1) stage.wait(300_000).step();
    stage.host('h1', 'fresh').settle();
    expect(stage.runs()).toBe('api:1 ×3');
  });

  it('does not write the store at every look while a host is silent', () => {
    const stage = deployed().commit(api(2));
    stage.step();
    stage.host('h3', 'unreachable').wait(400_000).step();
    let writes = 0;
    for (let n = 0; n < 100; n += 1) writes += stage.wait(15).step().services.size;
    expect(writes).toBeLessThanOrEqual(1);
  });

  it('for a moment does not make a leaving host forget what runs there', () => {
    const stage = deployed();
    const hosts = new Map([...stage.world.desired.hosts].filter(([id]) => id !== 'h3'));
    stage.world = { ...stage.world, desired: { ...stage.world.desired, hosts } };
    stage.host('h3', 'stale').step();
    expect(stage.memory().instances.some((i) => i.host === 'h3')).toBe(true);
  });
});

describe('commands', () => {
  const pin = (stage: Stage, to: ReturnType<Stage['memory']>['target']): Stage =>
    stage.command({
      kind: 'rollback',
      to,
      specHash: stage.world.desired.services.get(stage.memory().key)?.specHash ?? null,
    });

  it('a rollback by hand to a revision that fails does not go round in circles', () => {
    const behaviours: Record<string, Behaviour> = {};
    const stage = new Stage(world(HOSTS, [api(1)]), behaviours).settle();
    const first = stage.memory().target;
    const broken = new Stage(stage.commit(api(2)).settle().world, { 'api:1': 'crashing' });
    pin(broken, first).settle();
    expect(broken.runs()).toBe('api:2 ×3');
  });

  it('abort of a restart leaves the rest as it is and quarantines nothing', () => {
    const stage = deployed();
    stage.wait(1_000).command({ kind: 'restart', pull: false });
    stage.step();
    stage.step();
    stage.command({ kind: 'abort' }).settle();
    expect(stage.memory().quarantine).toEqual([]);
    expect(stage.runs()).toBe('api:1 ×3');
  });

  it('restart counts also where the desired revision is quarantined', () => {
    const stage = deployed({ 'api:bad': 'crashing' }).commit(api('bad')).settle();
    const before = new Set(stage.containers().map((c) => c.id));
    stage.wait(1_000).command({ kind: 'restart', pull: false }).settle();
    expect(stage.containers().filter((c) => c.status === 'running' && before.has(c.id))).toEqual([]);
  });
});

it('a revision is said to be held back in the very step that gives it up', () => {
  const stage = deployed({ 'api:bad': 'crashing' }).commit(api('bad'));
  for (let n = 0; n < 50 && stage.memory().quarantine.length === 0; n += 1) stage.wait(1_000).step();
  expect(stage.memory().quarantine).toHaveLength(1);
  expect(stage.blocked()).toMatch(/desired revision .* is quarantined/);
});

it('a replica that was ready stays so until its readiness was asked, whatever else was asked first', () => {
  const probed = api(1, {
    change: { probes: { startup: null, readiness: probe('/'), liveness: probe('/') } },
  });
  const stage = new Stage(world(HOSTS, [probed])).settle();
  const verdict = { startup: 'passed' as const, alive: true, because: 'http :80/ answers' };
  const say = (ready: boolean | null): number => {
    const probes = new Map(stage.containers().map(({ id }) => [id, { ...verdict, ready }]));
    stage.world = { ...stage.world, facts: { ...stage.world.facts, probes } };
    stage.step();
    return stage.memory().instances.filter(({ readyAt }) => readyAt !== null).length;
  };
  expect(say(true)).toBe(3);
  // A controller that begins hears of its liveness first.
  expect(say(null)).toBe(3);
  expect(say(false)).toBe(0);
  expect(say(null)).toBe(0);
});

it('what is frozen stays as it is, also where it does not serve yet', () => {
  const words = { rollout: { strategy: 'recreate' as const, onFailure: 'freeze' as const } };
  const stage = deployed({ 'api:2': 'starting' }, words).commit(api(2, words)).settle();
  expect(stage.memory().rollout).toMatchObject({ phase: 'failed' });
  expect(stage.runs()).toBe('api:2 ×3');
});

it('a verdict names the probes that the revision was deployed with, whatever a commit says by then', () => {
  const bad = (path: string): ServiceWords => ({
    change: { probes: { startup: null, readiness: probe(path), liveness: null } },
  });
  const stage = deployed({ 'api:2': 'crashing' }).commit(api(2, bad('/wrong')));
  stage.step();
  const looking = stage.commit(api(3, bad('/right'))).world;
  stage.world = { ...looking, facts: { ...looking.facts, images: new Map() } };
  for (let n = 0; n < 100 && stage.memory().quarantine.length === 0; n += 1) stage.wait(1_000).step();
  const [verdict] = stage.memory().quarantine;
  expect(verdict?.terms).toBe(termsOf(api(2, bad('/wrong'))));
});

it('of old replicas that are not ready the one that has never served goes first', () => {
  const stage = deployed({ 'api:2': 'starting', 'api:3': 'starting' }).commit(api(2));
  for (let n = 0; n < 5; n += 1) stage.step();
  const { stable } = stage.memory();
  const second = stage.containers().find((c) => c.name.includes(`${stable}.1.`));
  stage.meddle((c) => (c.id === second?.id ? { ...c, health: 'starting' } : c)).commit(api(3));
  for (let n = 0; n < 3; n += 1) stage.step();
  const left = stage.memory().instances.filter((i) => i.revision === stable && i.intent === 'run');
  expect(left.map(({ ordinal }) => ordinal).sort()).toEqual([0, 1, 2]);
});

it('of old replicas that are not ready one of a revision that has failed goes first', () => {
  const stage = deployed({ 'api:2': 'unhealthy' });
  const { stable } = stage.memory();
  const until = (isThere: () => boolean): void => {
    for (let n = 0; n < 50 && !isThere(); n += 1) stage.wait(30_000).step();
  };
  stage.commit(api(2));
  until(() => stage.runs() === 'api:1 ×3, api:2 ×1');
  const lost = stage.containers().find((c) => c.name.includes(`.${stable}.2.`));
  stage.meddle((c) => (c.id === lost?.id ? null : c));
  until(() => stage.runs() === 'api:1 ×2, api:2 ×2');
  const before = new Set(stage.containers().map((c) => c.name));
  // It is rolled back: the replica that was lost is made anew and is not ready yet.
  until(() => stage.runs() === 'api:1 ×3, api:2 ×1');
  stage.meddle((c) => (before.has(c.name) ? c : { ...c, health: 'starting' })).commit(api(3));
  for (let n = 0; n < 3; n += 1) stage.step();
  expect(stage.runs()).toBe('api:1 ×3, api:3 ×1');
});

describe('an old replica that ends in the middle of a rollout', () => {
  /** The new one does not become ready, and of the two old ones one ends for a moment. */
  const interrupted = (status: 'restarting' | 'exited'): Stage => {
    const words = { replicas: 2 };
    const stage = deployed({ 'api:2': 'starting' }, words).commit(api(2, words));
    for (let n = 0; n < 5; n += 1) stage.step();
    const old = stage.memory().stable;
    expect(stage.memory().instances.filter((i) => i.revision === old && i.intent === 'run')).toHaveLength(2);
    const [first] = stage.containers().filter((c) => c.name.includes(`${old}`));
    stage.meddle((c) => (c.id === first?.id ? { ...c, status, exitCode: 1 } : c)).step();
    return stage;
  };
  const oldOnes = (stage: Stage): number =>
    stage.memory().instances.filter((i) => i.revision === stage.memory().stable && i.intent === 'run').length;

  it('stays where the engine starts it again', () => {
    expect(oldOnes(interrupted('restarting'))).toBe(2);
  });

  it('is given up where it has ended: nobody can miss it', () => {
    expect(oldOnes(interrupted('exited'))).toBe(1);
  });
});

describe('a first deployment that failed', () => {
  const [spare] = HOSTS;
  /** One of the replicas has never run: there is one host with room for one. */
  const failed = (): Stage => {
    const desired = api(1, { change: { placement: { ...only('large'), maxPerHost: 2 } } });
    const stage = new Stage(world(spare === undefined ? [] : [spare], [desired])).settle();
    expect(stage.memory().rollout?.phase).toBe('failed');
    expect(stage.runs()).toBe('api:1 ×2');
    return stage;
  };

  it('keeps what has served, also where all of it is ill as the run ends', () => {
    const desired = api(1, { change: { placement: { ...only('large'), maxPerHost: 2 } } });
    const stage = new Stage(world(spare === undefined ? [] : [spare], [desired]));
    for (let n = 0; n < 5; n += 1) stage.step();
    expect(stage.memory().instances.filter((i) => i.readyAt !== null)).toHaveLength(2);
    stage.becomes('api:1', 'unhealthy').settle();
    expect(stage.memory().rollout?.phase).toBe('failed');
    expect(stage.memory().instances.filter((i) => i.intent === 'run')).toHaveLength(2);
  });

  it('keeps what serves, also where it is not ready for a moment', () => {
    const stage = failed().meddle((c) => ({ ...c, health: 'starting' }));
    stage.step();
    stage.meddle((c) => ({ ...c, health: 'healthy' })).settle();
    expect(stage.runs()).toBe('api:1 ×2');
  });

  it('starts what served again when its host comes back from a power cut', () => {
    const stage = failed().host('h1', 'unreachable');
    stage.step();
    stage
      .meddle((c) => ({ ...c, status: 'exited', exitCode: 137 }))
      .host('h1', 'fresh')
      .settle();
    expect(stage.runs()).toBe('api:1 ×2');
  });

  it('stops what never served, also where its host is silent when a person gives it up', () => {
    const stage = new Stage(world(HOSTS, [api(1)]), { 'api:1': 'starting' });
    stage.step();
    stage.step();
    stage.host('h3', 'unreachable').command({ kind: 'abort' }).settle();
    stage.host('h3', 'fresh').settle();
    expect(stage.containers().filter((c) => c.status !== 'exited')).toEqual([]);
  });

  it('keeps what is found to serve only after a person has given it up', () => {
    const stage = new Stage(world(HOSTS, [api(1)]), { 'api:1': 'starting' });
    stage.step();
    stage.step();
    stage.host('h3', 'unreachable').command({ kind: 'abort' }).settle();
    stage.becomes('api:1', 'ready').meddle((c) => ({ ...c, health: 'healthy' }));
    stage.host('h3', 'fresh').settle();
    expect(stage.runs()).toBe('api:1 ×1');
    expect(stage.memory().instances).toMatchObject([
      { intent: 'run', because: 'it was found to serve after its revision had failed' },
    ]);
    expect(stage.memory().rollout?.phase).toBe('failed');
  });

  it('does not go back on what was told to stop already', () => {
    const stage = new Stage(world(HOSTS, [api(1)]), { 'api:1': 'starting' });
    stage.step();
    stage.step();
    stage.command({ kind: 'abort' });
    const { world: before } = stage;
    const stops = reconcile(before).actions.map(({ key }) => key);
    expect(stops).toHaveLength(3);
    stage.world = {
      ...before,
      facts: { ...before.facts, toldToStop: new Map(stops.map((key) => [key, before.now])) },
    };
    stage
      .becomes('api:1', 'ready')
      .meddle((c) => ({ ...c, health: 'healthy' }))
      .settle();
    expect(stage.runs()).toBe('');
  });

  it('keeps what served when a person gives it up', () => {
    const stage = new Stage(world(HOSTS, [api(1)]), { 'api:1': 'ready' });
    stage.step();
    stage.step();
    stage.command({ kind: 'abort' }).meddle((c) => ({ ...c, health: 'starting' }));
    stage.step();
    stage.meddle((c) => ({ ...c, health: 'healthy' })).settle();
    expect(stage.runs()).toBe('api:1 ×3');
  });
});

describe('a service that is removed and wanted again', () => {
  it('is deployed anew, so that those who depend on it go on', () => {
    const db = service('db');
    const web = service('web', { change: { dependsOn: [db.key] } });
    const stage = new Stage(world(HOSTS, [db]));
    stage.step();
    stage.commit().step();
    stage.commit(db, web).settle();
    expect(stage.containers().filter((c) => c.status === 'running')).toHaveLength(2);
  });
});

describe('a changed probe', () => {
  const probes = (path: string) => ({
    change: { probes: { startup: null, readiness: probe(path), liveness: null } },
  });

  it('that comes with a new image does not judge the old replicas', () => {
    const stage = new Stage(world(HOSTS, [api(1, probes('/old'))]), { 'api:2': 'starting' }).settle();
    const old = stage.memory().target;
    const next = api(2, probes('/new'));
    stage.commit(next).step();
    const { target } = stage.memory();
    const paths = [old, target].map((id) => readinessPath(stage, next, id));
    expect(paths).toEqual(['/old', '/new']);
  });

  it('judges the revision that is rolled back to by its own probes', () => {
    const stage = new Stage(world(HOSTS, [api(1, probes('/old'))]), { 'api:2': 'crashing' }).settle();
    const next = api(2, probes('/new'));
    stage.commit(next).settle();
    expect(stage.runs()).toBe('api:1 ×3');
    expect(readinessPath(stage, next, stage.memory().target)).toBe('/old');
  });

  it('alone is used for the containers that run, which stay', () => {
    const stage = new Stage(world(HOSTS, [api(1, probes('/old'))])).settle();
    const before = stage.containers().map((c) => c.id);
    const next = api(1, probes('/new'));
    stage.commit(next).settle();
    expect(readinessPath(stage, next, stage.memory().target)).toBe('/new');
    expect(stage.containers().map((c) => c.id)).toEqual(before);
  });

  it('lifts the quarantine of a revision that failed under the old one', () => {
    const failed = deployed({ 'api:2': 'starting' })
      .commit(api(2, probes('/wrong')))
      .settle();
    expect(failed.runs()).toBe('api:1 ×3');
    const mended = new Stage(failed.world);
    expect(
      mended
        .commit(api(2, { ...probes('/wrong'), replicas: 4 }))
        .settle()
        .runs(),
    ).toBe('api:1 ×4');
    expect(
      mended
        .commit(api(2, probes('/right')))
        .settle()
        .runs(),
    ).toBe('api:2 ×3');
  });

  it('lifts it also where nothing was stable before', () => {
    const failed = new Stage(world(HOSTS, [api(1, probes('/wrong'))]), { 'api:1': 'starting' }).settle();
    expect(failed.memory().rollout?.phase).toBe('failed');
    const mended = new Stage(failed.world).commit(api(1, probes('/right'))).settle();
    expect(mended.memory().rollout?.phase).toBe('succeeded');
    expect(mended.runs()).toBe('api:1 ×3');
  });
});

describe('the forecast', () => {
  it('ends also while a host is silent in mid-rollout', () => {
    const stage = deployed().commit(api(2, { rollout: { progressDeadlineMs: 20_000 } }));
    stage.step();
    stage.host('h3', 'unreachable');
    const startedAt = performance.now();
    forecast(stage.world);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
