// What people are told of a plan.

import { describe, expect, it } from 'vitest';
import { makeAction } from '../../src/action/action.ts';
import { HostId } from '../../src/kernel/ids.ts';
import { narrateAction, narratePlan, narrateReady } from '../../src/loop/narrate.ts';
import { ReadyCounts } from '../../src/loop/ready-counts.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import { host, service, world } from '../plan/world.ts';
import { Stage } from '../rollout/stage.ts';

const told = (stage: Stage): readonly (readonly [string, string | null | undefined, string])[] =>
  narratePlan(stage.world.memory, reconcile(stage.world), () => false).map((event) => [
    event.kind,
    event.host,
    event.message,
  ]);

/** All that is known of what runs is what its labels say. */
function forgotten(): Stage {
  const stage = new Stage(world([host('h1')], [service('api')])).settle();
  stage.world = { ...stage.world, memory: { ...stage.world.memory, services: new Map() } };
  return stage;
}

it('a container that was not known is told when it is taken on', () => {
  const stage = forgotten();
  const [container] = stage.containers();
  const message = `${container?.name} runs on h1 and was not known: it is taken on`;
  expect(told(stage)).toContainEqual(['service/found', 'h1', message]);
  stage.settle();
  expect(told(stage)).toEqual([]);
});

it('a replica that is planned is not told as found', () => {
  const stage = new Stage(world([host('h1')], [service('api')]));
  for (let n = 0; n < 10; n += 1) {
    expect(told(stage).map(([kind]) => kind)).not.toContain('service/found');
    stage.step();
  }
});

describe('how many replicas are ready', () => {
  const API = service('api', { replicas: 2 });
  /** What is told of them while nothing moves any more, or in ten plans. */
  function counting(stage: Stage, counts = new ReadyCounts()) {
    const look = (): readonly string[] =>
      narrateReady(counts, {
        before: stage.world.memory,
        plan: reconcile(stage.world),
        scope: new Set([API.key]),
        isSeen: (id) => stage.world.observed.hosts.get(id)?.state === 'fresh',
      }).map(({ message }) => message);
    return () =>
      Array.from({ length: 10 }, () => {
        const messages = look();
        stage.step();
        return messages;
      }).flat();
  }

  it('is told as it grows', () => {
    const stage = new Stage(world([host('h1'), host('h2')], [API]));
    expect(counting(stage)()).toEqual(['2 of 2 ready']);
  });

  it('is told when a host goes silent, when what is left changes, and when it comes back', () => {
    const stage = new Stage(world([host('h1'), host('h2')], [API])).settle();
    const tell = counting(stage);
    expect(tell()).toEqual([]);
    stage.host('h2', 'unreachable');
    expect(tell()).toEqual(['1 of 2 ready']);
    stage.commit(service('api', { replicas: 3 }));
    expect(tell()).toEqual(['2 of 3 ready']);
    stage.host('h2', 'fresh');
    expect(tell()).toEqual(['3 of 3 ready']);
  });

  it('is not told again by a controller that begins', () => {
    const stage = new Stage(world([host('h1'), host('h2')], [API])).settle();
    expect(counting(stage)()).toEqual([]);
  });

  it('counts from nothing where the service was away', () => {
    const counts = new ReadyCounts();
    const stage = new Stage(world([host('h1'), host('h2')], [API])).settle();
    counting(stage, counts)();
    stage.commit().settle();
    counting(stage, counts)();
    stage.commit(API);
    expect(counting(stage, counts)()).toEqual(['2 of 2 ready']);
  });
});

describe('an action', () => {
  const about = { host: HostId.parse('h1'), service: null, because: 'requests come from there' };
  const connects = makeAction(
    { ...about, object: 'plimsoll.anchor.1 to plimsoll.shop.web' },
    { kind: 'connectNetwork', id: 'c1', network: 'plimsoll.shop.web', aliases: [], address: null },
  );
  const stops = makeAction(
    { ...about, object: 'shop.web.1' },
    { kind: 'stopContainer', id: 'c2', graceMs: 0 },
  );

  it('is told when it begins and when it has ended', () => {
    expect(narrateAction({ kind: 'started', action: stops })?.kind).toBe('action/started');
    expect(narrateAction({ kind: 'succeeded', action: stops, tookMs: 1 })?.kind).toBe('action/succeeded');
  });

  it('that takes a moment, and comes once for each network of each host, is told at its end alone', () => {
    expect(narrateAction({ kind: 'started', action: connects })).toBeNull();
    expect(narrateAction({ kind: 'succeeded', action: connects, tookMs: 1 })?.message).toBe(
      'connect plimsoll.anchor.1 to plimsoll.shop.web on h1: requests come from there (1ms)',
    );
  });
});
