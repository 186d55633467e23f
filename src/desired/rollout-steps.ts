// What a rollout does before the new revision takes over: the steps as written or by default, and those that the
// strategy adds. Nothing is promoted unjudged where there is something to judge by.

import { WHOLE_SHARE } from '../kernel/share.ts';
import { DEFAULTS } from '../manifest/schema/defaults.ts';
import type { ServiceSpec } from '../manifest/schema/service.ts';
import { defaultMs } from './default-ms.ts';
import type { RolloutSpec, RolloutStep } from './rollout-spec.ts';

const { rollout: DEFAULT } = DEFAULTS;

type Written = NonNullable<ServiceSpec['rollout']>;
/** The keys of the service before those of its namespace. */
export type GradualKeys = Pick<Written, 'analysis' | 'promotion' | 'bake'> & {
  readonly steps?: readonly RolloutStep[] | undefined;
};
type Comparing = NonNullable<RolloutSpec['compare']>;
type WrittenComparison = NonNullable<Written['analysis']>[number]['compare'];

const ALL_REQUESTS: RolloutStep = { kind: 'weight', share: WHOLE_SHARE };
const ANALYZE: RolloutStep = { kind: 'analyze' };

/** Where all requests go over at once there is never an interval in which both revisions have some. */
export function resolveComparison(
  strategy: RolloutSpec['strategy'],
  { analysis }: GradualKeys,
): RolloutSpec['compare'] {
  if (strategy !== 'canary') return null;
  if (analysis === undefined) return comparisonOf({});
  const [first] = analysis;
  return first === undefined ? null : comparisonOf(first.compare);
}

export function resolveSteps(
  strategy: RolloutSpec['strategy'],
  keys: GradualKeys,
  isCompared: boolean,
): readonly RolloutStep[] {
  switch (strategy) {
    case 'rolling':
    case 'recreate':
      return [];
    case 'canary':
      return canarySteps(keys, isCompared);
    case 'blueGreen':
      return blueGreenSteps(keys);
    default:
      return strategy satisfies never;
  }
}

function canarySteps({ steps, bake = 0 }: GradualKeys, isCompared: boolean): readonly RolloutStep[] {
  const asked = steps ?? defaultSteps(isCompared);
  const judged = isCompared ? withJudgement(asked) : asked;
  if (bake === 0) return judged;
  const last = judged.findLast((step) => step.kind === 'weight');
  const whole = last?.kind === 'weight' && last.share === WHOLE_SHARE ? [] : [ALL_REQUESTS];
  return [...judged, ...whole, { kind: 'pause', forMs: bake }];
}

function defaultSteps(isCompared: boolean): readonly RolloutStep[] {
  const pause: RolloutStep = { kind: 'pause', forMs: defaultMs(DEFAULT.stepPause) };
  return DEFAULT.steps.map((step): RolloutStep => {
    if ('weight' in step) return { kind: 'weight', share: step.weight * 100 };
    return isCompared ? ANALYZE : pause;
  });
}

const isShared = (step: RolloutStep): boolean =>
  step.kind === 'weight' && step.share > 0 && step.share < WHOLE_SHARE;

/** Behind the last weight by which both revisions get requests there is an `analyze`. */
function withJudgement(steps: readonly RolloutStep[]): readonly RolloutStep[] {
  const last = steps.findLastIndex(isShared);
  if (last === -1) return steps;
  const next = steps.findIndex((step, index) => index > last && step.kind === 'weight');
  const end = next === -1 ? steps.length : next;
  if (steps.slice(last, end).some((step) => step.kind === 'analyze')) return steps;
  return [...steps.slice(0, end), ANALYZE, ...steps.slice(end)];
}

function blueGreenSteps({
  promotion = DEFAULT.promotion,
  bake = defaultMs(DEFAULT.bake),
}: GradualKeys): readonly RolloutStep[] {
  return [
    { kind: 'replicas', replicas: '100%' },
    ...(promotion === 'manual' ? [{ kind: 'confirm' } as const] : []),
    ALL_REQUESTS,
    ...(bake === 0 ? [] : [{ kind: 'pause', forMs: bake } as const]),
  ];
}

function comparisonOf({ errors, latency, tail, ...written }: WrittenComparison): Comparing {
  const { compare } = DEFAULT;
  return {
    errors: shareTolerance(errors, compare.errors),
    latency: latencyTolerance(latency, compare.latency),
    tail: {
      slow: latencyTolerance(tail?.slow, compare.tail.slow),
      requests: shareTolerance(tail?.requests, compare.tail.requests),
    },
    minSamples: written.minSamples ?? compare.minSamples,
    warmUpIntervals: written.warmUp ?? compare.warmUp,
    neededEvidence: written.evidence ?? compare.evidence,
  };
}

const shareTolerance = (
  written: WrittenComparison['errors'],
  fallback: Comparing['errors'],
): Comparing['errors'] => ({
  absolute: written?.absolute ?? fallback.absolute,
  relative: written?.relative ?? fallback.relative,
});

const latencyTolerance = (
  written: WrittenComparison['latency'],
  fallback: { readonly absolute: string; readonly relative: number },
): Comparing['latency'] => ({
  absoluteMs: written?.absolute ?? defaultMs(fallback.absolute),
  relative: written?.relative ?? fallback.relative,
});
