// What people are told of a rollout by steps: each step, each change of the requests and each verdict once, and nothing of
// the measurements between them; and that the audit keeps it.

import { describe, expect, it } from 'vitest';
import type { RolloutStep } from '../../src/desired/rollout-spec.ts';
import { MemoryKeeper } from '../../src/loop/memory-keeper.ts';
import { narratePlan } from '../../src/loop/narrate.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import { randomStream } from '../../src/sim/core/random.ts';
import { Scheduler } from '../../src/sim/core/scheduler.ts';
import { VirtualClock } from '../../src/sim/core/virtual-clock.ts';
import { SimDisk } from '../../src/sim/store/sim-disk.ts';
import { SimStore } from '../../src/sim/store/sim-store.ts';
import { analyze, api, began, confirm, measured, pause, web, weight } from '../traffic/canary-words.ts';
import { stageOf, type TrafficStage } from '../traffic/words.ts';

type Told = readonly [kind: string, message: string];

const OF_ROLLOUTS = /^rollout\//;

/** Notes what is told of rollouts at each step of a stage; revisions by their tags. */
function listening(stage: TrafficStage): { readonly stage: TrafficStage; readonly told: Told[] } {
  const told: Told[] = [];
  const step = stage.step.bind(stage);
  stage.step = () => {
    const before = stage.world.memory;
    const plan = step();
    const tags = [...before.revisions.values(), ...plan.revisions].map(
      ({ id, container }) => [id, container.image.split('/').at(-1) ?? ''] as const,
    );
    for (const { kind, message } of narratePlan(before, plan, () => false))
      if (OF_ROLLOUTS.test(kind))
        told.push([kind, tags.reduce((text, [id, tag]) => text.replaceAll(id, tag), message)]);
    return plan;
  };
  return { stage, told };
}

function committed(steps: readonly RolloutStep[], compared = false) {
  const { stage, told } = listening(stageOf([api(steps, { compared }), web]).settle());
  stage.commit(api(steps, { compared, image: 2 }), web).settle(30_000);
  return { stage, told };
}

const STARTED: Told = ['rollout/started', expect.stringMatching(/^deploy from api:1 to api:2: /)];

describe('of a rollout by steps is told', () => {
  it('each step, what came of it, and each change of the requests', () => {
    const { stage, told } = committed([weight(5), pause(60), weight(50), confirm]);
    expect(told).toEqual([
      STARTED,
      ['rollout/share', '5 % of the requests go to api:2, 0 % before'],
      [
        'rollout/step',
        'weight 5 % is done (the load balancers go by it); step 2 of 4, pause 1m, is in force',
      ],
    ]);
    told.length = 0;
    stage.settle(90_000);
    expect(told).toEqual([
      ['rollout/step', 'pause 1m is done (it is over)'],
      ['rollout/share', '50 % of the requests go to api:2, 5 % before'],
      [
        'rollout/step',
        'weight 50 % is done (the load balancers go by it); step 4 of 4, confirm, is in force',
      ],
    ]);
    told.length = 0;
    stage.command({ kind: 'promote', full: false }).settle();
    expect(told).toEqual([
      [
        'rollout/step',
        'confirm is done (a person let go of it); no step is left: the new revision takes over',
      ],
      ['rollout/succeeded', expect.stringMatching(/^succeeded after /)],
    ]);
  });

  it('a verdict with the step that it lets pass, and no measurement before it', () => {
    const { stage, told } = committed([weight(5), analyze], true);
    told.length = 0;
    for (let n = 0; n < 60 && told.length === 0; n += 1) measured(stage, 0);
    expect(stage.memory().rollout?.canary?.measured.length).toBeGreaterThan(2);
    expect(told).toEqual([
      [
        'rollout/step',
        expect.stringMatching(/^analyze is done \(5xx 0 % of .*: no worse .*\); no step is left: /),
      ],
    ]);
  });

  it('a verdict that is reached while nobody asks for one, once', () => {
    const { stage, told } = committed([weight(5), pause(7_200), analyze], true);
    told.length = 0;
    for (let n = 0; n < 60; n += 1) measured(stage, 0);
    expect(told).toEqual([['rollout/verdict', expect.stringMatching(/^pass: 5xx 0 % of .*: no worse/)]]);
  });

  it('a verdict that gives it up with its end, once', () => {
    const { stage, told } = committed([weight(5), analyze], true);
    told.length = 0;
    for (let n = 0; n < 6 && told.length === 0; n += 1) measured(stage, 25);
    expect(told).toEqual([['rollout/rollingBack', expect.stringMatching(/^rollingBack: 5xx 5\.0 % of /)]]);
  });

  it('that nothing is sent to it any more where a person is to decide', () => {
    const stage = began([weight(5), analyze], { compared: true, onFailure: 'pause' });
    const { told } = listening(stage);
    for (let n = 0; n < 6; n += 1) measured(stage, 25);
    expect(told.map(([kind]) => kind)).toEqual(['rollout/share', 'rollout/paused']);
    expect(told[0]?.[1]).toBe('0 % of the requests go to api:2, 5 % before');
  });
});

it('the audit keeps what is told of steps', async () => {
  const clock = new VirtualClock(new Scheduler(randomStream(1, 'ties')));
  const disk = new SimDisk(clock, () => false);
  const isAlive = () => true;
  const keeper = new MemoryKeeper(
    new SimStore({ disk, clock, delayMs: () => 0, onWrite: () => 'go on', isAlive }),
  );
  const stage = began([weight(5), confirm, weight(50), confirm]);
  const before = stage.memory();
  const audit = { at: stage.now, actor: 'user:ada', event: 'command/promote', object: before.key };
  stage.command({ kind: 'promote', full: false });
  await keeper.replace(stage.memory(), { ...audit, because: 'promote', details: '{}' });
  await keeper.save(reconcile(stage.world), () => null, [], stage.now);
  const entries = disk.auditEntries.filter(({ event }) => OF_ROLLOUTS.test(event));
  expect(entries.map(({ event, object, because }) => [event, object, because])).toEqual([
    ['rollout/step', 'shop/api', 'confirm is done (a person let go of it)'],
  ]);
});
