// The promise behind every verdict: while a hypothesis is true, what is bet against it cannot be expected to
// grow, so that one may look after every interval. Here the expectations are computed, not simulated.

import { describe, expect, it } from 'vitest';
import { type Evidence, eValue, grown, noEvidence } from '../../src/analysis/evidence.ts';
import { compareLatencies, NO_LATENCY_EVIDENCE } from '../../src/analysis/latency-comparison.ts';
import { shareGrowth } from '../../src/analysis/share-bet.ts';
import { COMPARISON_DEFAULTS, toleratedShare } from '../../src/analysis/spec.ts';
import { latencies } from './words.ts';

const TOLERANCE = { absolute: 0.01, relative: 0.5 };
const SHARES = [0.0001, 0.001, 0.01, 0.05, 0.2, 0.4, 0.6];
const REQUESTS = [
  { canary: 1, stable: 1 },
  { canary: 150, stable: 2_850 },
  { canary: 3_000, stable: 40 },
];

/** What a bet is expected to multiply the stake by, where requests end badly with these probabilities. */
function expectedFactor(
  believed: { canary: number; stable: number },
  truth: { canary: number; stable: number },
  requests: { canary: number; stable: number },
): number {
  // By one request of each kind more the sample's factor shows what such a request multiplies by.
  const withBad = (bad: { canary: number; stable: number }): number => {
    const of = (revision: 'canary' | 'stable') => [
      { badness: 1, requests: bad[revision] },
      { badness: 0, requests: requests[revision] - bad[revision] },
    ];
    return shareGrowth(believed, { canary: of('canary'), stable: of('stable') }, TOLERANCE);
  };
  const none = withBad({ canary: 0, stable: 0 });
  const odds = {
    canary: Math.exp(withBad({ canary: 1, stable: 0 }) - none),
    stable: Math.exp(withBad({ canary: 0, stable: 1 }) - none),
  };
  const mean = (revision: 'canary' | 'stable'): number =>
    requests[revision] * Math.log1p(truth[revision] * (odds[revision] - 1));
  return Math.exp(none + mean('canary') + mean('stable'));
}

describe('a bet on two shares', () => {
  const cases = REQUESTS.flatMap((requests) =>
    SHARES.flatMap((expected) =>
      SHARES.filter((share) => share > toleratedShare(expected, TOLERANCE)).map((share) => ({
        requests,
        believed: { stable: expected, canary: share },
      })),
    ),
  );

  it('on "worse" is not expected to win where the canary is within the tolerance', () => {
    for (const { requests, believed } of cases) {
      for (const stable of SHARES.slice(0, 5)) {
        for (const part of [0, 0.5, 1]) {
          const truth = { stable, canary: part * toleratedShare(stable, TOLERANCE) };
          expect(expectedFactor(believed, truth, requests)).toBeLessThanOrEqual(1 + 1e-9);
        }
      }
    }
    expect(cases.length).toBeGreaterThan(30);
  });

  it('on "no worse" is not expected to win where the canary is beyond it', () => {
    for (const { requests, believed } of cases) {
      const good = { stable: believed.stable, canary: believed.stable };
      for (const stable of SHARES.slice(0, 5)) {
        for (const excess of [0, 0.01, 0.1]) {
          const truth = { stable, canary: toleratedShare(stable, TOLERANCE) + excess };
          expect(expectedFactor(good, truth, requests)).toBeLessThanOrEqual(1 + 1e-9);
        }
      }
    }
  });

  it('is expected to win where what is believed is true', () => {
    for (const { requests, believed } of cases) {
      expect(expectedFactor(believed, believed, requests)).toBeGreaterThan(1);
    }
  });

  it('counts a request of which half is known as half', () => {
    const growth = (badness: number): number =>
      shareGrowth(
        { canary: 0.1, stable: 0.01 },
        { canary: [{ badness, requests: 1 }], stable: [{ badness: 0, requests: 1 }] },
        TOLERANCE,
      );
    const [well, half, bad] = [growth(0), growth(0.5), growth(1)].map(Math.exp);
    expect(half).toBeCloseTo(((well ?? 0) + (bad ?? 0)) / 2, 12);
  });
});

/** The probability of every number of slow requests. */
function slowOf(requests: number, share: number): readonly number[] {
  let probability = (1 - share) ** requests;
  return Array.from({ length: requests + 1 }, (_, slow) => {
    const own = probability;
    probability *= ((requests - slow) * share) / ((slow + 1) * (1 - share));
    return own;
  });
}

describe('a bet on ranks', () => {
  const SPEC = { ...COMPARISON_DEFAULTS, latency: { absoluteMs: 0, relative: 0 } };

  /** The e-value to be expected after one interval in which requests take 10 ms, or 1 s with these probabilities. */
  function expected(
    of: 'worse' | 'noWorse',
    requests: { canary: number; stable: number },
    slow: { canary: number; stable: number },
  ): number {
    const counted = (all: number, many: number) => latencies({ 10: all - many, 1000: many });
    let sum = 0;
    for (const [ofCanary, p] of slowOf(requests.canary, slow.canary).entries()) {
      for (const [ofStable, q] of slowOf(requests.stable, slow.stable).entries()) {
        const after: Evidence = compareLatencies(
          NO_LATENCY_EVIDENCE,
          counted(requests.canary, ofCanary),
          counted(requests.stable, ofStable),
          SPEC,
        );
        sum += p * q * eValue(after[of]);
      }
    }
    return sum;
  }

  const sizes = [
    { canary: 1, stable: 1 },
    { canary: 5, stable: 40 },
    { canary: 30, stable: 7 },
    { canary: 60, stable: 60 },
  ];

  it.each(sizes)('of $canary requests against $stable is not expected to win between equals', (requests) => {
    for (const share of [0.02, 0.3, 0.5, 0.9]) {
      const slow = { canary: share, stable: share };
      expect(expected('worse', requests, slow)).toBeLessThanOrEqual(1);
      expect(expected('noWorse', requests, slow)).toBeLessThanOrEqual(1);
    }
  });

  it('is not expected to win where every pair is decided, half of them each way', () => {
    const requests = 20;
    const stable = latencies({ 100: requests });
    const expectedStakes = (of: 'worse' | 'noWorse'): readonly number[] =>
      slowOf(requests, 0.5)
        .map((probability, slow) => {
          const canary = latencies({ 10: requests - slow, 1000: slow });
          const stakes = compareLatencies(NO_LATENCY_EVIDENCE, canary, stable, SPEC)[of];
          return stakes.map((stake) => probability * Math.exp(stake));
        })
        .reduce((sums, next) => sums.map((sum, at) => sum + (next[at] ?? 0)));
    for (const stake of [...expectedStakes('worse'), ...expectedStakes('noWorse')]) {
      expect(stake).toBeLessThanOrEqual(1);
    }
    // Nothing is given away: of a small bet Hoeffding's bound is all but reached.
    expect(expectedStakes('noWorse')[0]).toBeGreaterThan(0.99);
  });

  it('is expected to win on who is slower, and to lose on who is faster', () => {
    const requests = { canary: 60, stable: 60 };
    expect(expected('worse', requests, { canary: 0.9, stable: 0.1 })).toBeGreaterThan(10);
    expect(expected('noWorse', requests, { canary: 0.1, stable: 0.9 })).toBeGreaterThan(10);
    expect(expected('worse', requests, { canary: 0.1, stable: 0.9 })).toBeLessThan(0.2);
    expect(expected('noWorse', requests, { canary: 0.9, stable: 0.1 })).toBeLessThan(0.2);
  });
});

describe('a stake', () => {
  const alternatives = { worse: 2, noWorse: 2 };
  const NEUTRAL = { worse: [0, 0], noWorse: [0, 0] };

  it('is never more than what was put in while nothing is won, however long that goes on', () => {
    let evidence = noEvidence(alternatives);
    for (let interval = 0; interval < 10_000; interval += 1) evidence = grown(evidence, NEUTRAL, 100);
    expect(eValue(evidence.worse)).toBeLessThanOrEqual(1);
    expect(eValue(evidence.worse)).toBeGreaterThan(0.99);
    expect(eValue(evidence.noWorse)).toBeCloseTo(1, 12);
  });

  it('wins by one interval no more than it is allowed to', () => {
    const evidence = grown(noEvidence(alternatives), { worse: [50, 50], noWorse: [50, 50] }, 100);
    expect(eValue(evidence.worse)).toBeLessThan(100);
    expect(eValue(evidence.noWorse)).toBeCloseTo(100, 9);
  });

  it('is the mean over its parts', () => {
    const evidence = grown(noEvidence(alternatives), { worse: [0, 0], noWorse: [Math.log(3), 0] }, 100);
    expect(eValue(evidence.noWorse)).toBeCloseTo(2, 12);
  });
});
