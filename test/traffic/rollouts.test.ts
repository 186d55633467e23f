// What a rollout does about the requests that its service gets: none may go where nobody answers.

import { describe, expect, it } from 'vitest';
import { connecting, serving, stageOf, type TrafficStage, to } from './words.ts';

const web = connecting('web', [to('api')]);

/** Where the replica of api is that will have something to answer. */
function busyAddress(stage: TrafficStage): string {
  const [name] = stage.answering('h1', 'shop.api:8080');
  const there = stage.containers().find((container) => container.name === name);
  return there?.networks['plimsoll.shop.api']?.address ?? '';
}

/** A second in which a request is being answered there. */
function answeringAt(stage: TrafficStage, address: string): void {
  const facts = [...stage.world.balancers].map(
    ([id, fact]) => [id, { ...fact, sessions: new Map([[address, 1]]) }] as const,
  );
  stage.world = { ...stage.world, balancers: new Map(facts) };
  stage.step();
  stage.wait(1_000);
}

/** For ten minutes at most. */
function answeringUntil(stage: TrafficStage, address: string, isOver: () => boolean): void {
  for (let second = 0; second < 600 && !isOver(); second += 1) answeringAt(stage, address);
}

const isStop = (name: string) => (action: string) => action.startsWith(`stopContainer shop.${name}.`);

describe('a service that another one connects to', () => {
  it('is reached by the rules of its host once both run', () => {
    const stage = stageOf([serving('api', { replicas: 2 }), web]).settle();
    expect(stage.runs()).toBe('api:1 ×2, haproxy ×2, web:1 ×1');
    expect(stage.answering('h1', 'shop.api:8080')).toHaveLength(2);
    expect(stage.broken).toEqual([]);
  });

  it('is led to before the first container that connects to it is started', () => {
    const { played } = stageOf([serving('api'), web]).settle();
    const told = played.findIndex((action) => action.startsWith('tellBalancer'));
    const started = played.findIndex((action) => action.startsWith('runContainer shop.web.'));
    expect(told).toBeGreaterThan(-1);
    expect(started).toBeGreaterThan(told);
  });

  it('loses no replica in a rollout before requests go to another one', () => {
    const stage = stageOf([serving('api', { replicas: 3 }), web]).settle();
    stage.commit(serving('api', { replicas: 3, image: 'registry.test/shop/api:2' }), web).settle();
    expect(stage.runs()).toBe('api:2 ×3, haproxy ×2, web:1 ×1');
    expect(stage.played.filter(isStop('api'))).toHaveLength(3);
    expect(stage.broken).toEqual([]);
  });

  it('is replaced where its host has room for one only: it is drained, and then stopped', () => {
    const change = {
      serves: [{ port: 8080, protocol: 'http' as const }],
      placement: { hosts: [], tolerations: [], maxPerHost: 1 },
    };
    const stage = stageOf([serving('api', { change }), web]).settle();
    stage.commit(serving('api', { change, image: 'registry.test/shop/api:2' }), web).settle();
    expect(stage.runs()).toBe('api:2 ×1, haproxy ×2, web:1 ×1');
    expect(stage.broken).toEqual([]);
  });

  it('may answer for longer than its rollout may stand still', () => {
    const rollout = { minHealthyMs: 2_000, progressDeadlineMs: 20_000 };
    const stage = stageOf([serving('api', { rollout }), web]).settle();
    const old = busyAddress(stage);
    stage.commit(serving('api', { rollout, image: 'registry.test/shop/api:2' }), web);
    for (let second = 0; second < 60; second += 1) answeringAt(stage, old);
    expect(stage.memory().rollout?.phase).toBe('succeeded');
    expect(stage.runs()).toBe('api:2 ×1, haproxy ×2, web:1 ×1');
  });

  it.each([
    { drainMs: 0, tookS: 0 },
    { drainMs: 30_000, tookS: 30 },
    { drainMs: 300_000, tookS: 300 },
  ])('has $tookS s to answer what it was asked where `drain` says so', ({ drainMs, tookS }) => {
    const rollout = { minHealthyMs: 0, drainMs };
    const stage = stageOf([serving('api', { rollout }), web]).settle();
    const old = busyAddress(stage);
    stage.commit(serving('api', { rollout, image: 'registry.test/shop/api:2' }), web);
    stage.played.length = 0;
    const isStopped = () => stage.played.some(isStop('api'));
    const isLeaving = () => stage.memory().instances.some(({ drainingSince }) => drainingSince !== null);
    answeringUntil(stage, old, () => isLeaving() || isStopped());
    const from = stage.world.now;
    answeringUntil(stage, old, isStopped);
    const seconds = (stage.world.now - from) / 1_000;
    expect(seconds).toBeGreaterThanOrEqual(tookS);
    expect(seconds).toBeLessThan(tookS + 5);
  });

  it('that is stopped first is drained anew where the load balancer has come back with older rules', () => {
    const rollout = { strategy: 'recreate' as const, minHealthyMs: 0 };
    const stage = stageOf([serving('api', { rollout }), web]).settle();
    const old = busyAddress(stage);
    stage.commit(serving('api', { rollout, image: 'registry.test/shop/api:2' }), web);
    const isLeaving = () => stage.memory().instances.some(({ drainingSince }) => drainingSince !== null);
    answeringUntil(stage, old, isLeaving);
    stage.played.length = 0;
    stage.wait(2_000);
    const facts = [...stage.world.balancers].map(
      ([id, fact]) => [id, { ...fact, mark: 'older.1', at: stage.world.now, sessions: new Map() }] as const,
    );
    stage.world = { ...stage.world, balancers: new Map(facts) };
    stage.step();
    expect(stage.played.filter((action) => !action.startsWith('tellBalancer'))).toEqual([]);
    stage.settle();
    expect(stage.runs()).toBe('api:2 ×1, haproxy ×2, web:1 ×1');
    expect(stage.played.findIndex(isStop('api'))).toBeGreaterThan(
      stage.played.findIndex((action) => action.startsWith('tellBalancer')),
    );
  });

  it('keeps its old replicas while no load balancer can be told of new ones', () => {
    const stage = stageOf([serving('api'), web])
      .settle()
      .becomes('haproxy', 'deaf');
    stage.commit(serving('api', { image: 'registry.test/shop/api:2' }), web).settle(300_000);
    expect(stage.played.filter(isStop('api'))).toEqual([]);
  });

  it('is removed after what connects to it', () => {
    const stage = stageOf([serving('api'), web]).settle();
    stage.commit().settle();
    const stops = stage.played.filter((action) => isStop('api')(action) || isStop('web')(action));
    expect(stops.map((action) => action.split('.')[1])).toEqual(['web', 'api']);
    expect(stage.broken).toEqual([]);
  });

  it('may be one of two that connect to each other: both are removed', () => {
    const both = [
      serving('api', { container: { connects: [to('web')] } }),
      serving('web', { container: { connects: [to('api')] } }),
    ];
    const stage = stageOf(both).settle();
    expect(stage.runs()).toBe('api:1 ×1, haproxy ×2, web:1 ×1');
    expect(stage.commit().settle().runs()).toBe('');
  });

  it('may depend on what connects to it: both are removed', () => {
    const web = connecting('web', [to('api')]);
    const api = serving('api', {
      change: { serves: [{ port: 8080, protocol: 'http' }], dependsOn: [web.key] },
    });
    const stage = stageOf([web, api]).settle();
    expect(stage.commit().settle().runs()).toBe('');
  });
});

describe('a load balancer', () => {
  it('is told no more than once a second, however many replicas come and go', () => {
    const stage = stageOf([serving('api', { replicas: 3 }), web]).settle();
    stage.commit(serving('api', { replicas: 3, image: 'registry.test/shop/api:2' }), web).settle();
    const { toldAt } = stage;
    expect(toldAt.length).toBeGreaterThan(3);
    for (const [n, later] of toldAt.slice(1).entries())
      expect(later - (toldAt[n] ?? 0)).toBeGreaterThanOrEqual(1_000);
  });
});

describe('a replica that was never ready', () => {
  /** A rollout whose new replica never gets ready is given up; the old one's address may be the new one's by now. */
  function givenUp(hasItsAddress: boolean): TrafficStage {
    const stage = stageOf([serving('api'), web], { 'api:2': 'starting' }).settle();
    const [old] = stage.containers().filter(({ name }) => name.startsWith('shop.api.'));
    stage.commit(serving('api', { image: 'registry.test/shop/api:2' }), web).settle(60_000);
    stage.meddle((c) => {
      if (!hasItsAddress || !c.name.startsWith('shop.api.')) return c;
      const networks = { ...c.networks };
      const network = networks['plimsoll.shop.api'];
      if (c.name === old?.name) return null;
      if (network !== undefined)
        networks['plimsoll.shop.api'] = {
          ...network,
          address: old?.networks['plimsoll.shop.api']?.address ?? '',
        };
      return { ...c, networks };
    });
    stage.played.length = 0;
    return stage.command({ kind: 'abort' });
  }

  it('is stopped at once', () => {
    const stage = givenUp(false);
    stage.step();
    expect(stage.played.filter(isStop('api'))).toHaveLength(1);
  });

  it('is asked no more before it is stopped, where it got the address of one that was', () => {
    const stage = givenUp(true);
    stage.step();
    expect(stage.played.filter(isStop('api'))).toEqual([]);
    stage.settle();
    expect(stage.played.filter(isStop('api'))).toHaveLength(1);
  });
});

describe('who waits for a load balancer', () => {
  it('is told what is in its way', () => {
    const stage = stageOf([serving('api'), web], { haproxy: 'deaf' }).settle(30_000);
    const told = [...(stage.plan?.blocked.values() ?? [])].flat().map(({ because }) => because);
    expect(told).toContainEqual(
      expect.stringMatching(
        /^not started yet: the load balancer on h1 does not lead to shop\/api yet \(.+\)$/,
      ),
    );
  });
});
