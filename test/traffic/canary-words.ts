// A service whose second revision comes by steps, and the requests that it is judged by.

import { NO_LATENCIES } from '../../src/analysis/measurement.ts';
import { COMPARISON_DEFAULTS } from '../../src/analysis/spec.ts';
import type { RolloutStep } from '../../src/desired/rollout-spec.ts';
import type { MeasuredInterval } from '../../src/rollout/facts.ts';
import type { Behaviour } from '../rollout/stage.ts';
import { connecting, serving, stageOf, type TrafficStage, to } from './words.ts';

export const web = connecting('web', [to('api')]);
export const weight = (perCent: number): RolloutStep => ({ kind: 'weight', share: perCent * 100 });
export const pause = (s: number): RolloutStep => ({ kind: 'pause', forMs: s * 1_000 });
export const confirm: RolloutStep = { kind: 'confirm' };
export const analyze: RolloutStep = { kind: 'analyze' };

interface Words {
  readonly image?: number;
  readonly replicas?: number;
  readonly compared?: boolean;
  readonly onFailure?: 'rollback' | 'pause' | 'freeze';
}

export const api = (
  steps: readonly RolloutStep[],
  { image = 1, replicas = 4, compared = false, onFailure = 'rollback' }: Words = {},
) =>
  serving('api', {
    replicas,
    image: `registry.test/shop/api:${image}`,
    rollout: { strategy: 'canary', steps, compare: compared ? COMPARISON_DEFAULTS : null, onFailure },
  });

/** The first revision runs, and the second one was committed; as long as it needs until it waits for something. */
export function began(
  steps: readonly RolloutStep[],
  words: Words = {},
  behaviours: Readonly<Record<string, Behaviour>> = {},
): TrafficStage {
  const stage = stageOf([api(steps, words), web], behaviours).settle();
  return stage.commit(api(steps, { ...words, image: 2 }), web).settle(30_000);
}

/** Half a minute of requests with so many errors. */
export function measured(stage: TrafficStage, canary: number | null, stable = 0): TrafficStage {
  const counts = (requests: number, errors: number) => ({
    requests,
    errors,
    latencies: NO_LATENCIES.map((_, at) => (at === 3 ? requests : 0)),
  });
  const since = stage.now;
  stage.wait(15_000);
  const sequence = stage.memory().rollout?.sequence ?? 0;
  const interval: MeasuredInterval = {
    since,
    at: stage.now,
    sequence,
    canary: counts(canary === null ? 0 : 500, canary ?? 0),
    stable: counts(2_000, stable),
    gaps: [],
  };
  const measurements = new Map([[stage.memory().key, interval]]);
  stage.world = { ...stage.world, facts: { ...stage.world.facts, measured: measurements } };
  stage.step();
  stage.step();
  return stage;
}
