// The steps of a rollout in words, as `status`, `why`, events and `rollout describe` have them: one place, so that what
// is said of a step is found again by who shows it.

import type { RolloutStep } from '../desired/rollout-spec.ts';
import { WHOLE_SHARE } from '../kernel/share.ts';
import { formatDuration } from '../kernel/time.ts';
import type { CanaryState } from './canary-state.ts';
import type { Blocked } from './facts.ts';

type Steps = readonly RolloutStep[];

/** Of 100 requests so many. */
export const perCentOf = (share: number): number => share / (WHOLE_SHARE / 100);

export const perCent = (share: number): string => `${perCentOf(share)} %`;

export function stepText(step: RolloutStep): string {
  switch (step.kind) {
    case 'replicas':
      return `replicas ${step.replicas}`;
    case 'weight':
      return `weight ${perCent(step.share)}`;
    case 'pause':
      return `pause ${formatDuration(step.forMs)}`;
    case 'confirm':
    case 'analyze':
      return step.kind;
    default:
      return step satisfies never;
  }
}

/** `step 3 of 5, analyze`; of steps that are not known any more `step 3`. */
export function stepName(steps: Steps, step: number): string {
  const at = steps[step];
  return at === undefined ? `step ${step + 1}` : `step ${step + 1} of ${steps.length}, ${stepText(at)}`;
}

/** `step 3 of 5, analyze, with 5 % of the requests` */
export const stepSentence = (steps: Steps, { step, share }: Pick<CanaryState, 'step' | 'share'>): string =>
  `${stepName(steps, step)}, with ${perCent(share)} of the requests`;

const opening = (steps: Steps, canary: CanaryState): string => `${stepSentence(steps, canary)}: `;

export const waitingSentence = (steps: Steps, canary: CanaryState, because: string): string =>
  opening(steps, canary) + because;

/** What the step that it is at waits for: what stands behind its name where `waitingSentence` has said it. */
export function waitOf(steps: Steps, canary: CanaryState, blocked: readonly Blocked[]): string | null {
  const start = opening(steps, canary);
  const said = blocked.find(({ because }) => because.startsWith(start));
  return said?.because.slice(start.length) ?? null;
}
