// A canary and the stable revision over time: each interval adds to what is known. The state is plain JSON.

import { invariant } from '../kernel/invariant.ts';
import type { Evidence } from './evidence.ts';
import { compareLatencies, NO_LATENCY_EVIDENCE } from './latency-comparison.ts';
import { addCounts, checkInterval, type Interval, NO_LATENCIES, type RequestCounts } from './measurement.ts';
import type { Sample, Scored } from './share-bet.ts';
import { compareShares, NO_SHARE_EVIDENCE } from './share-comparison.ts';
import type { ComparisonSpec } from './spec.ts';
import { badnessOf, slowFromMs, slowRequests } from './tail.ts';

export interface Comparison {
  /** Intervals in which both revisions had requests. */
  readonly intervals: number;
  readonly canary: RequestCounts;
  readonly stable: RequestCounts;
  /** Of the canary's containers. */
  readonly restarts: number;
  readonly outOfMemoryKills: number;
  readonly errors: Evidence;
  readonly latency: Evidence;
  readonly tail: Evidence;
}

/** What a service is taken to have as long as nothing is known: an error in a thousand requests. */
const EXPECTED_ERRORS = { bad: 0.1, requests: 100 };
/** By definition a hundredth is slower than the 99th percentile; with the tolerance it is less. */
const EXPECTED_SLOW = { bad: 0.5, requests: 100 };

const NO_COUNTS: RequestCounts = { requests: 0, errors: 0, latencies: NO_LATENCIES };

export const NOTHING_COMPARED: Comparison = {
  intervals: 0,
  canary: NO_COUNTS,
  stable: NO_COUNTS,
  restarts: 0,
  outOfMemoryKills: 0,
  errors: NO_SHARE_EVIDENCE,
  latency: NO_LATENCY_EVIDENCE,
  tail: NO_SHARE_EVIDENCE,
};

const scoredErrors = ({ requests, errors }: RequestCounts): readonly Scored[] => [
  { badness: 1, requests: errors },
  { badness: 0, requests: requests - errors },
];

function withErrors({ errors, stable }: Comparison, interval: Interval, spec: ComparisonSpec): Evidence {
  const expected = (stable.errors + EXPECTED_ERRORS.bad) / (stable.requests + EXPECTED_ERRORS.requests);
  const sample: Sample = { canary: scoredErrors(interval.canary), stable: scoredErrors(interval.stable) };
  return compareShares(errors, sample, expected, { ...spec, tolerance: spec.errors });
}

function withTail({ tail, stable }: Comparison, interval: Interval, spec: ComparisonSpec): Evidence {
  const fromMs = slowFromMs(stable.latencies, spec.tail.slow);
  if (fromMs === null) return tail;
  const soFar = slowRequests(stable.latencies, fromMs);
  const requests = soFar.reduce((sum, each) => sum + each.requests, 0);
  const expected = (badnessOf(soFar) + EXPECTED_SLOW.bad) / (requests + EXPECTED_SLOW.requests);
  const sample: Sample = {
    canary: slowRequests(interval.canary.latencies, fromMs),
    stable: slowRequests(interval.stable.latencies, fromMs),
  };
  return compareShares(tail, sample, expected, { ...spec, tolerance: spec.tail.requests });
}

/** The specification must be the same for all intervals; with another one the comparison begins anew. */
export function withInterval(before: Comparison, interval: Interval, spec: ComparisonSpec): Comparison {
  const checked = checkInterval(interval);
  if (!checked.ok) invariant(false, `an interval was not checked: ${checked.error}`);
  const isCompared = interval.canary.requests > 0 && interval.stable.requests > 0;
  const isWarm = isCompared && before.intervals >= spec.warmUpIntervals;
  return {
    intervals: before.intervals + (isCompared ? 1 : 0),
    canary: addCounts(before.canary, interval.canary),
    stable: addCounts(before.stable, interval.stable),
    restarts: before.restarts + interval.restarts,
    outOfMemoryKills: before.outOfMemoryKills + interval.outOfMemoryKills,
    errors: isCompared ? withErrors(before, interval, spec) : before.errors,
    latency: isWarm
      ? compareLatencies(before.latency, interval.canary.latencies, interval.stable.latencies, spec)
      : before.latency,
    tail: isWarm ? withTail(before, interval, spec) : before.tail,
  };
}
