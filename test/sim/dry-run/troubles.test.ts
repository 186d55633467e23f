// What a dry run tells of a push that goes wrong: a revision that fails, a host that is lost, a commit that
// cannot be carried out.

import { describe, expect, it } from 'vitest';
import { actionsOf, CHECKED, type Files, HOSTS, host, service, serviceOf, simulate } from './fleet-files.ts';

const RULES = 'rollout: { maxSurge: 1, maxUnavailable: 0, minHealthy: 2s, progressDeadline: 90s }';
const fleet = (tag: string, spec = CHECKED) => ({
  ...HOSTS,
  'web.yaml': service('web', tag, `replicas: 3, ${spec}, ${RULES}`),
});

describe('a new revision that never becomes ready', () => {
  it('is rolled back, and the old replicas serve all the time', async () => {
    const report = await simulate(fleet('1'), fleet('2'), { failing: ['web'] });
    expect(report).toMatchObject({ outcome: 'rolledBack', belowRules: [] });
    expect(report.tookMs).toBeGreaterThan(90_000);
    const web = serviceOf(report, 'default/web');
    expect(web).toMatchObject({ phase: 'held', ready: 3, fewestReady: { count: 3 } });
    expect(web.because).toMatch(/is quarantined: no progress for 1m30s/);
    expect(report.notes).toContain('assumed: the new revision of default/web never passes its checks');
  });

  it.each([
    ['a health check of Docker', 'healthcheck: { test: [CMD, check], interval: 2s, retries: 3 }'],
    ['a TCP probe', 'readiness: { tcp: { port: 8080 }, period: 1s }'],
  ])('is found by %s', async (_, check) => {
    const report = await simulate(fleet('1', check), fleet('2', check), { failing: ['default/web'] });
    expect(report).toMatchObject({ outcome: 'rolledBack', belowRules: [] });
  });

  it('ends again and again where nothing checks it, and is rolled back by that', async () => {
    const unchecked = 'environment: { A: b }';
    const report = await simulate(fleet('1', unchecked), fleet('2', unchecked), { failing: ['web'] });
    expect(report).toMatchObject({ outcome: 'rolledBack', belowRules: [] });
    expect(serviceOf(report, 'default/web').because).toMatch(/failures in a row/);
    expect(report.notes).toContain(
      'assumed: the new revision of default/web ends with code 1 1s after every start, as it has no check',
    );
    const counts = report.timeline.filter(({ kind }) => kind === 'service/ready');
    expect(counts.every(({ message }) => message === '3 of 3 ready')).toBe(true);
  });

  it('leaves everything as it is where the service says so', async () => {
    const spec = `replicas: 3, ${CHECKED}, rollout: { maxSurge: 1, minHealthy: 2s, onFailure: freeze }`;
    const of = (tag: string) => ({ ...HOSTS, 'web.yaml': service('web', tag, spec) });
    const report = await simulate(of('1'), of('2'), { failing: ['web'] });
    expect(report.outcome).toBe('failed');
    expect(serviceOf(report, 'default/web').ready).toBe(3);
  });

  it('has nothing to go back to at the first deployment', async () => {
    const report = await simulate(fleet('1'), null, { failing: ['web'] });
    expect(report.outcome).toBe('failed');
    expect(serviceOf(report, 'default/web')).toMatchObject({ phase: 'failed', ready: 0, fewestReady: null });
  });

  it('is none where the commit does not change the service', async () => {
    const api = { 'api.yaml': service('api', '1') };
    const report = await simulate({ ...fleet('1'), ...api }, { ...fleet('2'), ...api }, { failing: ['api'] });
    expect(report.outcome).toBe('converged');
    expect(report.notes).toEqual(['default/api gets no new revision by this commit: nothing of it fails']);
  });
});

describe('a host that is lost', () => {
  it('in the middle of a rollout leaves it standing still, with what serves elsewhere', async () => {
    const clean = await simulate(fleet('1'), fleet('2'));
    const report = await simulate(fleet('1'), fleet('2'), { lost: [{ host: 'h2', atMs: null }] });
    expect(report).toMatchObject({ outcome: 'degraded', belowRules: ['default/web'] });
    const lostMs = report.hosts.find((h) => h.host === 'h2')?.lostMs ?? 0;
    expect(lostMs).toBeGreaterThan(clean.tookMs / 4);
    expect(lostMs).toBeLessThan(clean.tookMs);
    const web = serviceOf(report, 'default/web');
    expect(web.fewestReady?.count).toBe(2);
    expect(web.fewestReady?.atMs).toBe(lostMs);
    expect(web.because).toContain('host h2 is unreachable');
    // What came before the loss came as without it.
    const upToTheLoss = ({ timeline }: typeof clean) =>
      timeline.filter(({ atMs }) => atMs < lostMs).map(({ atMs, kind, host: where }) => [atMs, kind, where]);
    expect(upToTheLoss(report)).toEqual(upToTheLoss(clean));
  });

  it('is told with what is really ready, whatever the controller believes', async () => {
    const lost = [{ host: 'h2', atMs: 22_000 }];
    const report = await simulate(fleet('1'), fleet('2'), { lost });
    const web = serviceOf(report, 'default/web');
    const told = report.timeline.filter(({ kind }) => kind === 'service/ready');
    expect(told.at(-1)?.message).toBe(`${web.ready} of 3 ready`);
    expect(told.map(({ atMs, message }) => [atMs, message])).toContainEqual([
      web.fewestReady?.atMs,
      `${web.fewestReady?.count} of 3 ready`,
    ]);
    expect(web.fewestReady).toMatchObject({ count: 2, atMs: 22_000 });
  });

  it('has done before its loss what it did, also where that is heard of later', async () => {
    const clean = await simulate(fleet('1'), fleet('2'));
    const pulled = clean.timeline.find(({ kind, host: on }) => kind === 'action/succeeded' && on === 'h2');
    // It has the image, and its answer is looked at.
    const atMs = (pulled?.atMs ?? 0) - 10;
    const { timeline } = await simulate(fleet('1'), fleet('2'), { lost: [{ host: 'h2', atMs }] });
    const own = timeline.filter(({ host: on }) => on === 'h2');
    const kinds = own.map(({ kind }) => kind);
    expect(kinds.slice(-4, -2)).toEqual(['action/succeeded', 'assumed/lost']);
    expect(own.at(-4)?.atMs).toBe(atMs);
  });

  it('is lost at the moment that was named, even after all is done', async () => {
    const report = await simulate(fleet('1'), fleet('2'), { lost: [{ host: 'h3', atMs: 300_000 }] });
    expect(report.hosts.map(({ lostMs }) => lostMs)).toEqual([null, null, 300_000]);
    expect(report.outcome).toBe('degraded');
    expect(serviceOf(report, 'default/web')).toMatchObject({ ready: 2, fewestReady: { atMs: 300_000 } });
  });

  it('and taken out of the fleet by the same commit is replaced by the others', async () => {
    const { 'h3.yaml': _, ...rest }: Files = fleet('1');
    const report = await simulate(fleet('1'), rest, { lost: [{ host: 'h3', atMs: 0 }] });
    expect(report).toMatchObject({ outcome: 'converged', belowRules: ['default/web'] });
    expect(serviceOf(report, 'default/web')).toMatchObject({ ready: 3, fewestReady: { count: 2 } });
  });

  it('may be one of several', async () => {
    const lost = [
      { host: 'h1', atMs: 0 },
      { host: 'h2', atMs: 10_000 },
    ];
    const report = await simulate(fleet('1'), fleet('2'), { lost });
    expect(serviceOf(report, 'default/web')).toMatchObject({
      // An old one and a new one, on the host that is left.
      ready: 2,
      fewestReady: { count: 1, atMs: 10_000 },
    });
  });
});

describe('a commit that cannot be carried out', () => {
  const crowded = {
    'web.yaml': service('web', '2', `replicas: 4, ${CHECKED}, placement: { maxPerHost: 1 }`),
  };

  it('is blocked for want of a place, and what runs goes on', async () => {
    const spec = `replicas: 3, ${CHECKED}, placement: { maxPerHost: 1 }`;
    const report = await simulate(
      { ...HOSTS, 'web.yaml': service('web', '2', spec) },
      { ...HOSTS, ...crowded },
    );
    expect(report).toMatchObject({ outcome: 'blocked', belowRules: [] });
    expect(report.because).toMatch(
      /^default\/web is blocked: .*no host will do: 3× already has 1 of at most 1 per host/,
    );
    expect(serviceOf(report, 'default/web')).toMatchObject({ ready: 3, wanted: 4 });
  });

  describe('for want of a place while it moves on', () => {
    const fixed = (tag: string, ports: string) => ({
      ...HOSTS,
      'web.yaml': service('web', tag, `replicas: 4, ${CHECKED}, ports: ["${ports}"], ${RULES}`),
    });

    it('is told to its end at a first deployment: what has a place serves', async () => {
      const report = await simulate(fixed('1', '8080:8080'), null);
      expect(serviceOf(report, 'default/web')).toMatchObject({ phase: 'failed', ready: 3 });
      expect(report.outcome).toBe('failed');
      expect(report.because).toMatch(/no progress for 1m30s: no host .*port 8080/);
      const { why } = serviceOf(report, 'default/web');
      expect(why[0]?.because).toMatch(
        /^what stood in the way: .*port 8080 is taken by an instance of its own/,
      );
    });

    it('is told to its end at an update: it rolls back', async () => {
      const report = await simulate(fixed('1', '8080-8089:8080'), fixed('2', '8080:8080'));
      expect(report.outcome).toBe('rolledBack');
      expect(serviceOf(report, 'default/web')).toMatchObject({ phase: 'held', ready: 4 });
    });

    it('comes to rest although what it waits for ends again and again', async () => {
      const files = {
        ...HOSTS,
        'db.yaml': service('db', '1', RULES),
        'web.yaml': service('web', '1', `${CHECKED}, dependsOn: [db]`),
      };
      const report = await simulate(files, null, { failing: ['db'] });
      expect(report.outcome).toBe('failed');
      expect(serviceOf(report, 'default/web')).toMatchObject({
        phase: 'blocked',
        mostContainers: { count: 0 },
      });
    });
  });

  it('says nothing of a push where what is to be there before does not converge', async () => {
    const report = await simulate({ ...HOSTS, ...crowded }, fleet('2'));
    expect(report).toMatchObject({ outcome: 'unsettledStart', services: [], timeline: [] });
    expect(report.because).toMatch(
      /^what is to be there before the commit does not converge: default\/web is/,
    );
  });

  it('on a host that takes nothing new does nothing', async () => {
    const closed = host('h1').replace('2376"', '2376", schedulable: false');
    const report = await simulate({ 'h1.yaml': closed, 'web.yaml': service('web', '1') }, null);
    expect(report.outcome).toBe('failed');
    expect(serviceOf(report, 'default/web').why[0]?.because).toMatch(/no host will do: .*not schedulable/);
    expect(actionsOf(report)).toEqual([]);
  });
});
