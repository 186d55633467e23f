// What people are shown of a rollout by steps: which are done and why, where it is, what it waits for, and who gets how
// many of the requests.

import { describe, expect, it } from 'vitest';
import type { RolloutStep } from '../../src/desired/rollout-spec.ts';
import { type StepsView, viewRun } from '../../src/loop/run-view.ts';
import { serviceStatus } from '../../src/loop/status.ts';
import type { Rollout } from '../../src/rollout/memory.ts';
import { analyze, api, began, confirm, measured, pause, web, weight } from '../traffic/canary-words.ts';
import { stageOf, type TrafficStage } from '../traffic/words.ts';

const blockedOf = (stage: TrafficStage) => stage.plan?.blocked.get(stage.memory().key) ?? [];

function viewOf(stage: TrafficStage, run: Rollout | null = stage.memory().rollout): StepsView | null {
  return run === null ? null : viewRun(run, stage.memory(), blockedOf(stage)).canary;
}

/** `weight 5 %: done`; of the current one with what it waits for. */
const shown = (view: StepsView | null): readonly string[] | undefined =>
  view?.steps.map(({ step, state, because }) =>
    state === 'current' ? `${step}: ${state}, ${because}` : `${step}: ${state}`,
  );

const STEPS: readonly RolloutStep[] = [weight(5), confirm, weight(50), confirm];
const ASKED = 'a person has to say `plimsoll rollout promote shop/api`';
const promote = (full: boolean) => ({ kind: 'promote' as const, full });

describe('a rollout by steps', () => {
  it.each<[string, () => TrafficStage, readonly string[], Partial<StepsView>]>([
    [
      'that has just begun',
      () => began(STEPS, {}, { 'api:2': 'starting' }),
      [
        'weight 5 %: current, 0 of 1 new replicas are available',
        'confirm: next',
        'weight 50 %: next',
        'confirm: next',
      ],
      { requestsPercent: 0, waitsForPerson: false },
    ],
    [
      'that waits for a person',
      () => began(STEPS),
      ['weight 5 %: done', `confirm: current, ${ASKED}`, 'weight 50 %: next', 'confirm: next'],
      {
        requestsPercent: 5,
        waitsForPerson: true,
        because: `step 2 of 4, confirm, with 5 % of the requests: ${ASKED}`,
      },
    ],
    [
      'that waits for time',
      () => began([weight(0.5), pause(600)]),
      ['weight 0.5 %: done', expect.stringMatching(/^pause 10m: current, goes on in /)],
      { requestsPercent: 0.5, waitsForPerson: false },
    ],
    [
      'that a person stopped',
      () => began(STEPS).command({ kind: 'pause' }),
      ['weight 5 %: done', 'confirm: current, paused by user:test', 'weight 50 %: next', 'confirm: next'],
      { requestsPercent: 5, waitsForPerson: false },
    ],
    [
      'that a person let go of step by step',
      () => began(STEPS).command(promote(false)).settle(60_000).command(promote(false)).settle(),
      ['weight 5 %: done', 'confirm: done', 'weight 50 %: done', 'confirm: done'],
      { requestsPercent: null, waitsForPerson: false, because: 'all steps were done' },
    ],
    [
      'whose steps a person skipped',
      () => began(STEPS).command(promote(true)).settle(),
      ['weight 5 %: done', 'confirm: skipped', 'weight 50 %: skipped', 'confirm: skipped'],
      { requestsPercent: null, because: 'a person skipped the steps that were left' },
    ],
    [
      'that a person gave up',
      () => began(STEPS).command({ kind: 'abort' }).settle(),
      ['weight 5 %: done', 'confirm: stopped', 'weight 50 %: skipped', 'confirm: skipped'],
      { requestsPercent: null, because: 'given up at step 2 of 4, confirm' },
    ],
  ])('%s', (_, play, steps, view) => {
    const seen = viewOf(play());
    expect(shown(seen)).toEqual(steps);
    expect(seen).toMatchObject(view);
  });

  it('is compared: the verdict, and what it rests on', () => {
    const stage = began([weight(5), analyze], { compared: true });
    measured(stage, 1);
    expect(viewOf(stage)).toMatchObject({
      verdict: { verdict: 'undecided', at: stage.now },
      measured: [
        {
          at: stage.now,
          canary: { requests: 500, errors: 1 },
          stable: { requests: 2_000, errors: 0 },
          gaps: [],
        },
      ],
      restarts: 0,
      outOfMemoryKills: 0,
    });
  });

  it('that has passed keeps by what, also where more requests begin anew', () => {
    const stage = began([weight(5), analyze, weight(50), analyze], { compared: true });
    for (let n = 0; n < 40 && viewOf(stage)?.steps[1]?.state !== 'done'; n += 1) measured(stage, 0);
    stage.settle(30_000);
    expect(viewOf(stage)?.verdict).toBeNull();
    expect(viewOf(stage)?.steps[1]?.because).toMatch(/^5xx 0 % of .*: no worse/);
  });

  it('of which only the run is known shows what was done, and where it ended', () => {
    const stage = began(STEPS).command({ kind: 'abort' }).settle();
    const run = stage.memory().rollout;
    stage.commit(api([confirm], { image: 3 }), web).settle(30_000);
    const view = viewOf(stage, run);
    expect(shown(view)).toEqual(['weight 5 %: done', 'null: stopped']);
    expect(view?.because).toBe('given up at step 2');
  });

  it('that got other steps by a commit has begun them anew', () => {
    const stage = began(STEPS);
    stage.commit(api([weight(10), confirm, weight(20), pause(5)], { image: 2 }), web).settle(5_000);
    expect(shown(viewOf(stage))).toEqual([
      'weight 10 %: done',
      `confirm: current, ${ASKED}`,
      'weight 20 %: next',
      'pause 5s: next',
    ]);
  });
});

describe('a rollout without steps', () => {
  it.each<[string, () => TrafficStage]>([
    ['is that of a service that has none', () => began([])],
    ['is the first one', () => stageOf([api(STEPS), web]).settle()],
    [
      'is one back to what was stable, from the middle of the steps',
      () => began(STEPS).commit(api(STEPS), web).settle(),
    ],
  ])('%s', (_, play) => {
    const stage = play();
    expect(stage.memory().rollout).not.toBeNull();
    expect(viewOf(stage)).toBeNull();
  });
});

it('a service that waits for a person at a step is on its way, and says what to say', () => {
  const stage = began(STEPS);
  const { key } = stage.memory();
  const status = serviceStatus({
    key,
    desired: stage.world.desired.services.get(key) ?? null,
    memory: stage.memory(),
    blocked: blockedOf(stage),
    source: { kind: 'read' },
    isFleetSeen: true,
    isSeen: () => true,
    isInFleet: () => true,
  });
  expect(status?.phase).toBe('progressing');
  expect(status?.because).toMatch(/step 2 of 4, confirm, with 5 % of the requests: a person has to say /);
  expect(status?.because).toContain(ASKED);
});
