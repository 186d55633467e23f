// Evidence that may be looked at as often as one likes. A bet whose stake cannot be expected to grow while a
// hypothesis is true is an e-value; the stake of a series of them exceeds 100 with a probability of at most
// 1 %, at whatever moment one looks (Ville 1939; Ramdas, Grünwald, Vovk, Shafer 2023, "Game-theoretic
// statistics and safe anytime-valid inference").
//
// Since nobody knows beforehand how bad a bad canary is, the stake is divided over several bets; their sum is
// an e-value again (a mixture, as in Howard, Ramdas, McAuliffe, Sekhon 2021).

/** Natural logarithms of what each of the equal parts of a stake of 1 has become. */
export type Stakes = readonly number[];

export interface Evidence {
  /** Intervals that were bet on. */
  readonly intervals: number;
  /** Against "the canary is no worse than tolerated". */
  readonly worse: Stakes;
  /** Against "the canary is worse than tolerated". */
  readonly noWorse: Stakes;
}

/** Logarithms of what one interval multiplies each part of the stakes by. */
export interface Growth {
  readonly worse: readonly number[];
  readonly noWorse: readonly number[];
}

/** Of the stake on "worse", so much is bet from the first interval on, and the rest on a later change. */
const FROM_THE_START = 0.8;

/** Beyond any bar, and far from what a number can hold. */
const MOST_LOG_EVIDENCE = Math.log(1e12);

/**
 * What is added to the stake before the interval of this number (from 1). A canary that was good for an hour
 * and then leaks has spoken for itself so long that no series of bets begun with it would ever turn; bets that
 * begin later do (Shin, Ramdas, Rinaldo 2024, "E-detectors"). All additions together are at most 1.
 */
const additionBefore = (interval: number): number =>
  interval === 1 ? FROM_THE_START : (1 - FROM_THE_START) / (interval * (interval - 1));

const logOfSum = (a: number, b: number): number =>
  Math.max(a, b) + Math.log1p(Math.exp(Math.min(a, b) - Math.max(a, b)));

export const noEvidence = (alternatives: { worse: number; noWorse: number }): Evidence => ({
  intervals: 0,
  worse: Array.from({ length: alternatives.worse }, () => Math.log(additionBefore(1))),
  noWorse: Array.from({ length: alternatives.noWorse }, () => 0),
});

/**
 * No interval multiplies a stake by more than `atMost`: a burst of errors within half a minute is one thing
 * that happened and not fifty. To win less than the bet would give keeps it an e-value.
 */
export function grown(before: Evidence, { worse, noWorse }: Growth, atMost: number): Evidence {
  const most = Math.log(atMost);
  const next = Math.log(additionBefore(before.intervals + 2));
  return {
    intervals: before.intervals + 1,
    worse: before.worse.map((stake, at) => logOfSum(stake + Math.min(most, worse[at] ?? 0), next)),
    noWorse: before.noWorse.map((stake, at) => stake + Math.min(most, noWorse[at] ?? 0)),
  };
}

/** The e-value: the mean over the parts of the stake. */
export function eValue(stakes: Stakes): number {
  const highest = Math.max(...stakes);
  const mean = stakes.reduce((sum, stake) => sum + Math.exp(stake - highest), 0) / stakes.length;
  return Math.exp(Math.min(MOST_LOG_EVIDENCE, highest + Math.log(mean)));
}
