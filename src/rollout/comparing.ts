// What is found out about a new revision while it has a part of the requests: each interval that was measured is taken
// in once, and the verdict is remembered with the numbers that it rests on.

import { type Comparison, NOTHING_COMPARED, withInterval } from '../analysis/comparison.ts';
import { judge } from '../analysis/judge.ts';
import type { ComparisonSpec } from '../analysis/spec.ts';
import { verdictSentence } from '../analysis/verdict-sentence.ts';
import type { Instant } from '../kernel/time.ts';
import { type CanaryState, MOST_MEASURED } from './canary-state.ts';
import type { Draft } from './draft.ts';
import type { MeasuredInterval } from './facts.ts';
import { inSteps } from './memory.ts';

/** What spoke for it was of another share of the requests; what spoke against it stays. */
export function withoutPasses(comparison: Comparison): NonNullable<CanaryState['comparison']> {
  const { errors, latency, tail } = NOTHING_COMPARED;
  const anew = (is: Comparison['errors'], was: Comparison['errors']): Comparison['errors'] => ({
    ...is,
    noWorse: was.noWorse,
  });
  return {
    ...comparison,
    // What is new has its warm-up again: more requests, and perhaps more replicas.
    intervals: 0,
    errors: anew(comparison.errors, errors),
    latency: anew(comparison.latency, latency),
    tail: anew(comparison.tail, tail),
  };
}

function withMeasured(
  canary: CanaryState,
  { at, gaps, ...counts }: MeasuredInterval,
  spec: ComparisonSpec,
): CanaryState {
  const before = canary.comparison ?? NOTHING_COMPARED;
  const interval = { canary: counts.canary, stable: counts.stable, restarts: 0, outOfMemoryKills: 0 };
  const comparison = withInterval(before, interval, spec);
  const verdict = judge(comparison, spec);
  const shareOf = ({ requests, errors }: { requests: number; errors: number }) => ({ requests, errors });
  const measured = { at, canary: shareOf(counts.canary), stable: shareOf(counts.stable), gaps: [...gaps] };
  return {
    ...canary,
    comparison,
    verdict: { verdict: verdict.verdict, because: verdictSentence(verdict), at },
    measured: [...canary.measured, measured].slice(-MOST_MEASURED),
  };
}

const hasServedSince = ({ memory }: Draft, at: Instant): boolean =>
  memory.instances.some(
    ({ revision, intent, readyAt }) =>
      revision === memory.target && intent === 'run' && readyAt !== null && readyAt <= at,
  );

/** Takes in what was measured since the last step of this run. */
export function takeMeasured(draft: Draft): void {
  const { rollout, key } = draft.memory;
  const canary = inSteps(rollout);
  const spec = draft.input.desired?.rollout.compare ?? null;
  const interval = draft.input.facts.measured.get(key);
  if (canary === null || rollout === null || spec === null || interval === undefined) return;
  const isNew = interval.at > (canary.measured.at(-1)?.at ?? rollout.startedAt);
  if (interval.sequence !== rollout.sequence || !isNew) return;
  // While shares change, and while none of its replicas is there, what is counted says nothing about them.
  const isWhole = canary.sharedAt !== null && canary.sharedAt <= interval.since;
  if (canary.share === 0 || !isWhole || !hasServedSince(draft, interval.since)) return;
  draft.setRollout({ canary: withMeasured(canary, interval, spec) });
}

/** Why the new revision is not what may be promoted; null: nothing speaks against it. */
export function whyWorse({ input, memory }: Draft): string | null {
  const canary = inSteps(memory.rollout);
  if (canary === null || input.desired?.rollout.compare == null) return null;
  const { restarts, outOfMemoryKills, restartsBeside, verdict, share } = canary;
  if (share > 0 && restarts > restartsBeside)
    return verdictSentence({ verdict: 'fail', why: 'crashed', restarts, outOfMemoryKills });
  return verdict?.verdict === 'fail' ? verdict.because : null;
}
