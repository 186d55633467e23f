// The proportion test: of the canary's requests, did relevantly more end badly than of the stable revision's
// in the same interval? It serves errors, and requests that are slower than nearly all.

import { type Evidence, type Growth, grown, noEvidence } from './evidence.ts';
import { type Sample, shareGrowth } from './share-bet.ts';
import { type ComparisonSpec, type ShareTolerance, toleratedShare } from './spec.ts';

/** What a bad canary might have, as multiples of what is tolerated. */
const MULTIPLES = [1.4, 2, 4, 10, 40];
/** Where a good canary might lie, on the way from the stable revision's share to what is tolerated. */
const WAY_TO_TOLERATED = [0, 0.35, 0.7];
/** No alternative says that nearly everything ends badly: one good answer would end it. */
const MOST_BELIEVED = 0.9;

export const NO_SHARE_EVIDENCE: Evidence = noEvidence({
  worse: MULTIPLES.length,
  noWorse: WAY_TO_TOLERATED.length,
});

/** `expected`: the stable revision's share, as the intervals before suggest. */
function growthOf(sample: Sample, expected: number, tolerance: ShareTolerance): Growth {
  const tolerated = toleratedShare(expected, tolerance);
  const betOn = (canary: number): number => shareGrowth({ stable: expected, canary }, sample, tolerance);
  if (tolerated >= MOST_BELIEVED) return { worse: [], noWorse: [] };
  return {
    worse: MULTIPLES.map((multiple) =>
      // Halfway to everything where the multiple would be more than that.
      betOn(Math.min(multiple * tolerated, (tolerated + MOST_BELIEVED) / 2)),
    ),
    noWorse: WAY_TO_TOLERATED.map((way) => betOn(expected + way * (tolerated - expected))),
  };
}

export function compareShares(
  before: Evidence,
  sample: Sample,
  expected: number,
  { tolerance, neededEvidence }: { tolerance: ShareTolerance } & Pick<ComparisonSpec, 'neededEvidence'>,
): Evidence {
  return grown(before, growthOf(sample, expected, tolerance), neededEvidence);
}
