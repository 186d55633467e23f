// One bet on two shares: of the requests of an interval, which part ended badly at the canary, and which at
// the stable revision?
//
// The rule is the e-variable for two streams of Turner, Ly and Grünwald 2024 ("Generic e-variables for exact
// sequential k-sample tests", doi 10.1016/j.jspi.2023.106116) with a tolerance as the hypothesis (Turner and
// Grünwald 2023, "Exact anytime-valid confidence intervals for contingency tables and beyond"): each request
// multiplies the stake by what the alternative says of it, divided by what the nearest point of the hypothesis
// says, nearest in relative entropy. It is exact for any number of requests, and needs no share to stay the
// same from one interval to the next.

import { type ShareTolerance, toleratedShare } from './spec.ts';

export interface Shares {
  readonly canary: number;
  readonly stable: number;
}

/** So many requests of this badness: 0 ended well, 1 badly, and in between it is not known better. */
export interface Scored {
  readonly badness: number;
  readonly requests: number;
}

export interface Sample {
  readonly canary: readonly Scored[];
  readonly stable: readonly Scored[];
}

const MOST_HALVINGS = 60;
/** Relative; what it makes a factor exceed an e-value by is below the rounding of the sums. */
const PRECISION = 1e-13;
const SMALLEST_SHARE = 1e-9;

const requestsOf = (scored: readonly Scored[]): number =>
  scored.reduce((sum, { requests }) => sum + requests, 0);

/** How relative entropy to a share grows with it. */
const slope = (believed: number, share: number): number => (share - believed) / (share * (1 - share));

/**
 * The point on the edge of the tolerance that is nearest to what is believed. On either side of the edge lies
 * a convex set, so that the same point serves both hypotheses. Null: the stable revision fails so much that
 * nothing would be intolerable.
 */
function nearestOnEdge(believed: Shares, weights: Shares, tolerance: ShareTolerance): Shares | null {
  const steepness = 1 + tolerance.relative;
  const onEdge = (share: number): number => (share - tolerance.absolute) / steepness;
  const [first, second] = [believed.stable, onEdge(believed.canary)];
  let low = Math.max(SMALLEST_SHARE, Math.min(first, second));
  let high = Math.min(onEdge(1 - SMALLEST_SHARE), Math.max(first, second));
  if (low >= high) return null;
  for (let halving = 0; halving < MOST_HALVINGS && high - low > low * PRECISION; halving += 1) {
    const stable = (low + high) / 2;
    const canary = toleratedShare(stable, tolerance);
    const rising =
      weights.stable * slope(believed.stable, stable) +
        weights.canary * steepness * slope(believed.canary, canary) >
      0;
    if (rising) high = stable;
    else low = stable;
  }
  const stable = (low + high) / 2;
  return { stable, canary: toleratedShare(stable, tolerance) };
}

/** A badness between 0 and 1 counts in proportion: the factor is linear in it, so that only its mean matters. */
function logFactor(scored: readonly Scored[], alternative: number, edge: number): number {
  const [ifBad, ifWell] = [alternative / edge, (1 - alternative) / (1 - edge)];
  return scored.reduce(
    (sum, { badness, requests }) =>
      requests === 0 ? sum : sum + requests * Math.log(badness * ifBad + (1 - badness) * ifWell),
    0,
  );
}

/**
 * The logarithm of what the sample multiplies a stake by that was bet on `believed`, against the hypothesis
 * that the shares lie on the other side of the tolerance. What is believed must not come from the sample.
 */
export function shareGrowth(believed: Shares, sample: Sample, tolerance: ShareTolerance): number {
  const weights = { canary: requestsOf(sample.canary), stable: requestsOf(sample.stable) };
  const edge = nearestOnEdge(believed, weights, tolerance);
  if (edge === null) return 0;
  return (
    logFactor(sample.canary, believed.canary, edge.canary) +
    logFactor(sample.stable, believed.stable, edge.stable)
  );
}
