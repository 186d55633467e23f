// What a controller that begins takes for told to stop by the one before it: whatever stop was decided on, and no
// replica that only waits for its host to answer.

import { describe, expect, it } from 'vitest';
import type { Instant } from '../../src/kernel/time.ts';
import { ToldToStop } from '../../src/loop/told-to-stop.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import { Instance, type ServiceMemory } from '../../src/rollout/memory.ts';
import { host, service, world } from '../plan/world.ts';
import { Stage } from '../rollout/stage.ts';

const API = service('api', { replicas: 1, image: 'registry.test/shop/api:1' });

/** A person has given its first deployment up while its host is silent. */
function givenUp(): Stage {
  const stage = new Stage(world([host('h1')], [API]), { 'api:1': 'starting' });
  stage.step();
  stage.step();
  return stage.host('h1', 'unreachable').command({ kind: 'abort' }).settle();
}

function inherited(now: Instant, ...rows: readonly ServiceMemory[]): ReadonlyMap<string, Instant> {
  const told = new ToldToStop();
  told.inherit(rows, now);
  return told.entries;
}

/** Another controller begins with what is remembered. */
function begin(stage: Stage): Stage {
  const toldToStop = inherited(stage.now, ...stage.world.memory.services.values());
  stage.world = { ...stage.world, facts: { ...stage.world.facts, toldToStop } };
  return stage;
}

/** What is planned is saved, and nothing of it sent. Gives the keys of what was to be done. */
function decide(stage: Stage): readonly string[] {
  const plan = reconcile(stage.world);
  const { memory } = stage.world;
  const services = new Map(memory.services);
  for (const [key, row] of plan.services) if (row !== null) services.set(key, row);
  stage.world = { ...stage.world, memory: { ...memory, services } };
  return plan.actions.map(({ key }) => key);
}

/** It has got well meanwhile. */
const well = (stage: Stage): Stage =>
  stage.becomes('api:1', 'ready').meddle((c) => ({ ...c, health: 'healthy' }));

describe('a controller that begins', () => {
  it('does not take for told to stop what nobody could tell anything', () => {
    const stage = givenUp();
    expect(stage.memory().instances.map((i) => i.intent)).toEqual(['retire']);
    expect(inherited(stage.now, stage.memory()).size).toBe(0);
    well(begin(stage)).host('h1', 'fresh').settle();
    expect(stage.runs()).toBe('api:1 ×1');
  });

  it('takes what was about to be told to stop for told', () => {
    const stage = givenUp().host('h1', 'fresh');
    const stops = decide(stage);
    expect(stops).toHaveLength(1);
    expect([...inherited(stage.now, stage.memory()).keys()]).toEqual(stops);
    well(begin(stage)).settle();
    expect(stage.runs()).toBe('');
  });

  it('takes what an older store wants to be gone for told: it did not note it', () => {
    const [instance] = givenUp().memory().instances;
    const { toldToStop: _, ...older } = instance ?? {};
    const instances = [Instance.parse(older)];
    const { now } = givenUp();
    expect(inherited(now, { ...givenUp().memory(), instances }).size).toBe(1);
  });

  it('knows nothing of a stop that was taken back while it waited for its turn', () => {
    const stage = givenUp().host('h1', 'fresh');
    decide(stage);
    well(stage).settle();
    expect(stage.memory().instances).toMatchObject([{ intent: 'run', toldToStop: false }]);
  });
});
