// The share of one process in the crashes of all scenarios that were asked for.

import type { Verdict } from '../../../src/sim/run/verdict.ts';
import { MOMENTS, type Moment } from './crash-point.ts';
import { type Finding, type Plan, pairPlans, singlePlans, tryPlan } from './plans.ts';
import { runScenario, type ScenarioEnd } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';

export interface ScenarioJob {
  readonly names: readonly string[];
  /** `product`: every moment of the first crash with every moment of the second. */
  readonly pairs: 'none' | 'unacknowledged' | 'product';
  /** Every so many plans are ours … */
  readonly step: number;
  /** … beginning with this one. */
  readonly from: number;
}

export type ShareNews =
  | { readonly kind: 'trial'; readonly scenario: string; readonly finding: Finding | null }
  | { readonly kind: 'unreached'; readonly scenario: string }
  | { readonly kind: 'clean'; readonly scenario: string; readonly effects: number; readonly writes: number }
  /** It does not end well by itself: there is nothing to compare crashes with. */
  | { readonly kind: 'broken'; readonly scenario: string; readonly violation: Verdict }
  | { readonly kind: 'done'; readonly scenario: string };

/** Pairs are tried where there are not too many of them. */
const MOST_EFFECTS_FOR_PAIRS = 50;
const PAIR_MOMENTS: Readonly<Record<Exclude<ScenarioJob['pairs'], 'none'>, readonly Moment[]>> = {
  unacknowledged: ['unacknowledged'],
  product: MOMENTS,
};

async function playCrashes(
  scenario: Scenario,
  clean: ScenarioEnd,
  job: Omit<ScenarioJob, 'names'>,
  tell: (news: ShareNews) => void,
): Promise<void> {
  const { name } = scenario;
  const isShort = clean.effects.length <= MOST_EFFECTS_FOR_PAIRS;
  const plans: Iterable<Plan> | AsyncIterable<Plan> =
    job.pairs === 'none'
      ? singlePlans(clean)
      : isShort
        ? pairPlans(scenario, clean, PAIR_MOMENTS[job.pairs])
        : [];
  let number = 0;
  for await (const plan of plans) {
    if (number++ % job.step !== job.from) continue;
    const trial = await tryPlan(scenario, clean, plan);
    if (trial === 'unreached') tell({ kind: 'unreached', scenario: name });
    else tell({ kind: 'trial', scenario: name, finding: trial === 'equal' ? null : trial });
  }
}

export async function playScenario(
  scenario: Scenario,
  job: Omit<ScenarioJob, 'names'>,
  tell: (news: ShareNews) => void,
): Promise<void> {
  const { name } = scenario;
  const clean = await runScenario(scenario, [], false);
  tell({ kind: 'clean', scenario: name, effects: clean.effects.length, writes: clean.writes.length });
  if (clean.violation === null) await playCrashes(scenario, clean, job, tell);
  else tell({ kind: 'broken', scenario: name, violation: clean.violation });
  tell({ kind: 'done', scenario: name });
}

export async function playShare(job: ScenarioJob, tell: (news: ShareNews) => void): Promise<void> {
  for (const scenario of SCENARIOS.filter(({ name }) => job.names.includes(name)))
    await playScenario(scenario, job, tell);
}
