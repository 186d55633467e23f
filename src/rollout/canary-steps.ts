// A rollout by steps: a few replicas of the new revision, a part of the requests, time to look, more. All replicas of
// the stable revision stay meanwhile, so that whatever is found out can be taken back at once.

import type { DesiredService } from '../desired/desired.ts';
import type { RolloutStep } from '../desired/rollout-spec.ts';
import { contentHash } from '../kernel/canonical.ts';
import { resolveCount } from '../kernel/quantity.ts';
import { isSameJson } from '../kernel/same-json.ts';
import { WHOLE_SHARE } from '../kernel/share.ts';
import { formatDuration, instant } from '../kernel/time.ts';
import { type Assessed, isAvailable } from './assess.ts';
import { type CanaryState, UNJUDGED } from './canary-state.ts';
import { withoutPasses } from './comparing.ts';
import type { Draft } from './draft.ts';
import type { Need } from './facts.ts';
import { inSteps } from './memory.ts';
import { partition } from './partition.ts';
import { perCent, stepText, waitingSentence } from './step-words.ts';

type Steps = readonly RolloutStep[];

const COMPARE_DIGITS = 12;

const until = (steps: Steps, step: number): Steps => steps.slice(0, step + 1);

/** Of 10,000 requests so many go to the new revision at a step. */
const shareAt = (steps: Steps, step: number): number =>
  until(steps, step).findLast((one) => one.kind === 'weight')?.share ?? 0;

/** So many replicas of the new revision a step needs: as many as it says, or as its part of the requests needs. */
export function replicasAt({ replicas, rollout: { steps } }: DesiredService, step: number): number {
  const said = until(steps, step).findLast((one) => one.kind === 'replicas')?.replicas;
  // Whoever gets all requests needs all replicas, whatever was said for a part of them.
  if (shareAt(steps, step) === WHOLE_SHARE) return replicas;
  if (said !== undefined) return Math.min(replicas, Math.max(1, resolveCount(said, replicas, 'up')));
  return Math.min(replicas, Math.max(1, Math.ceil((replicas * shareAt(steps, step)) / WHOLE_SHARE)));
}

interface Waiting {
  readonly needs: Need;
  readonly because: string;
}

const set = (draft: Draft, canary: CanaryState, change: Partial<CanaryState>): void =>
  draft.setRollout({ canary: { ...canary, ...change } });

/** What it takes to bring a step into force: its replicas, and then its share of the requests. */
function whyNotInForce(
  draft: Draft,
  desired: DesiredService,
  canary: CanaryState,
  fresh: readonly Assessed[],
): Waiting | null {
  const needed = replicasAt(desired, canary.step);
  const available = fresh.filter((a) => isAvailable(a, desired.rollout.minHealthyMs, draft.now)).length;
  if (available < needed)
    return { needs: 'time', because: `${available} of ${needed} new replicas are available` };
  const share = shareAt(desired.rollout.steps, canary.step);
  if (share !== canary.share) {
    const { comparison } = canary;
    // What has passed with fewer requests has to pass with these again.
    const anew = { comparison: comparison === null ? null : withoutPasses(comparison), verdict: null };
    set(draft, canary, { share, sharedAt: null, ...anew });
    return { needs: 'time', because: `load balancers are told to send it ${perCent(share)} of the requests` };
  }
  const { routing } = draft.input;
  const { target } = draft.memory;
  const late = routing === null || target === null ? null : routing.whyNotShared(target, share);
  if (late !== null) return { needs: 'time', because: late };
  if (canary.sharedAt === null) set(draft, canary, { sharedAt: draft.now });
  return null;
}

/** What a step that is in force waits for. */
function whyNotDone(draft: Draft, step: RolloutStep, canary: CanaryState): Waiting | null {
  const { since, isConfirmed, verdict } = canary;
  switch (step.kind) {
    case 'replicas':
    case 'weight':
      return null;
    case 'pause': {
      const endsAt = instant((since ?? draft.now) + step.forMs);
      if (isConfirmed || endsAt <= draft.now) return null;
      draft.wake(endsAt);
      return { needs: 'time', because: `goes on in ${formatDuration(endsAt - draft.now)}` };
    }
    case 'confirm':
      if (isConfirmed) return null;
      return {
        needs: 'release',
        because: `a person has to say \`plimsoll rollout promote ${draft.memory.key}\``,
      };
    case 'analyze':
      if (isConfirmed || verdict?.verdict === 'pass') return null;
      return { needs: 'time', because: verdict?.because ?? 'nothing has been measured yet' };
    default:
      return step satisfies never;
  }
}

const LEFT_BY_HAND = 'a person let go of it';

/** Why a step that is in force is done. */
function whyDone(draft: Draft, step: RolloutStep, { since, verdict, isConfirmed }: CanaryState): string {
  switch (step.kind) {
    case 'replicas':
      return 'they are available';
    case 'weight':
      return 'the load balancers go by it';
    case 'pause':
      return (since ?? draft.now) + step.forMs <= draft.now || !isConfirmed ? 'it is over' : LEFT_BY_HAND;
    case 'confirm':
      return LEFT_BY_HAND;
    case 'analyze':
      return verdict?.verdict === 'pass' ? verdict.because : LEFT_BY_HAND;
    default:
      return step satisfies never;
  }
}

function leave(draft: Draft, step: RolloutStep, canary: CanaryState): void {
  const left = { step: stepText(step), at: draft.now, because: whyDone(draft, step, canary) };
  set(draft, canary, {
    step: canary.step + 1,
    since: null,
    isConfirmed: false,
    done: [...canary.done, left],
  });
}

/** A commit may change the steps, or what counts as worse: then they begin anew, or the comparison does. */
function followChanges(draft: Draft, { rollout: { steps, compare } }: DesiredService): void {
  const canary = inSteps(draft.memory.rollout);
  if (canary === null) return;
  const by = compare === null ? null : contentHash(JSON.parse(JSON.stringify(compare)), COMPARE_DIGITS);
  const hasBegun = canary.steps.length > 0;
  const isSame = isSameJson(canary.steps, steps);
  if (isSame && by === canary.compare) return;
  const anew =
    hasBegun && !isSame ? { step: 0, since: null, isConfirmed: false, verdict: null, done: [] } : {};
  const judged = hasBegun && by !== canary.compare ? UNJUDGED : {};
  set(draft, canary, { steps: [...steps], compare: by, ...anew, ...judged });
}

/** Brings steps into force and passes those that are done. */
export function advanceCanary(draft: Draft, assessed: readonly Assessed[]): void {
  const { desired } = draft.input;
  if (desired === null || draft.memory.rollout?.phase === 'paused') return;
  const { steps } = desired.rollout;
  followChanges(draft, desired);
  const { fresh } = partition(draft, assessed);
  for (;;) {
    const canary = inSteps(draft.memory.rollout);
    if (canary === null) return;
    const step = steps[canary.step];
    // Where none are wanted there is nothing to try, and nobody to go on with when some are again.
    if (step === undefined || desired.replicas === 0) {
      set(draft, canary, { isOver: true });
      return;
    }
    const isInForce = canary.since !== null;
    const waiting = isInForce
      ? whyNotDone(draft, step, canary)
      : whyNotInForce(draft, desired, canary, fresh);
    if (waiting !== null) {
      const now = inSteps(draft.memory.rollout) ?? canary;
      draft.block(waiting.needs, waitingSentence(steps, now, waiting.because));
      return;
    }
    // Each step that is done, or in force, is progress: its deadline begins.
    draft.setRollout({ progressAt: draft.now });
    if (isInForce) leave(draft, step, canary);
    else set(draft, inSteps(draft.memory.rollout) ?? canary, { since: draft.now });
  }
}

/** It waits for time, for requests, for load balancers or for a person, and for nothing that a replica has to do. */
export function isHolding({ memory, input }: Draft): boolean {
  const canary = inSteps(memory.rollout);
  if (canary === null || input.desired === null) return false;
  const { steps } = input.desired.rollout;
  const isShared = canary.share > 0 && canary.share === shareAt(steps, canary.step);
  return canary.since !== null || isShared;
}
