// The rank test: does a request of the canary take relevantly longer than one of the stable revision in the
// same interval, more often than not?
//
// The statistic is that of Mann and Whitney (1947) with a tolerance: over all pairs, the share in which the
// canary's request takes longer than the stable revision's would if it were slowed by what is tolerated. Of a
// bucket every latency is taken to be equally likely; so pairs within one bucket are neither all ties nor all
// decided. By Hoeffding (1963, section 5b) such a mean over pairs is as sub-Gaussian as that of `min(n, m)`
// independent pairs, which makes `exp(4·gap·k·(U − 1/2) − 2·gap²·k)` an e-value against "not more often than
// not", whatever the latencies are distributed like; Howard, Ramdas, McAuliffe and Sekhon 2021 ("Time-uniform,
// nonparametric, nonasymptotic confidence sequences") mix over the gap.

import { type Evidence, grown, noEvidence } from './evidence.ts';
import { type Bucket, LATENCY_BUCKETS, type LatencyHistogram, sizeOf } from './measurement.ts';
import type { ComparisonSpec, LatencyTolerance } from './spec.ts';

/** How far from one half the probability might be. */
const GAPS = [0.025, 0.06, 0.12, 0.22, 0.4];

export const NO_LATENCY_EVIDENCE: Evidence = noEvidence({ worse: GAPS.length, noWorse: GAPS.length });

const halfSquare = (x: number): number => (x > 0 ? (x * x) / 2 : 0);

/** The probability that one equally distributed over `a` exceeds one over `b`. */
function exceeds(a: Bucket, b: Bucket): number {
  const area =
    halfSquare(a.highMs - b.lowMs) -
    halfSquare(a.lowMs - b.lowMs) -
    halfSquare(a.highMs - b.highMs) +
    halfSquare(a.lowMs - b.highMs);
  return area / ((a.highMs - a.lowMs) * (b.highMs - b.lowMs));
}

/** What a latency may become without being relevantly longer. */
export const tolerated = (ms: number, { absoluteMs, relative }: LatencyTolerance): number =>
  (1 + relative) * ms + absoluteMs;

/** The probability that a request of the canary takes relevantly longer than one of the stable revision. */
export function probabilitySlower(
  canary: LatencyHistogram,
  stable: LatencyHistogram,
  tolerance: LatencyTolerance,
): number {
  let pairs = 0;
  for (const [at, bucket] of LATENCY_BUCKETS.entries()) {
    const slowed = { lowMs: tolerated(bucket.lowMs, tolerance), highMs: tolerated(bucket.highMs, tolerance) };
    const ofStable = stable[at] ?? 0;
    if (ofStable === 0) continue;
    for (const [other, own] of LATENCY_BUCKETS.entries()) {
      const ofCanary = canary[other] ?? 0;
      if (ofCanary > 0) pairs += ofCanary * ofStable * exceeds(own, slowed);
    }
  }
  return pairs / (sizeOf(canary) * sizeOf(stable));
}

export function compareLatencies(
  before: Evidence,
  canary: LatencyHistogram,
  stable: LatencyHistogram,
  { latency, neededEvidence }: ComparisonSpec,
): Evidence {
  const pairs = Math.min(sizeOf(canary), sizeOf(stable));
  if (pairs === 0) return before;
  const excess = pairs * (probabilitySlower(canary, stable, latency) - 0.5);
  const growth = {
    worse: GAPS.map((gap) => 4 * gap * excess - 2 * gap * gap * pairs),
    noWorse: GAPS.map((gap) => -4 * gap * excess - 2 * gap * gap * pairs),
  };
  return grown(before, growth, neededEvidence);
}
