// Percentiles of a latency histogram. A bucket says no more than that a request lies within it, so each
// percentile comes with the width of its bucket.

import { LATENCY_BUCKETS, type LatencyHistogram, sizeOf } from './measurement.ts';

export interface Percentile {
  /** Interpolated within its bucket; in the open last bucket its lower bound, and the truth is above it. */
  readonly valueMs: number;
  /** The truth is not farther away than this; null: nothing bounds it from above. */
  readonly errorMs: number | null;
}

/** The latency that `share` of the requests do not exceed; null where there is no request. */
export function percentile(latencies: LatencyHistogram, share: number): Percentile | null {
  const rank = share * sizeOf(latencies);
  let below = 0;
  for (const [at, { lowMs, highMs }] of LATENCY_BUCKETS.entries()) {
    const count = latencies[at] ?? 0;
    if (count > 0 && below + count >= rank) {
      if (at === LATENCY_BUCKETS.length - 1) return { valueMs: lowMs, errorMs: null };
      const widthMs = highMs - lowMs;
      return { valueMs: lowMs + (widthMs * (rank - below)) / count, errorMs: widthMs };
    }
    below += count;
  }
  return null;
}
