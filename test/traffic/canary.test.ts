// A rollout by steps: how many replicas and requests the new revision has at each, and what ends it.

import { describe, expect, it } from 'vitest';
import { mayServeBy } from '../../src/traffic/told.ts';
import { analyze, api, began, confirm, measured, pause, web, weight } from './canary-words.ts';
import { meshOf, stageOf, type TrafficStage } from './words.ts';

/** Of the requests to a revision, by all rules that a host may be serving by. */
function shares(stage: TrafficStage, image: number): readonly number[] {
  const [row] = stage.world.memory.balancers.values();
  const revisions = [...stage.world.memory.revisions.values()];
  const own = revisions.find(({ container }) => container.image.endsWith(`api:${image}`))?.id ?? '';
  const rules = row === undefined ? [] : (mayServeBy(row, stage.world.balancers.get(row.host)) ?? []);
  const share = (entry: string): number[] =>
    entry.includes(` ${own} `) ? [Number(entry.split(' ')[2])] : [];
  return rules.flatMap((told) => told.shares.flatMap(share));
}

const atStep = (stage: TrafficStage): number | undefined => stage.memory().rollout?.canary?.step;

describe('a new revision', () => {
  it.each([
    { perCent: 5, replicas: 1 },
    { perCent: 26, replicas: 2 },
    { perCent: 50, replicas: 2 },
    { perCent: 100, replicas: 4 },
  ])(
    'with $perCent % of the requests has $replicas of 4 replicas, beside all of the stable one',
    ({ perCent, replicas }) => {
      const stage = began([weight(perCent), confirm]);
      expect(stage.runs()).toBe(`api:1 ×4, api:2 ×${replicas}, haproxy ×2, web:1 ×1`);
      expect(shares(stage, 2)).toEqual([perCent * 100]);
      expect(stage.broken).toEqual([]);
    },
  );

  it('has no requests before its replicas are available', () => {
    const stage = began([weight(5), confirm], {}, { 'api:2': 'starting' });
    expect(stage.runs()).toBe('api:1 ×4, api:2 ×1, haproxy ×2, web:1 ×1');
    expect(stage.memory().rollout?.canary?.share).toBe(0);
    expect(stage.blocked()).toMatch(/step 1 of 2, weight 5 %, with 0 % of the requests: 0 of 1 new replicas/);
  });

  it('has as many replicas as a step says, whatever its part of the requests is', () => {
    const stage = began([{ kind: 'replicas', replicas: 3 }, weight(5), confirm]);
    expect(stage.runs()).toBe('api:1 ×4, api:2 ×3, haproxy ×2, web:1 ×1');
  });

  it('takes over as any other does once all steps are done', () => {
    const stage = began([weight(5), pause(60), weight(50), pause(60)]).settle();
    expect(stage.runs()).toBe('api:2 ×4, haproxy ×2, web:1 ×1');
    expect(stage.memory().rollout?.phase).toBe('succeeded');
    expect(stage.broken).toEqual([]);
  });

  it('may be looked at for longer than a rollout may stand still', () => {
    const stage = began([weight(5), pause(7_200)]).settle(7_000_000);
    expect(stage.memory().rollout?.phase).toBe('progressing');
    expect(atStep(stage)).toBe(1);
  });

  it('gets more with each step, and less where a step says so', () => {
    const stage = began([weight(20), confirm, weight(1), confirm]);
    expect(shares(stage, 2)).toEqual([2_000]);
    stage.command({ kind: 'promote', full: false }).settle(30_000);
    expect(shares(stage, 2)).toEqual([100]);
  });

  it('that is the first one skips the steps and says so', () => {
    const stage = stageOf([api([weight(5), confirm]), web]).settle();
    expect(stage.memory().rollout).toMatchObject({
      phase: 'succeeded',
      because: expect.stringContaining('nothing to compare it with'),
    });
  });

  it('has its steps from the first one where another one was in the middle of its own', () => {
    const steps = [weight(5), pause(60), weight(50), confirm];
    const stage = began(steps).settle(120_000);
    expect(shares(stage, 2)).toEqual([5_000]);
    stage.commit(api(steps, { image: 3 }), web).settle(40_000);
    expect(stage.runs()).toBe('api:1 ×4, api:3 ×1, haproxy ×2, web:1 ×1');
    expect([shares(stage, 3), shares(stage, 2)]).toEqual([[500], []]);
    expect(stage.broken).toEqual([]);
  });

  it('waits where no host has room for both', () => {
    const alone = { hosts: [], tolerations: [], maxPerHost: 4 };
    const steps = [weight(5), confirm];
    const of = (image: number) => {
      const service = api(steps, { image });
      return { ...service, placement: alone };
    };
    const stage = stageOf([of(1), web]).settle();
    stage.commit(of(2), web).settle(30_000);
    expect(stage.runs()).toBe('api:1 ×4, haproxy ×2, web:1 ×1');
    expect(stage.blocked()).toMatch(/no host has room for the new revision beside the stable one/);
  });
});

describe('a person', () => {
  it('lets go of one step, or of all that are left', () => {
    const steps = [weight(5), confirm, weight(50), confirm];
    const stage = began(steps).command({ kind: 'promote', full: false }).settle(60_000);
    expect(atStep(stage)).toBe(3);
    const all = began(steps).command({ kind: 'promote', full: true }).settle();
    expect(all.runs()).toBe('api:2 ×4, haproxy ×2, web:1 ×1');
  });

  it('aborts: no request is led to it any more, and its replicas go', () => {
    const stage = began([weight(50), confirm]).command({ kind: 'abort' });
    stage.wait(1_000).step();
    expect(shares(stage, 2).at(-1)).toBe(0);
    stage.settle();
    expect(stage.runs()).toBe('api:1 ×4, haproxy ×2, web:1 ×1');
    expect(stage.memory().rollout?.phase).toBe('rolledBack');
    expect(stage.broken).toEqual([]);
  });

  it('aborts also where the stable revision is ill', () => {
    const stage = began([weight(50), confirm])
      .becomes('api:1', 'unhealthy')
      .settle(5_000);
    stage.command({ kind: 'abort' }).settle(5_000);
    expect(shares(stage, 2).at(-1) ?? 0).toBe(0);
  });

  it('rolls back: what was being tried gets no request meanwhile', () => {
    // Also where those that go on are ill: what is tried is no help then.
    const stage = began([weight(50), confirm])
      .becomes('api:1', 'unhealthy')
      .settle(5_000);
    const to = stage.memory().stable ?? '?';
    stage.command({ kind: 'rollback', to: stage.memory().stable, specHash: null });
    for (let second = 0; second < 5; second += 1) {
      stage.wait(1_000).step();
      expect(stage.answering('h1', 'shop.api:8080').every((name) => name.includes(to))).toBe(true);
    }
    expect(stage.answering('h1', 'shop.api:8080')).toHaveLength(4);
    expect(stage.settle(5_000).runs()).toBe('api:1 ×4, haproxy ×2, web:1 ×1');
  });
});

describe('compared with the stable revision, a new one', () => {
  const steps = [weight(5), analyze];
  const compared = { compared: true };

  it('that is as good is promoted, and not before that is shown', () => {
    const stage = began(steps, compared);
    expect(measured(stage, 0).memory().rollout?.canary).toMatchObject({ step: 1, isOver: false });
    for (let n = 0; n < 40; n += 1) measured(stage, 0);
    expect(stage.settle().runs()).toBe('api:2 ×4, haproxy ×2, web:1 ×1');
  });

  it('with 5 % errors is given up within a few looks, with the numbers', () => {
    const stage = began(steps, compared);
    for (let n = 0; n < 6; n += 1) measured(stage, 25);
    stage.settle();
    expect(stage.memory().rollout).toMatchObject({
      phase: 'rolledBack',
      because: expect.stringMatching(/5xx 5\.0 % of [\d,]+ requests against 0 % of [\d,]+: worse/),
    });
    expect(stage.runs()).toBe('api:1 ×4, haproxy ×2, web:1 ×1');
  });

  it('is not blamed for what both have', () => {
    const stage = began(steps, compared);
    for (let n = 0; n < 20; n += 1) measured(stage, 25, 100);
    expect(stage.memory().rollout?.phase).not.toBe('rollingBack');
  });

  it('without requests is held, and says so', () => {
    const stage = began(steps, compared);
    for (let n = 0; n < 40; n += 1) measured(stage, null);
    stage.settle(3_600_000);
    expect(stage.memory().rollout?.phase).toBe('progressing');
    expect(stage.blocked()).toMatch(/too few requests to judge: 0 against/);
  });

  it('takes in an interval once, however often it is looked at', () => {
    const stage = began(steps, compared);
    measured(stage, 1);
    stage.step();
    stage.step();
    expect(stage.memory().rollout?.canary?.comparison?.canary.requests).toBe(500);
  });

  it('has to pass with each part of the requests that is to be analyzed', () => {
    const stage = began([weight(5), analyze, weight(50), analyze], compared);
    for (let n = 0; n < 40 && atStep(stage) === 1; n += 1) measured(stage, 0);
    stage.settle(30_000);
    expect(atStep(stage)).toBe(3);
    expect(measured(stage, 0).memory().rollout?.canary?.verdict?.verdict).toBe('undecided');
  });

  it('whose container ends once it has requests is given up at once', () => {
    const stage = began(steps, compared);
    stage.meddle((c) =>
      stage.runs().includes('api:2') && isNew(stage, c.name) ? { ...c, restartCount: 1 } : c,
    );
    stage.step();
    expect(stage.memory().rollout).toMatchObject({
      phase: 'rollingBack',
      because: 'the canary was restarted once',
    });
  });

  it('that fails where a person is to decide keeps its replicas and gets no requests', () => {
    const stage = began(steps, { ...compared, onFailure: 'pause' });
    for (let n = 0; n < 6; n += 1) measured(stage, 25);
    stage.settle(30_000);
    expect(stage.memory().rollout?.phase).toBe('paused');
    expect(shares(stage, 2)).toEqual([0]);
    expect(stage.runs()).toBe('api:1 ×4, api:2 ×1, haproxy ×2, web:1 ×1');
  });
});

const isNew = (stage: TrafficStage, name: string): boolean =>
  name.split('.')[2] === stage.memory().rollout?.to;

describe('on several hosts', () => {
  /** Rules by which a host asks another one for what that one may not answer. */
  function lost({ world: { memory, balancers } }: TrafficStage): readonly string[] {
    const rules = [...memory.balancers.values()].map((row) => ({
      host: row.host,
      told: mayServeBy(row, balancers.get(row.host)) ?? [],
    }));
    return rules.flatMap(({ host, told }) =>
      told.flatMap(({ sendsTo }) =>
        sendsTo.flatMap((entry) => {
          const [pool = '', other = ''] = entry.split(' ');
          const there = rules.find((one) => one.host === other)?.told ?? [];
          const isOffered = there.every(({ serving: s, leaving: l }) =>
            [...s, ...l].some((one) => one.startsWith(`${pool} `)),
          );
          return isOffered ? [] : [`${host} asks ${other} for ${pool}`];
        }),
      ),
    );
  }

  it('no host is asked for what it does not offer, at any moment of a rollout', () => {
    const steps = [weight(5), pause(20), weight(50), pause(20)];
    const placed = (image: number) => api(steps, { image });
    const stage = meshOf([placed(1), web], 'h1', 'h2').settle();
    stage.commit(placed(2), web);
    const found = new Set<string>();
    for (let step = 0; step < 400 && stage.memory().rollout?.phase !== 'succeeded'; step += 1) {
      stage.step();
      for (const one of lost(stage)) found.add(one);
      stage.wait(500);
    }
    expect([...found]).toEqual([]);
    expect(stage.memory().rollout?.phase).toBe('succeeded');
    expect(stage.broken).toEqual([]);
  });
});
