// The rank test on buckets: ties, tolerance, and that it is the test of Mann and Whitney where there is none.

import { describe, expect, it } from 'vitest';
import { probabilitySlower } from '../../src/analysis/latency-comparison.ts';
import { COMPARISON_DEFAULTS } from '../../src/analysis/spec.ts';
import { latencies } from './words.ts';

const NO_TOLERANCE = { absoluteMs: 0, relative: 0 };
const DEFAULT = COMPARISON_DEFAULTS.latency;
const SPREAD = latencies({ 10: 10, 20: 40, 50: 40, 100: 9, 200: 1 });

describe('without a tolerance', () => {
  it.each([
    { canary: { 20: 5 }, stable: { 20: 7 }, probability: 0.5, name: 'one bucket is a tie' },
    { canary: { 50: 5 }, stable: { 20: 7 }, probability: 1, name: 'a later bucket is slower' },
    { canary: { 10: 5 }, stable: { 20: 7 }, probability: 0, name: 'an earlier bucket is faster' },
    // Of 4 × 4 pairs: 12 decided for the canary being slower or not, 4 ties.
    { canary: { 20: 1, 50: 3 }, stable: { 20: 3, 50: 1 }, probability: 0.75, name: 'ties count half' },
    {
      canary: { [Number.POSITIVE_INFINITY]: 1 },
      stable: { 5000: 1 },
      probability: 1,
      name: 'the open bucket',
    },
  ])('$name: $probability', ({ canary, stable, probability }) => {
    expect(probabilitySlower(latencies(canary), latencies(stable), NO_TOLERANCE)).toBeCloseTo(
      probability,
      12,
    );
  });

  it('to be slower and to be faster are all there is', () => {
    const other = latencies({ 5: 3, 20: 10, 100: 7, 1000: 2 });
    const there = probabilitySlower(SPREAD, other, NO_TOLERANCE);
    expect(there + probabilitySlower(other, SPREAD, NO_TOLERANCE)).toBeCloseTo(1, 12);
    expect(there).not.toBeCloseTo(0.5, 2);
  });
});

describe('with the tolerance of 25 % and 5 ms', () => {
  it('identical latencies are less than even', () => {
    expect(probabilitySlower(SPREAD, SPREAD, DEFAULT)).toBeLessThan(0.45);
  });

  it.each([
    { name: 'a millisecond more of a fast service', canary: { 5: 100 }, stable: { 2: 100 } },
    { name: 'five milliseconds more of a fast service', canary: { 10: 50, 5: 50 }, stable: { 5: 100 } },
  ])('$name is tolerated', ({ canary, stable }) => {
    expect(probabilitySlower(latencies(canary), latencies(stable), DEFAULT)).toBeLessThan(0.3);
  });

  it('twice as long is not', () => {
    const twice = latencies({ 10: 2, 20: 18, 50: 45, 100: 25, 200: 9, 500: 1 });
    expect(probabilitySlower(twice, SPREAD, DEFAULT)).toBeGreaterThan(0.55);
  });
});
