// Which crashes are tried in a scenario, and what is wrong with a run that had them.

import { violationText } from '../violation-text.ts';
import { type CrashPoint, MOMENTS, type Moment, pointText } from './crash-point.ts';
import { differences } from './outcome.ts';
import { runScenario, type ScenarioEnd } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';

/** Crashes of one run. */
export type Plan = readonly CrashPoint[];

/** A write is not on its way for long enough to be overtaken. */
const MOMENTS_OF = { effect: MOMENTS, write: MOMENTS.filter((moment) => moment !== 'sent') } as const;

/** Every effect and every write at every moment. */
export function singlePlans({ effects, writes }: Pick<ScenarioEnd, 'effects' | 'writes'>): readonly Plan[] {
  const all = (at: CrashPoint['at'], count: number): Plan[] =>
    Array.from({ length: count }).flatMap((_, index) =>
      MOMENTS_OF[at].map((moment) => [{ at, index, moment }]),
    );
  return [...all('effect', effects.length), ...all('write', writes.length)];
}

/**
 * Every pair of effects at the moments: the second ones are those of a run that had the first crash, since
 * another process sends them.
 */
export async function* pairPlans(
  scenario: Scenario,
  clean: ScenarioEnd,
  moments: readonly Moment[],
): AsyncGenerator<Plan> {
  for (let index = 0; index < clean.effects.length; index += 1)
    for (const moment of moments) {
      const first: CrashPoint = { at: 'effect', index, moment };
      const { effects } = await runScenario(scenario, [first], false);
      for (let later = index + 1; later < effects.length; later += 1)
        for (const next of moments) yield [first, { at: 'effect', index: later, moment: next }];
    }
}

export interface Finding {
  readonly scenario: string;
  /** As `--crash` takes it. */
  readonly plan: string;
  /** What was being done when the process died. */
  readonly doing: string;
  readonly wrong: readonly string[];
}

function doingAt({ at, index }: CrashPoint, { effects, writes }: ScenarioEnd): string {
  const effect = effects[index];
  if (at === 'write') return `write of ${writes[index]?.join(', ') || 'the audit'}`;
  return effect === undefined ? 'nothing' : `${effect.kind} ${effect.object} on ${effect.host}`;
}

/** `unreached`: what the dead process had sent already cannot kill it once more. */
export type Trial = Finding | 'equal' | 'unreached';

export async function tryPlan(scenario: Scenario, clean: ScenarioEnd, plan: Plan): Promise<Trial> {
  const end = await runScenario(scenario, plan, false);
  const { violation } = end;
  const wrong = violation === null ? differences(clean.outcome, end.outcome) : [violationText(violation)];
  if (wrong.length === 0) return end.unreached.length === 0 ? 'equal' : 'unreached';
  const doing = plan.map((point) => doingAt(point, end)).join(', then ');
  return { scenario: scenario.name, plan: plan.map(pointText).join(), doing, wrong };
}

/** The run that the others are compared with; throws where the scenario does not even end well by itself. */
export async function cleanRun(scenario: Scenario): Promise<ScenarioEnd> {
  const clean = await runScenario(scenario, [], false);
  if (clean.violation === null) return clean;
  throw new Error(`${scenario.name} without any crash: ${clean.violation.message}`);
}
