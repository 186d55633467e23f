// What `plimsoll status` says of a service, with the sentences of the real planner: which state it is in,
// and whether it goes on by itself or needs a person.

import { describe, expect, it } from 'vitest';
import { problem } from '../../src/kernel/errors.ts';
import { CommitSha, HostId, RevisionId, ServiceName, SourceId } from '../../src/kernel/ids.ts';
import { LABEL } from '../../src/kernel/owner.ts';
import { instant } from '../../src/kernel/time.ts';
import { overallPhase } from '../../src/loop/read-status.ts';
import { whyUnread } from '../../src/loop/source-status.ts';
import { behind, type ServicePhase, type SourceState, serviceStatus } from '../../src/loop/status.ts';
import { observe } from '../../src/observed/observed.ts';
import type { ObservedContainer } from '../../src/observed/report.ts';
import { forecast, play } from '../../src/plan/forecast.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import type { World } from '../../src/plan/world.ts';
import type { Blocked } from '../../src/rollout/facts.ts';
import { type Instance, newServiceMemory } from '../../src/rollout/memory.ts';
import { CONTROLLER, commit, host, service, world } from '../plan/world.ts';

const READ: SourceState = { kind: 'read' };
const API = service('api', { replicas: 2 });
/** One replica per host. */
const alone = service('api', {
  replicas: 2,
  change: { placement: { hosts: [], tolerations: [], maxPerHost: 1 } },
});

interface Situation {
  readonly before: World;
  readonly isFleetSeen?: boolean;
  readonly source?: SourceState;
}

/** The state of shop/api after one look of the planner. */
function stateOf({ before, isFleetSeen = true, source = READ }: Situation) {
  const plan = reconcile(before);
  const after = play(before, { ...plan, actions: [] }, before.now);
  const status = serviceStatus({
    key: API.key,
    desired: after.desired.services.get(API.key) ?? null,
    memory: after.memory.services.get(API.key),
    blocked: plan.blocked.get(API.key) ?? [],
    source,
    isFleetSeen,
    isSeen: (id) => after.observed.hosts.get(id)?.state === 'fresh',
    isInFleet: (id) => after.desired.hosts.has(id),
  });
  return status === null ? null : { phase: status.phase, because: status.because };
}

const API_2 = service('api', { replicas: 2, image: 'registry.test/shop/api:2' });
const REPORTING = service('api', { replicas: 2, change: { drift: 'report' } });

const reporting = (): World => forecast(world([host('h1'), host('h2')], [REPORTING])).world;
const converged = (): World => forecast(world([host('h1'), host('h2')], [API])).world;

/** The registry answers this when it is asked for the image of a new commit. */
function unresolved(before: World, code: Parameters<typeof problem>[0]): World {
  const wanted = service('api', { replicas: 2, image: 'registry.test/shop/api:2' });
  const outcome = { ok: false as const, problem: problem(code, 'the registry says no') };
  const fact = { reference: wanted.container.image, at: before.now, outcome };
  return {
    ...before,
    desired: { ...before.desired, services: new Map([[wanted.key, wanted]]) },
    facts: { ...before.facts, images: new Map([[wanted.key, fact]]) },
  };
}

/** No commit wants it any more, and nothing could be told to stop yet. */
function takenAway(): World {
  const before = converged();
  const services = new Map(before.memory.services);
  for (const row of before.memory.services.values()) {
    const instances = row.instances.map((i) => ({ ...i, intent: 'retire' as const }));
    services.set(row.key, { ...row, target: null, specHash: null, instances });
  }
  return { ...before, memory: { ...before.memory, services } };
}

/** The first deployment in progress, and what failed in it. */
function failing(kind: string, code: Parameters<typeof problem>[0]): World {
  const before = world([host('h1')], [API]);
  const plan = reconcile(before);
  const action = plan.actions.find((a) => a.kind === kind);
  if (action === undefined) throw new Error(`the plan has no ${kind}`);
  const after = play(before, { ...plan, actions: [] }, before.now);
  const failure = {
    problem: problem(code, 'it went wrong'),
    count: 1,
    at: after.now,
    retryAt: instant(after.now + 5_000),
  };
  return { ...after, facts: { ...after.facts, failures: new Map([[action.key, failure]]) } };
}

const first = <T>(items: Iterable<T>): T => {
  for (const item of items) return item;
  throw new Error('there is none');
};

/** The first deployment decided, and on its host a container that somebody else made. */
function withForeign(change: (wanted: ObservedContainer) => Partial<ObservedContainer>): World {
  const before = world([host('h1')], [API]);
  const decided = play(before, { ...reconcile(before), actions: [] }, before.now);
  // The one that it wants, as it would look.
  const wanted = first(containersOf(forecast(before).world));
  return withContainers(decided, () => [{ ...wanted, id: 'foreign', labels: {}, ...change(wanted) }]);
}

const containersOf = ({ observed }: World): ObservedContainer[] =>
  [...observed.hosts.values()].flatMap((view) => [...view.containers.values()]);

function withContainers(
  before: World,
  change: (present: readonly ObservedContainer[]) => readonly ObservedContainer[],
): World {
  const views = [...before.observed.hosts.values()].map((view) => ({
    ...view,
    containers: new Map(change([...view.containers.values()]).map((c) => [c.id, c])),
  }));
  return { ...before, observed: observe(views, CONTROLLER) };
}

const changed = (before: World, change: Partial<ObservedContainer>): World =>
  withContainers(before, (present) => present.map((c) => ({ ...c, ...change })));

/** A service with a named volume; `unmet` was never seen by this store, and is now in this state. */
function withUnmetHost(unmet: 'unknown' | 'unreachable'): World {
  const mount = { kind: 'volume' as const, volume: 'data', target: '/data', readOnly: false, nocopy: false };
  const before = world([host('h1'), host('h2')], [service('api', { container: { mounts: [mount] } })]);
  const views = [...before.observed.hosts.values()].map((view) =>
    view.host === 'h2' ? { ...view, state: unmet, because: 'no answer', since: instant(0) } : view,
  );
  return {
    ...before,
    observed: observe(views, CONTROLLER),
    settings: { ...before.settings, unmetHosts: new Set([HostId.parse('h2')]) },
  };
}

/** Of a service that only reports drift, all containers were stopped. */
function stoppedUnderReport(): World {
  return changed(reporting(), { status: 'exited', exitCode: 0 });
}

/** A host leaves the fleet, and the one that stays takes nothing new. */
function withoutRoom(): World {
  const before = converged();
  const [kept] = before.desired.hosts.values();
  const hosts = new Map(kept === undefined ? [] : [[kept.id, { ...kept, schedulable: false }]]);
  return { ...before, desired: { ...before.desired, hosts } };
}

describe('a service that cannot go on without a person is blocked', () => {
  it.each<[string, World, RegExp]>([
    [
      'its image is not there',
      unresolved(converged(), 'image/not-found'),
      /^image registry\.test\/shop\/api:2: the registry says no \(image\/not-found\)$/,
    ],
    ['the registry refuses the password', unresolved(converged(), 'image/auth'), /\(image\/auth\)$/],
    [
      'a replica has to leave its host and finds no other',
      withoutRoom(),
      /^no host will do: 1× not schedulable$/,
    ],
    [
      'the registry refuses the password for what was taken away a moment ago, and runs on',
      unresolved(takenAway(), 'image/auth'),
      /\(image\/auth\); .*runs on until it is known whether it is what is wanted again$/,
    ],
    [
      'a host does not find the image in the registry',
      failing('pullImage', 'image/not-found'),
      /it went wrong \(image\/not-found\)$/,
    ],
    [
      'the engine finds a foreign network with the name of its own',
      failing('createNetwork', 'engine/foreign'),
      /it went wrong \(engine\/foreign\)$/,
    ],
    [
      'a foreign container has its name',
      withForeign(({ name }) => ({ name })),
      /: a foreign container on h1 has this name; remove or rename it$/,
    ],
    [
      'another controller runs it too',
      withForeign(({ labels }) => ({ name: 'other', labels: { ...labels, [LABEL.controller]: 'other' } })),
      /: controller other runs this service on h1 \(other\); only one controller may$/,
    ],
    [
      'its volume may lie on a host that does not answer',
      withUnmetHost('unreachable'),
      /its volume may lie on h2, which has not answered yet: bring it back or take it out of the fleet$/,
    ],
    [
      'its containers were paused by hand',
      changed(converged(), { status: 'paused' }),
      /: paused by hand; `docker unpause` it$/,
    ],
    [
      'its containers were stopped and it only reports drift',
      stoppedUnderReport(),
      /: drift: exited \(exited with 0\)$/,
    ],
    [
      'there is no host for it',
      world([host('h1', { schedulable: false })], [API]),
      /^no host will do: 1× not schedulable$/,
    ],
    [
      'its own replicas are in the way of each other',
      play(world([host('h1')], [alone]), reconcile(world([host('h1')], [alone])), instant(1_000_000_001_000)),
      /^no host has room while its own instances hold what the new one needs: /,
    ],
  ])('%s', (_, before, because) => {
    expect(stateOf({ before })).toEqual({ phase: 'blocked', because: expect.stringMatching(because) });
  });
});

/** The store says that api:1 is deployed, and all replicas were found to be api:2. */
function foundOther(phase: 'succeeded' | 'failed'): World {
  const before = converged();
  const found = forecast(commit(before, [API_2])).world;
  const services = new Map(before.memory.services);
  for (const row of before.memory.services.values()) {
    const { instances = [] } = found.memory.services.get(row.key) ?? {};
    const rollout = row.rollout === null ? null : { ...row.rollout, phase };
    services.set(row.key, { ...row, instances, rollout });
  }
  return { ...commit(found, [API]), memory: { ...found.memory, services } };
}

describe('a service that goes on by itself is not blocked', () => {
  it.each<[string, Situation, string]>([
    ['the registry does not answer', { before: unresolved(converged(), 'image/registry') }, 'waiting'],
    ['an engine had no luck', { before: failing('pullImage', 'engine/failed') }, 'progressing'],
    [
      'a host that may have room is not seen',
      {
        before: world([host('h1', { schedulable: false })], [API]),
        isFleetSeen: false,
      },
      'progressing',
    ],
    ['a host with its volume may answer yet', { before: withUnmetHost('unknown') }, 'progressing'],
    [
      'what was paused by hand is being replaced',
      { before: commit(changed(converged(), { status: 'paused' }), [API_2]) },
      'progressing',
    ],
    [
      'a deviation of a running container is only reported',
      { before: changed(reporting(), { restartPolicy: 'no' }) },
      'ready',
    ],
    [
      'a deviation of a running container is put right',
      { before: changed(converged(), { restartPolicy: 'no' }) },
      'degraded',
    ],
    ['everything is ready', { before: converged() }, 'ready'],
    ['what is ready is of another revision', { before: foundOther('succeeded') }, 'progressing'],
    ['what is ready is not of the revision that it goes back to', { before: foundOther('failed') }, 'failed'],
  ])('%s', (_, situation, phase) => {
    expect(stateOf(situation)?.phase).toBe(phase);
  });
});

it.each<[string, Instance['intent'], boolean, ServicePhase]>([
  ['is progressing while one that was replaced is still there', 'run', true, 'progressing'],
  ['is ready where that one is on a host that does not answer', 'run', false, 'ready'],
  ['is progressing while one more than wanted is being stopped', 'retire', true, 'progressing'],
  ['is ready where that one cannot be stopped, since its host does not answer', 'retire', false, 'ready'],
])('a service %s', (_, intent, isAnswering, phase) => {
  const { desired, memory } = converged();
  const row = memory.services.get(API.key);
  if (row === undefined) throw new Error('api was deployed');
  const [first] = row.instances;
  const gone = HostId.parse('h9');
  const more = first === undefined ? [] : [{ ...first, ordinal: 2, host: gone, intent }];
  const status = serviceStatus({
    key: API.key,
    desired: desired.services.get(API.key) ?? null,
    memory: { ...row, instances: [...row.instances, ...more] },
    blocked: [],
    source: READ,
    isFleetSeen: isAnswering,
    isSeen: (id) => id !== gone || isAnswering,
    isInFleet: () => true,
  });
  expect(status).toMatchObject({ phase, desired: 2 });
});

describe('while the image of the commit that corrects a failure is looked up', () => {
  /** Nothing is known of the new image yet. */
  const corrected = (before: World): World => ({
    ...commit(before, [API_2]),
    facts: { ...before.facts, images: new Map() },
  });

  it('the failure of the first deployment is over', () => {
    const deploying = failing('pullImage', 'image/auth');
    const failed = play(deploying, { ...reconcile(deploying), actions: [] }, deploying.now);
    expect(stateOf({ before: failed })).toMatchObject({ phase: 'failed' });
    expect(stateOf({ before: corrected(failed) })).toEqual({
      phase: 'waiting',
      because: 'the digest of registry.test/shop/api:2 is being looked up',
    });
  });

  it('what blocked the rollout before is no obstacle', () => {
    const before = failing('pullImage', 'image/not-found');
    expect(stateOf({ before })).toMatchObject({ phase: 'blocked' });
    expect(stateOf({ before: corrected(before) })).toMatchObject({ phase: 'progressing' });
  });
});

describe('the controller as a whole', () => {
  const service = {
    namespace: API.namespace,
    name: API.name,
    desired: 1,
    revision: null,
    because: '',
    waitsForPerson: false,
  };
  const phaseWith = (phase: ServicePhase, isBusy: boolean) =>
    overallPhase([], new Set(), [{ ...service, ready: 0, phase }], { reportOnly: null, isBusy });

  it.each<[ServicePhase, string]>([
    ['failed', 'failed'],
    ['degraded', 'degraded'],
    ['blocked', 'failed'],
    ['held', 'held'],
    ['ready', 'converged'],
  ])('with a service that is %s is %s, and progressing while something is under way', (phase, overall) => {
    expect(phaseWith(phase, false)).toBe(overall);
    expect(phaseWith(phase, true)).toBe('progressing');
  });
});

describe('a service that no commit wants any more', () => {
  const unwanted = (reportsRemovals: boolean): World => {
    const before = commit(converged(), []);
    const sources = new Set(reportsRemovals ? [API.source] : []);
    return { ...before, settings: { ...before.settings, reportsRemovals: sources } };
  };

  it('is being removed', () => {
    expect(stateOf({ before: unwanted(false) })?.phase).toBe('removing');
  });

  it('is held where its source only reports removals', () => {
    expect(stateOf({ before: unwanted(true) })).toEqual({
      phase: 'held',
      because: 'no commit wants the service any more; its source only reports removals',
    });
  });
});

describe('a service that waits for another one', () => {
  const waiting = (phase: ServicePhase) => {
    const other = {
      namespace: API.namespace,
      desired: 1,
      ready: 0,
      revision: null,
      because: 'because',
      waitsForPerson: false,
    };
    const own = { ...other, name: API.name, because: 'waits for shop/db (not deployed yet)' };
    const db = { ...other, name: ServiceName.parse('db'), phase };
    const reason: Blocked = { object: API.key, because: own.because, needs: 'service' };
    return behind({ ...own, phase: 'waiting' }, [reason], [db]);
  };

  it.each<ServicePhase>(['blocked', 'failed', 'paused'])('is blocked where that one is %s', (phase) => {
    expect(waiting(phase)).toMatchObject({
      phase: 'blocked',
      because: `waits for shop/db (not deployed yet); shop/db is ${phase}`,
    });
  });

  it.each<ServicePhase>(['progressing', 'waiting', 'degraded'])('waits while that one is %s', (phase) => {
    expect(waiting(phase).phase).toBe('waiting');
  });
});

describe('equal reasons', () => {
  it('are said once, with the objects that they are about', () => {
    const because = 'no space left on device (engine/failed)';
    const blocked = ['a', 'b', 'c', 'd', 'e'].map((object): Blocked => ({ object, because, needs: 'time' }));
    const memory = { ...newServiceMemory(API), replicas: 2 };
    const status = serviceStatus({
      key: API.key,
      desired: API,
      memory,
      blocked: [...blocked, { object: API.key, because: 'waits for shop/db', needs: 'service' }],
      source: READ,
      isFleetSeen: true,
      isSeen: () => true,
      isInFleet: () => true,
    });
    expect(status?.because).toBe(`a, b, c and 2 more: ${because}; waits for shop/db`);
  });
});

describe('while the source of a service is not read', () => {
  const revision = RevisionId.parse('0123456789ab');
  const instance = {
    revision,
    ordinal: 0,
    attempt: 0,
    host: HostId.parse('h1'),
    hostPorts: [],
    intent: 'run' as const,
    because: 'first deployment',
    plannedAt: instant(0),
    seenAt: instant(0),
    readyAt: instant(0),
    faults: 0,
    hasServed: true,
    toldToStop: false,
    faultMark: null,
    retryAt: null,
    leavingSince: null,
    drainingSince: null,
  };
  const memory = {
    ...newServiceMemory(API),
    target: revision,
    replicas: 2,
    instances: [instance, { ...instance, ordinal: 1, readyAt: null }],
  };
  const statusFor = (source: SourceState) =>
    serviceStatus({
      key: API.key,
      desired: null,
      memory,
      blocked: [],
      source,
      isFleetSeen: false,
      isSeen: () => false,
      isInFleet: () => true,
    });

  it('what is remembered of it is shown, and it waits', () => {
    expect(statusFor({ kind: 'unread', because: 'source main is being read', needsPerson: false })).toEqual({
      namespace: 'shop',
      name: 'api',
      desired: 2,
      ready: 0,
      revision,
      phase: 'waiting',
      because: 'source main is being read; left as it is, 1 of 2 were ready when last seen',
      waitsForPerson: false,
    });
  });

  it('it is held where the source cannot be read', () => {
    const found = statusFor({ kind: 'unread', because: 'source main cannot be read', needsPerson: true });
    expect(found).toMatchObject({ phase: 'held', desired: 2 });
  });

  it('it is held where the configuration does not name the source any more', () => {
    expect(statusFor({ kind: 'gone' })).toMatchObject({
      phase: 'held',
      desired: 2,
      because: 'its source is not configured any more; left as it is, 1 of 2 were ready when last seen',
    });
  });

  const source = {
    id: SourceId.parse('main'),
    commit: CommitSha.parse('a'.repeat(40)),
    head: null,
    held: null,
    problems: [],
  };
  const head = {
    commit: CommitSha.parse('b'.repeat(40)),
    author: 'Ada',
    subject: 'x',
    committedAt: instant(0),
  };
  const since = instant(Date.parse('2026-03-01T12:00:07Z'));

  it.each([
    [
      'nothing has gone wrong yet',
      source,
      null,
      'source main is being read for the first time since the controller started',
    ],
    [
      'it does not answer',
      { ...source, problems: [problem('source/unreachable', 'connection refused')] },
      since,
      'source main is not read since 2026-03-01T12:00:07Z: connection refused (source/unreachable)',
    ],
    [
      'its commit is not accepted',
      { ...source, head, problems: [problem('manifest/yaml', 'wrong indentation')] },
      since,
      'commit bbbbbbbbbbbb of source main is not accepted since 2026-03-01T12:00:07Z: wrong indentation (manifest/yaml)',
    ],
    [
      'its commit is held',
      { ...source, head, held: { commit: head.commit, because: 'it would remove much', at: since } },
      null,
      'commit bbbbbbbbbbbb of source main is held since 2026-03-01T12:00:07Z: it would remove much',
    ],
  ])('the reason is said: %s', (_, status, at, because) => {
    expect(whyUnread(status, at)).toBe(because);
  });
});
