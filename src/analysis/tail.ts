// The slowest requests: a rank test does not see that two in a hundred take a second. Which latency is too
// long is said by the stable revision's slowest hundredth so far; then it is a matter of shares.

import { tolerated } from './latency-comparison.ts';
import { LATENCY_BUCKETS, type LatencyHistogram, sizeOf } from './measurement.ts';
import { percentile } from './percentile.ts';
import type { Scored } from './share-bet.ts';
import type { LatencyTolerance } from './spec.ts';

const SLOWEST = 0.99;
/** Fewer requests have no slowest hundredth. */
const FEWEST_REQUESTS = 100;

/** From where on a request counts as slow; null as long as too little is known. */
export function slowFromMs(stableSoFar: LatencyHistogram, tolerance: LatencyTolerance): number | null {
  if (sizeOf(stableSoFar) < FEWEST_REQUESTS) return null;
  const slowest = percentile(stableSoFar, SLOWEST);
  return slowest === null ? null : tolerated(slowest.valueMs, tolerance);
}

/** A bucket that lies partly above counts in part. */
export function slowRequests(latencies: LatencyHistogram, fromMs: number): readonly Scored[] {
  return LATENCY_BUCKETS.map(({ lowMs, highMs }, at) => ({
    badness: Math.min(1, Math.max(0, (highMs - fromMs) / (highMs - lowMs))),
    requests: latencies[at] ?? 0,
  }));
}

export const badnessOf = (scored: readonly Scored[]): number =>
  scored.reduce((sum, { badness, requests }) => sum + badness * requests, 0);
