// Rows of a controller whose clock was ahead of the one that takes over.

import { describe, expect, it } from 'vitest';
import { instant } from '../../src/kernel/time.ts';
import type { ServiceMemory } from '../../src/rollout/memory.ts';
import { resumed } from '../../src/rollout/resume.ts';
import { host, service, world } from '../plan/world.ts';
import { Stage } from './stage.ts';

const DAY_MS = 86_400_000;
const api = (tag: string) => service('api', { replicas: 3, image: `registry.test/shop/api:${tag}` });

/** The stage a day earlier, as after a clock that was set back between two runs of the controller. */
function setBack(stage: Stage, change: (row: ServiceMemory) => ServiceMemory): Stage {
  const now = instant(stage.now - DAY_MS);
  const services = new Map([...stage.world.memory.services].map(([key, row]) => [key, change(row)]));
  stage.world = { ...stage.world, now, memory: { ...stage.world.memory, services } };
  return stage;
}

const deployed = (): Stage => new Stage(world([host('h1'), host('h2')], [api('1')])).settle();

describe('a clock that was set back by a day while the controller was down', () => {
  it('does not keep the next rollout waiting for a day', () => {
    const stage = deployed();
    const now = instant(stage.now - DAY_MS);
    setBack(stage, (row) => resumed(row, now))
      .commit(api('2'))
      .settle(600_000);
    expect(stage.runs()).toBe('api:2 ×3');
  });

  it('does not make a restart by hand go on for ever', () => {
    const stage = deployed();
    stage.wait(1_000).command({ kind: 'restart', pull: false }).settle();
    const now = instant(stage.now - DAY_MS);
    const before = stage
      .containers()
      .map((c) => c.id)
      .sort();
    setBack(stage, (row) => resumed(row, now)).settle(600_000);
    expect(
      stage
        .containers()
        .map((c) => c.id)
        .sort(),
    ).toEqual(before);
  });

  it('does not forget a restart that had only begun', () => {
    const stage = deployed();
    const before = new Set(stage.containers().map((c) => c.id));
    stage.wait(1_000).command({ kind: 'restart', pull: false });
    const now = instant(stage.now - DAY_MS);
    setBack(stage, (row) => resumed(row, now)).settle(600_000);
    expect(stage.containers().filter((c) => c.status === 'running' && before.has(c.id))).toEqual([]);
  });
});
