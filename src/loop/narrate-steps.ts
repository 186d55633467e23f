// What people are told of a rollout by steps: that it got on to another one, that its part of the requests changed, and
// that a verdict was reached. One sentence for each, however many measurements lie between.

import type { RolloutStep } from '../desired/rollout-spec.ts';
import type { CanaryState } from '../rollout/canary-state.ts';
import type { Rollout, ServiceMemory } from '../rollout/memory.ts';
import { perCent, stepName } from '../rollout/step-words.ts';
import type { EventDraft } from './events.ts';

type Steps = readonly RolloutStep[];

interface Change {
  readonly was: CanaryState;
  readonly is: CanaryState;
  readonly run: Rollout;
  readonly steps: Steps;
}

/** What was left, and what came into force in its place. */
function stepSentences({ was, is, steps }: Change): readonly string[] {
  const left = is.done.slice(was.done.length).map(({ step, because }) => `${step} is done (${because})`);
  const hasBegun = is.since !== null && (was.since === null || was.step !== is.step);
  const begun = hasBegun && !is.isOver ? [`${stepName(steps, is.step)}, is in force`] : [];
  const over = is.isOver && !was.isOver ? ['no step is left: the new revision takes over'] : [];
  return [...left, ...begun, ...over];
}

/** A verdict that is the reason for a step to be left, or for the run to turn back, is told with that. */
function verdictSentence({ was, is, run }: Change, told: string): string | null {
  const { verdict } = is;
  if (verdict === null || verdict.verdict === 'undecided') return null;
  if (was.verdict?.verdict === verdict.verdict) return null;
  if (told.includes(verdict.because) || run.because.includes(verdict.because)) return null;
  return `${verdict.verdict}: ${verdict.because}`;
}

/** Of a service whose row was `before` and is `after`. */
export function stepEvents(before: ServiceMemory | undefined, after: ServiceMemory): readonly EventDraft[] {
  const [old, run] = [before?.rollout ?? null, after.rollout];
  if (old?.sequence !== run?.sequence || run === null) return [];
  const [was, is] = [old?.canary ?? null, run.canary];
  if (was === null || is === null) return [];
  const change: Change = { was, is, run, steps: after.rules?.steps ?? [] };
  const service = after.key;
  const steps = stepSentences(change).join('; ');
  const verdict = verdictSentence(change, steps);
  const share = `${perCent(is.share)} of the requests go to ${run.to}, ${perCent(was.share)} before`;
  return [
    ...(verdict === null ? [] : [{ kind: 'rollout/verdict', service, message: verdict }]),
    ...(steps === '' ? [] : [{ kind: 'rollout/step', service, message: steps }]),
    ...(is.share === was.share ? [] : [{ kind: 'rollout/share', service, message: share }]),
  ];
}
