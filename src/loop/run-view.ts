// A run by steps for people: what is done, where it is and what it waits for, and what is still to come.

import type { RolloutStep } from '../desired/rollout-spec.ts';
import type { Instant } from '../kernel/time.ts';
import type { CanaryState } from '../rollout/canary-state.ts';
import type { Blocked } from '../rollout/facts.ts';
import { inSteps, isActive, type Rollout, type ServiceMemory } from '../rollout/memory.ts';
import { perCentOf, stepName, stepSentence, stepText, waitOf } from '../rollout/step-words.ts';

export interface StepView {
  /** `weight 5 %`; null: which one it was is not known any more. */
  readonly step: string | null;
  /** current: the run is at it; stopped: the run ended, or turned back, there; skipped: it was never reached. */
  readonly state: 'done' | 'current' | 'next' | 'stopped' | 'skipped';
  /** When it was left; of the current one since when it is in force. */
  readonly at: Instant | null;
  /** Why it was left; of the current one what it waits for. */
  readonly because: string | null;
}

export interface StepsView {
  /** Where it is, and what it waits for. */
  readonly because: string;
  readonly steps: readonly StepView[];
  /** Of 100 requests so many go to the new revision; null: no step decides about that any more. */
  readonly requestsPercent: number | null;
  /** It waits for `promote`, and for nothing else. */
  readonly waitsForPerson: boolean;
  readonly verdict: CanaryState['verdict'];
  readonly restarts: number;
  readonly outOfMemoryKills: number;
  readonly measured: CanaryState['measured'];
}

export type RunView = Omit<Rollout, 'canary'> & { readonly canary: StepsView | null };

/** What of a service's row says more about a run than the run itself does. */
export type RunContext = Pick<ServiceMemory, 'rollout' | 'rules'>;

/** Null: it has no steps; one that only took over from another one in the middle of its steps has none of its own. */
export function ownSteps({ canary }: Rollout): CanaryState | null {
  const hasNone = canary === null || (canary.isOver && !canary.isConfirmed && canary.step === 0);
  return hasNone ? null : canary;
}

/** The steps by which it goes or went; none: they are not known any more. */
export function stepsOfRun(rollout: Rollout, row: RunContext | null): readonly RolloutStep[] {
  const { canary } = rollout;
  if (canary === null || row === null || row.rollout?.sequence !== rollout.sequence) return [];
  const steps = row.rules?.steps ?? [];
  // Another commit may have changed the rules since it ended.
  const isAsDone = canary.done.every(
    ({ step }, at) => steps[at] !== undefined && stepText(steps[at]) === step,
  );
  return isActive(rollout) || isAsDone ? steps : [];
}

function stateOf(rollout: Rollout, at: number, { step, isOver }: CanaryState): StepView['state'] {
  if (at < step) return 'done';
  const goesOn = inSteps(rollout) !== null;
  if (at === step && !isOver) return goesOn ? 'current' : 'stopped';
  return goesOn ? 'next' : 'skipped';
}

function stepViews(
  rollout: Rollout,
  canary: CanaryState,
  steps: readonly RolloutStep[],
  wait: string | null,
): readonly StepView[] {
  const atLeast = canary.step + (canary.isOver ? 0 : 1);
  return Array.from({ length: Math.max(steps.length, atLeast) }, (_, at): StepView => {
    const state = stateOf(rollout, at, canary);
    const left = canary.done[at];
    if (left !== undefined) return { ...left, state };
    const known = steps[at];
    const step = known === undefined ? null : stepText(known);
    const isCurrent = state === 'current';
    return { step, state, at: isCurrent ? canary.since : null, because: isCurrent ? wait : null };
  });
}

/** Where a run by steps is, in a sentence; what it waits for is said behind that. */
export function standing(rollout: Rollout, canary: CanaryState, steps: readonly RolloutStep[]): string {
  if (canary.isOver) {
    const steady = canary.isConfirmed ? 'a person skipped the steps that were left' : 'all steps were done';
    return isActive(rollout) && rollout.phase !== 'rollingBack'
      ? `${steady}, and the new revision takes over`
      : steady;
  }
  if (inSteps(rollout) !== null) return stepSentence(steps, canary);
  const at = stepName(steps, canary.step);
  return rollout.phase === 'superseded' ? `superseded at ${at}` : `given up at ${at}`;
}

/** What the step that it is at waits for; null: nothing, or it is not known. */
function waitFor(
  rollout: Rollout,
  canary: CanaryState,
  steps: readonly RolloutStep[],
  blocked: readonly Blocked[],
): string | null {
  if (inSteps(rollout) === null) return null;
  if (rollout.phase === 'paused') return rollout.because;
  return waitOf(steps, canary, blocked);
}

function viewSteps(
  rollout: Rollout,
  canary: CanaryState,
  steps: readonly RolloutStep[],
  blocked: readonly Blocked[],
): StepsView {
  const { verdict, restarts, outOfMemoryKills, measured, since, isConfirmed } = canary;
  const where = standing(rollout, canary, steps);
  const wait = waitFor(rollout, canary, steps, blocked);
  const isUnderWay = inSteps(rollout) !== null;
  const isAsked = steps[canary.step]?.kind === 'confirm' && since !== null && !isConfirmed;
  return {
    because: wait === null ? where : `${where}: ${wait}`,
    steps: stepViews(rollout, canary, steps, wait),
    requestsPercent: isUnderWay ? perCentOf(canary.share) : null,
    waitsForPerson: isUnderWay && rollout.phase !== 'paused' && isAsked,
    verdict,
    restarts,
    outOfMemoryKills,
    measured,
  };
}

/** `row`: of the service, as it is now; null: nothing is remembered of it. */
export function viewRun(rollout: Rollout, row: RunContext | null, blocked: readonly Blocked[]): RunView {
  const canary = ownSteps(rollout);
  if (canary === null) return { ...rollout, canary: null };
  return { ...rollout, canary: viewSteps(rollout, canary, stepsOfRun(rollout, row), blocked) };
}
