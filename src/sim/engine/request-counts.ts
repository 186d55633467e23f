// What the load balancer's process in a simulated container has counted. Reloads do not replace it, so it is the only
// one, and its counts go with it.

import {
  LATENCY_BOUNDS_MS,
  LATENCY_BUCKET_COUNT,
  type LoadBalancerCounts,
  type RequestCounters,
} from '../../kernel/request-counters.ts';
import type { PastRun } from './container.ts';

/** By pool and revision. */
export type CountedRequests = Map<string, RequestCounters>;

interface EndedRequest {
  readonly pool: string;
  readonly revision: string;
  /** Null: nobody has answered. */
  readonly tookMs: number | null;
  readonly isRetried: boolean;
}

const NONE = Array.from({ length: LATENCY_BUCKET_COUNT }, () => 0);

function bucketOf(tookMs: number): number {
  const bucket = LATENCY_BOUNDS_MS.findIndex((bound) => tookMs < bound);
  return bucket === -1 ? LATENCY_BOUNDS_MS.length : bucket;
}

/** Once, when it ends. */
export function countRequest(
  { counted }: PastRun,
  { pool, revision, tookMs, isRetried }: EndedRequest,
): void {
  const key = `${pool} ${revision}`;
  const nothing = { begun: 0, lost: 0, unanswered: 0, stoodIn: 0, succeeded: NONE, failed: NONE, retried: 0 };
  const before = counted.get(key) ?? { pool, revision, ...nothing };
  const answered = tookMs === null ? null : bucketOf(tookMs);
  counted.set(key, {
    ...before,
    begun: before.begun + 1,
    unanswered: before.unanswered + (answered === null ? 1 : 0),
    succeeded: before.succeeded.map((count, at) => count + (at === answered ? 1 : 0)),
    retried: before.retried + (isRetried && answered !== null ? 1 : 0),
  });
}

export const countsOf = (id: string, { beganMs, counted }: PastRun): LoadBalancerCounts => ({
  processes: [{ id: `${id}.${beganMs}`, state: 'counting', number: null, counters: [...counted.values()] }],
  forgottenUpTo: 0,
});
