// What is printed beside a verdict: percentiles of a histogram, exact intervals of a share, checked counters.

import { describe, expect, it } from 'vitest';
import { exactInterval } from '../../src/analysis/binomial-interval.ts';
import { checkInterval } from '../../src/analysis/measurement.ts';
import { percentile } from '../../src/analysis/percentile.ts';
import { answered, interval, latencies } from './words.ts';

describe('percentiles', () => {
  const hundred = latencies({ 10: 50, 20: 40, 50: 9, [Number.POSITIVE_INFINITY]: 1 });

  it.each([
    { share: 0.25, valueMs: 7.5, errorMs: 5 },
    { share: 0.5, valueMs: 10, errorMs: 5 },
    { share: 0.7, valueMs: 15, errorMs: 10 },
    { share: 0.95, valueMs: 36.667, errorMs: 30 },
    { share: 0.99, valueMs: 50, errorMs: 30 },
    { share: 1, valueMs: 5_000, errorMs: null },
  ])('$share is $valueMs ms, give or take $errorMs', ({ share, valueMs, errorMs }) => {
    const found = percentile(hundred, share);
    expect(found?.valueMs).toBeCloseTo(valueMs, 3);
    expect(found?.errorMs).toBe(errorMs);
  });

  it('of nothing are not there', () => {
    expect(percentile(latencies({}), 0.5)).toBeNull();
  });

  it('are never in an empty bucket', () => {
    expect(percentile(latencies({ 20: 10, 200: 10 }), 0.5)).toEqual({ valueMs: 20, errorMs: 10 });
    expect(percentile(latencies({ 20: 10, 200: 10 }), 0)).toEqual({ valueMs: 10, errorMs: 10 });
  });
});

describe('the exact interval of a share', () => {
  // As by R's binom.test; of none and of all the bounds have a closed form.
  it.each([
    { hits: 0, total: 10, low: 0, high: 0.30849711 },
    { hits: 0, total: 5_000, low: 0, high: 1 - 0.025 ** (1 / 5_000) },
    { hits: 5_000, total: 5_000, low: 0.025 ** (1 / 5_000), high: 1 },
    { hits: 1, total: 10, low: 0.00252858, high: 0.44501612 },
    { hits: 5, total: 10, low: 0.187086, high: 0.812914 },
    { hits: 0, total: 0, low: 0, high: 1 },
  ])('$hits of $total: $low to $high', ({ hits, total, low, high }) => {
    const found = exactInterval(hits, total);
    expect(found.low).toBeCloseTo(low, 7);
    expect(found.high).toBeCloseTo(high, 7);
  });

  it('leaves out what is rarer than one in forty on either side', () => {
    const { low, high } = exactInterval(3, 20);
    expect(1 - atMost(2, 20, low)).toBeCloseTo(0.025, 9);
    expect(atMost(3, 20, high)).toBeCloseTo(0.025, 9);
  });

  it('is wider where one must be surer', () => {
    const [sure, surer] = [exactInterval(40, 1_000), exactInterval(40, 1_000, 0.99)];
    expect(surer.low).toBeLessThan(sure.low);
    expect(surer.high).toBeGreaterThan(sure.high);
  });
});

/** The probability of at most so many hits, summed up term by term. */
function atMost(hits: number, total: number, share: number): number {
  let [sum, term] = [0, (1 - share) ** total];
  for (let k = 0; k <= hits; k += 1) {
    sum += term;
    term *= ((total - k) * share) / ((k + 1) * (1 - share));
  }
  return sum;
}

describe('counters as they were read', () => {
  it.each([
    { counts: { errors: 151 }, error: 'canary: 151 errors of 150 requests' },
    { counts: { requests: -1 }, error: 'canary: a count is not a whole number from 0 on' },
    { counts: { errors: 0.5 }, error: 'canary: a count is not a whole number from 0 on' },
    { counts: { requests: Number.NaN }, error: 'canary: a count is not a whole number from 0 on' },
    { counts: { latencies: [1, 2, 3] }, error: 'canary: 3 buckets instead of 13' },
  ])('$error', ({ counts, error }) => {
    const read = interval({ ...answered(150), ...counts }, answered(3_000));
    expect(checkInterval(read)).toEqual({ ok: false, error });
  });

  it('negative restarts are none', () => {
    expect(checkInterval(interval(answered(1), answered(1), { restarts: -1 })).ok).toBe(false);
    expect(checkInterval(interval(answered(1), answered(1), { restarts: 1 })).ok).toBe(true);
  });
});
