// The benchmark's canaries are only as good as their draws: counts must come as often as they should.

import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/sim/core/random.ts';
import { binomial, histogram, shareBelow } from '../bench/canary-draws.ts';

const DRAWS = 20_000;

describe('the drawn number of hits', () => {
  it.each([
    { n: 3, p: 0.5 },
    { n: 150, p: 0.001 },
    { n: 150, p: 0.97 },
    { n: 2_850, p: 0.3 },
  ])('of $n with probability $p has the mean and the variance of the binomial distribution', ({ n, p }) => {
    const random = randomStream(1, `binomial/${n}/${p}`);
    const draws = Array.from({ length: DRAWS }, () => binomial(random, n, p));
    const mean = draws.reduce((sum, k) => sum + k, 0) / DRAWS;
    const variance = draws.reduce((sum, k) => sum + (k - mean) ** 2, 0) / DRAWS;
    const expected = n * p * (1 - p);
    // Four standard errors.
    expect(Math.abs(mean - n * p)).toBeLessThan(4 * Math.sqrt(expected / DRAWS));
    expect(Math.abs(variance / expected - 1)).toBeLessThan(4 * Math.sqrt((2 + 1 / expected) / DRAWS));
  });

  it('of three coins is each as often as it should be', () => {
    const random = randomStream(1, 'coins');
    const seen = [0, 0, 0, 0];
    for (let draw = 0; draw < DRAWS; draw += 1) {
      const heads = binomial(random, 3, 0.5);
      seen[heads] = (seen[heads] ?? 0) + 1;
    }
    for (const [heads, part] of [1, 3, 3, 1].entries()) {
      expect(Math.abs((seen[heads] ?? 0) / DRAWS - part / 8)).toBeLessThan(0.015);
    }
  });

  it.each([
    { n: 0, p: 0.5, hits: 0 },
    { n: 9, p: 0, hits: 0 },
    { n: 9, p: 1, hits: 9 },
  ])('of $n with probability $p is $hits', ({ n, p, hits }) => {
    expect(binomial(randomStream(1, 'certain'), n, p)).toBe(hits);
  });
});

describe('drawn latencies', () => {
  const parts = [
    { part: 0.98, medianMs: 30, spread: 0.6, plusMs: 0 },
    { part: 0.02, medianMs: 600, spread: 0.6, plusMs: 1 },
  ];

  it('are as many as there are requests, and lie where they should', () => {
    const counts = histogram(randomStream(1, 'latencies'), 100_000, parts);
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(100_000);
    const upTo50 = counts.slice(0, 6).reduce((sum, n) => sum + n, 0) / 100_000;
    expect(Math.abs(upTo50 - shareBelow(parts, 50))).toBeLessThan(0.006);
  });

  it('have half of a part below its median', () => {
    expect(shareBelow([{ part: 1, medianMs: 30, spread: 0.6, plusMs: 5 }], 35)).toBeCloseTo(0.5, 6);
    expect(shareBelow([{ part: 1, medianMs: 30, spread: 0.6, plusMs: 5 }], 5)).toBe(0);
  });
});
