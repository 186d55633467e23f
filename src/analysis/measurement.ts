// What is measured of a canary and of the stable revision, as values: counts of the same interval, side by
// side, so that whatever happens to both (a busy hour, a slow database) speaks against neither.

import { LATENCY_BUCKET_COUNT as BUCKETS, LATENCY_BOUNDS_MS } from '../kernel/request-counters.ts';
import { err, ok, type Result } from '../kernel/result.ts';

/** The last bucket has no upper bound; where one has to be assumed it is this. */
const ASSUMED_LAST_BOUND_MS = 10_000;

/** How many requests took how long, bucket by bucket. */
export type LatencyHistogram = readonly number[];

export interface RequestCounts {
  readonly requests: number;
  /** Answers with a status of 5xx, and requests that no replica answered. */
  readonly errors: number;
  /** Of answers alone. */
  readonly latencies: LatencyHistogram;
}

export interface Interval {
  readonly canary: RequestCounts;
  readonly stable: RequestCounts;
  /** Of the canary's containers, without what was told to stop. */
  readonly restarts: number;
  readonly outOfMemoryKills: number;
}

export const NO_LATENCIES: LatencyHistogram = Array.from({ length: BUCKETS }, () => 0);

export interface Bucket {
  readonly lowMs: number;
  readonly highMs: number;
}

export const LATENCY_BUCKETS: readonly Bucket[] = [...LATENCY_BOUNDS_MS, ASSUMED_LAST_BOUND_MS].map(
  (highMs, at) => ({ lowMs: at === 0 ? 0 : (LATENCY_BOUNDS_MS[at - 1] ?? 0), highMs }),
);

export const sizeOf = (latencies: LatencyHistogram): number => latencies.reduce((sum, n) => sum + n, 0);

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

function faultOf(of: string, { requests, errors, latencies }: RequestCounts): string | null {
  if (![requests, errors, ...latencies].every(isCount))
    return `${of}: a count is not a whole number from 0 on`;
  if (errors > requests) return `${of}: ${errors} errors of ${requests} requests`;
  if (latencies.length !== BUCKETS) return `${of}: ${latencies.length} buckets instead of ${BUCKETS}`;
  return null;
}

/** The way in for counters that were read from a load balancer: they can be anything. */
export function checkInterval(interval: Interval): Result<Interval, string> {
  const fault = faultOf('canary', interval.canary) ?? faultOf('stable', interval.stable);
  if (fault !== null) return err(fault);
  if (!isCount(interval.restarts) || !isCount(interval.outOfMemoryKills)) {
    return err('restarts and kills must be whole numbers from 0 on');
  }
  return ok(interval);
}

export function addCounts(a: RequestCounts, b: RequestCounts): RequestCounts {
  return {
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    latencies: a.latencies.map((count, at) => count + (b.latencies[at] ?? 0)),
  };
}
