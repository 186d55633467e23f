// What was accepted and has not begun, when a newer plan has changed its mind.

import { describe, expect, it } from 'vitest';
import type { Action } from '../../src/action/action.ts';
import { ServiceKey } from '../../src/kernel/ids.ts';
import { calledOff } from '../../src/plan/called-off.ts';
import { play } from '../../src/plan/forecast.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import type { Plan, World } from '../../src/plan/world.ts';
import { Stage } from '../rollout/stage.ts';
import { host, service, world } from './world.ts';

const api = (version: number) => service('api', { replicas: 2, image: `registry.test/shop/api:${version}` });
const SCOPE = new Set([ServiceKey.parse('shop/api')]);

const isContainerAction = ({ kind }: Action): boolean => kind === 'runContainer' || kind === 'stopContainer';

/** Plays until the plan has actions on containers, which have not begun when what `then` does is planned for. */
function changed(stage: Stage, then: (stage: Stage) => void): readonly (readonly [string, boolean])[] {
  let plan: Plan = reconcile(stage.world);
  while (!plan.actions.some(isContainerAction)) {
    stage.step();
    plan = reconcile(stage.world);
  }
  const waiting = plan.actions.filter(isContainerAction);
  const saved = new Map(stage.world.memory.services);
  for (const [key, row] of plan.services) if (row !== null) saved.set(key, row);
  const memory: World['memory'] = {
    ...stage.world.memory,
    services: saved,
    revisions: new Map([...stage.world.memory.revisions, ...plan.revisions.map((r) => [r.id, r] as const)]),
  };
  const keys = new Set(waiting.map(({ key }) => key));
  const meanwhile = { ...stage.world.facts, inFlight: keys, waiting: keys };
  stage.world = { ...stage.world, memory, facts: meanwhile };
  then(stage);
  stage.world = { ...stage.world, facts: { ...stage.world.facts, inFlight: keys, waiting: keys } };
  const off = calledOff(waiting, { plan: reconcile(stage.world), memory: stage.world.memory, scope: SCOPE });
  return waiting.map(({ kind, key }) => [kind, off.has(key)] as const);
}

const fresh = (): Stage => new Stage(world([host('h1'), host('h2')], [api(1)]));

describe('the start of a replica', () => {
  it('is called off where another version is wanted, once that can be started', () => {
    const found = changed(fresh(), (stage) => {
      const plan = reconcile(stage.commit(api(2)).world);
      const pulls = plan.actions.filter(({ kind }) => kind === 'pullImage');
      expect(pulls).toHaveLength(2);
      stage.world = play(stage.world, { ...plan, actions: pulls }, stage.now);
    });
    expect(found).toEqual([
      ['runContainer', true],
      ['runContainer', true],
    ]);
  });

  it('is called off where the service is not wanted any more', () => {
    expect(changed(fresh(), (stage) => stage.commit())).toEqual([
      ['runContainer', true],
      ['runContainer', true],
    ]);
  });

  it('is not called off where nothing has changed', () => {
    expect(changed(fresh(), () => {})).toEqual([
      ['runContainer', false],
      ['runContainer', false],
    ]);
  });
});

describe('the stop of a replica', () => {
  it('is called off where it is wanted again', () => {
    const stage = fresh().settle().commit();
    expect(changed(stage, (then) => then.commit(api(1)))).toEqual([
      ['stopContainer', true],
      ['stopContainer', true],
    ]);
  });

  it('is not called off where it still has to go', () => {
    const stage = fresh().settle().commit();
    expect(changed(stage, () => {})).toEqual([
      ['stopContainer', false],
      ['stopContainer', false],
    ]);
  });
});

it('a service that was not looked at keeps what it waits for', () => {
  const stage = fresh();
  const { actions } = reconcile(stage.world);
  const plan = reconcile({ ...stage.world, desired: { ...stage.world.desired, services: new Map() } });
  expect(calledOff(actions, { plan, memory: stage.world.memory, scope: new Set() })).toEqual(new Set());
});
