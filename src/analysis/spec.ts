// How a canary is compared with the stable revision: what counts as relevantly worse, and how sure one has
// to be.

/**
 * What is no more than this is no worse. No tolerance at all can never be shown to be kept.
 * Of a share `p` of the stable revision's requests, `(1 + relative) · p + absolute` of the canary's.
 */
export interface ShareTolerance {
  readonly absolute: number;
  readonly relative: number;
}

/** A request that takes `t` may take `(1 + relative) · t + absoluteMs`. */
export interface LatencyTolerance {
  readonly absoluteMs: number;
  readonly relative: number;
}

export interface ComparisonSpec {
  /** Of requests that ended in an error. */
  readonly errors: ShareTolerance;
  readonly latency: LatencyTolerance;
  /** Slow is a request that takes relevantly longer than the 99th percentile of the stable revision. */
  readonly tail: { readonly slow: LatencyTolerance; readonly requests: ShareTolerance };
  /** Requests of each revision below which there is no verdict. */
  readonly minSamples: number;
  /** So many of the first intervals say nothing about latency: caches are cold, connections are made. */
  readonly warmUpIntervals: number;
  /**
   * The e-value that a verdict needs. With 100 a canary beyond a tolerance passes in at most 1 of 100 cases, and
   * one within all three is failed in at most 3.
   */
  readonly neededEvidence: number;
}

/**
 * To pass by these takes the canary about 2,000 requests: a share of errors below half a per cent cannot be shown
 * by fewer. Where so many do not come, the canary needs a larger part of the requests, or larger tolerances.
 */
export const COMPARISON_DEFAULTS: ComparisonSpec = {
  errors: { absolute: 0.005, relative: 0.5 },
  latency: { absoluteMs: 5, relative: 0.25 },
  tail: { slow: { absoluteMs: 5, relative: 0.75 }, requests: { absolute: 0.004, relative: 0.25 } },
  minSamples: 100,
  warmUpIntervals: 2,
  neededEvidence: 100,
};

/** The most that is tolerated where the stable revision has `share`. */
export const toleratedShare = (share: number, { absolute, relative }: ShareTolerance): number =>
  (1 + relative) * share + absolute;
