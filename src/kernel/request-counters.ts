// What load balancers count of the requests that they lead to a revision: read by drivers, compared by the analysis.

/** Upper bounds of the latency buckets; one more bucket takes whatever was slower. */
export const LATENCY_BOUNDS_MS: readonly number[] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];
export const LATENCY_BUCKET_COUNT = LATENCY_BOUNDS_MS.length + 1;

/** Counters are of 32 bits: after the largest number comes 0. */
export const COUNTER_SPAN = 2 ** 32;

/**
 * Requests that one process of a load balancer has led to a revision of a pool, since the process began. Each is counted
 * once, by the load balancer of the host that it comes from, however often it was tried; checks are not counted. When
 * it is answered, exactly one counter grows, of those that say how: so a look never sees half of it.
 */
export interface RequestCounters {
  /** `SERVICE:PORT` */
  readonly pool: string;
  readonly revision: string;
  /** More than have ended: some are under way. */
  readonly begun: number;
  /**
   * At least so many ended without any answer, and all in the end: HAProxy closes a connection on which it had answered
   * before without a word where it would have to make an error. What a client did not send to its end is in it as well.
   * The others are known of only by what is under way, answers that are still being passed on included: so it may be
   * told smaller at one look than at the one before.
   */
  readonly lost: number;
  /** Nobody answered: no connection, none in time, or broken off; the error is made by a load balancer. */
  readonly unanswered: number;
  /** Another revision answered, since none of this one's replicas did. */
  readonly stoodIn: number;
  /** Answers of the revision's own replicas by the time to their first byte: other than 5xx, and 5xx. */
  readonly succeeded: readonly number[];
  readonly failed: readonly number[];
  /** Answered, but not at the first attempt. They are in the counters above as well. */
  readonly retried: number;
}

/** One process that has counted; a reload begins another one, and the one before counts on until its requests have ended. */
export interface CountingProcess {
  /** No two have the same. */
  readonly id: string;
  /** counting: it lives. done: these are its last counts. lost: it has ended, and what it counted last is not known. */
  readonly state: 'counting' | 'done' | 'lost';
  /** Those that others have replaced are numbered in their order; null: it has no number yet. */
  readonly number: number | null;
  readonly counters: readonly RequestCounters[];
}

export interface LoadBalancerCounts {
  readonly processes: readonly CountingProcess[];
  /** Processes up to this number are not listed any more; those from the next one on are, all of them. */
  readonly forgottenUpTo: number;
}
