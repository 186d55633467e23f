// A rollout by steps: how many replicas and requests the new revision has at each, and what ends it.

import { describe, expect, it } from 'vitest';
import { COMPARISON_DEFAULTS } from '../../src/analysis/spec.ts';
import { mayServeBy } from '../../src/traffic/told.ts';
import { analyze, api, began, confirm, measured, pause, web, weight } from './canary-words.ts';
import { meshOf, serving, stageOf, type TrafficStage } from './words.ts';

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

describe('a commit in the middle of the steps', () => {
  const steps = [weight(5), confirm, weight(50), confirm];

  it('that changes them begins them anew', () => {
    const stage = began(steps).command({ kind: 'promote', full: false }).settle(30_000);
    expect(shares(stage, 2)).toEqual([5_000]);
    stage.commit(api([weight(1), confirm], { image: 2 }), web).settle(30_000);
    expect(stage.memory().rollout).toMatchObject({
      phase: 'progressing',
      canary: { step: 1, isOver: false },
    });
    expect(shares(stage, 2)).toEqual([100]);
  });

  it('that wants more replicas, or fewer, has them beside the new revision', () => {
    const stage = began(steps)
      .commit(api(steps, { image: 2, replicas: 6 }), web)
      .settle(30_000);
    expect(stage.runs()).toBe('api:1 ×6, api:2 ×1, haproxy ×2, web:1 ×1');
    stage.commit(api(steps, { image: 2, replicas: 2 }), web).settle(60_000);
    expect(stage.runs()).toBe('api:1 ×2, api:2 ×1, haproxy ×2, web:1 ×1');
    expect(stage.broken).toEqual([]);
  });

  it('that wants none ends them: there is nobody to go on with afterwards', () => {
    const stage = began(steps)
      .commit(api(steps, { image: 2, replicas: 0 }), web)
      .settle(1_800_000);
    expect(stage.memory().rollout?.phase).toBe('succeeded');
    stage.commit(api(steps, { image: 2 }), web).settle(60_000);
    expect(stage.runs()).toBe('api:2 ×4, haproxy ×2, web:1 ×1');
  });

  it('that tightens what is compared has it compared anew', () => {
    const judged = [weight(5), pause(600), analyze];
    const stage = began(judged, { compared: true });
    for (let n = 0; n < 30; n += 1) measured(stage, 0);
    expect(stage.memory().rollout?.canary?.verdict?.verdict).toBe('pass');
    const { compare, ...rest } = api(judged, { image: 2, compared: true }).rollout;
    const stricter = { ...COMPARISON_DEFAULTS, errors: { absolute: 0.000_001, relative: 0 } };
    const service = serving('api', {
      replicas: 4,
      image: 'registry.test/shop/api:2',
      rollout: { ...rest, compare: stricter },
    });
    stage.commit(service, web).settle(3_600_000);
    expect(compare).not.toBeNull();
    expect(stage.memory().rollout).toMatchObject({ phase: 'progressing', canary: { step: 2 } });
  });
});

it('a service without replicas gets the next revision without steps: nobody could go on meanwhile', () => {
  const steps = [weight(5), confirm];
  const stage = stageOf([api(steps, { replicas: 0 }), web]).settle();
  stage.commit(api(steps, { image: 2 }), web).settle();
  expect(stage.runs()).toBe('api:2 ×4, haproxy ×2, web:1 ×1');
});

describe('a pause by hand', () => {
  const steps = [weight(50), analyze];

  it('of what was given up leads no request to it', () => {
    const stage = began([weight(50), confirm])
      .becomes('api:2', 'unstoppable')
      .command({ kind: 'abort' });
    stage.step();
    stage.command({ kind: 'pause' }).settle(5_000);
    expect(stage.memory().rollout).toMatchObject({ phase: 'paused', pausedFrom: 'rollingBack' });
    expect(shares(stage, 2).every((share) => share === 0)).toBe(true);
  });

  it('protects nobody who is worse', () => {
    const stage = began(steps, { compared: true }).command({ kind: 'pause' });
    for (let n = 0; n < 6; n += 1) measured(stage, 200);
    expect(stage.settle().memory().rollout?.phase).toBe('rolledBack');
  });

  it('after a verdict can be ended: the revision is judged anew', () => {
    const stage = began(steps, { compared: true, onFailure: 'pause' });
    for (let n = 0; n < 6; n += 1) measured(stage, 200);
    stage.command({ kind: 'resume' }).settle(30_000);
    expect(stage.memory().rollout).toMatchObject({
      phase: 'progressing',
      canary: { share: 5_000, verdict: null },
    });
  });
});

describe('containers that end', () => {
  const restarted = (stage: TrafficStage, of: (revision: string) => boolean): void => {
    stage.meddle((c) => (of(c.name.split('.')[2] ?? '') ? { ...c, restartCount: c.restartCount + 1 } : c));
    stage.step();
  };

  it('of both revisions speak against neither', () => {
    const stage = began([weight(5), analyze], { compared: true });
    restarted(stage, () => true);
    expect(stage.memory().rollout?.phase).toBe('progressing');
  });

  it('since somebody stopped them speak against nobody', () => {
    const stage = began([weight(5), analyze], { compared: true });
    stage
      .meddle((c) => (isNew(stage, c.name) ? { ...c, status: 'exited', exitCode: 143 } : c))
      .settle(30_000);
    expect(stage.memory().rollout?.phase).toBe('progressing');
  });
});

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
          const isOffered = there.every(({ offers, leaving }) =>
            [...offers, ...leaving].some((one) => one.startsWith(`${pool} `)),
          );
          return isOffered ? [] : [`${host} asks ${other} for ${pool}`];
        }),
      ),
    );
  }

  /** Hosts whose newest rules lead nobody anywhere, although there are replicas. */
  function leadingNowhere({ world: { memory } }: TrafficStage): readonly string[] {
    return [...memory.balancers.values()].flatMap(({ host, told }) => {
      const newest = told.at(-1);
      const asks = newest?.doors.some((door) => door.endsWith(' shop.api:8080')) ?? false;
      const isLed = newest !== undefined && newest.serving.length + newest.sendsTo.length > 0;
      return asks && !isLed ? [`${host} leads nowhere`] : [];
    });
  }

  it.each([
    { hosts: 2, replicas: 4, steps: [weight(5), pause(20), weight(50), pause(20)] },
    { hosts: 3, replicas: 1, steps: [{ kind: 'replicas', replicas: '100%' }, weight(100), pause(20)] },
    { hosts: 3, replicas: 2, steps: [weight(50), pause(20), weight(100), pause(20)] },
    { hosts: 4, replicas: 1, steps: [weight(20), pause(5)] },
  ] as const)(
    'every host leads to replicas that answer, at any moment of a rollout: $replicas on $hosts hosts',
    ({ hosts, replicas, steps }) => {
      const placed = (image: number) => api(steps, { image, replicas });
      const names = Array.from({ length: hosts }, (_, at) => `h${at + 1}`);
      const stage = meshOf([placed(1), web], ...names).settle();
      stage.commit(placed(2), web);
      const found = new Set<string>();
      for (let step = 0; step < 400 && stage.memory().rollout?.phase !== 'succeeded'; step += 1) {
        stage.step();
        for (const one of [...lost(stage), ...leadingNowhere(stage)]) found.add(one);
        stage.wait(500);
      }
      expect([...found]).toEqual([]);
      expect(stage.memory().rollout?.phase).toBe('succeeded');
      expect(stage.broken).toEqual([]);
    },
  );
});
