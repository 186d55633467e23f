// Metrics with fixed thresholds: what a measurement counts as, and when the counts end it.

import { describe, expect, it } from 'vitest';
import {
  type FixedMetricSpec,
  judgeFixed,
  type Measurement,
  NOTHING_MEASURED,
  withMeasurement,
} from '../../src/analysis/fixed-metric.ts';
import { decideTogether } from '../../src/analysis/together.ts';
import { answered, interval, times, verdictAfter } from './words.ts';

const SPEC: FixedMetricSpec = {
  name: 'errors',
  pass: { comparison: '<', bound: 0.01 },
  fail: { comparison: '>', bound: 0.05 },
  limits: {
    fail: { most: 2, counted: 'total' },
    error: { most: 4, counted: 'consecutive' },
    inconclusive: { most: 3, counted: 'total' },
  },
  passesNeeded: 5,
  minSamples: 100,
  noData: 'hold',
  dryRun: false,
};

/** `0.001 0.2 - error few`: values over 1,000 samples, no data, an error, a good value over too few samples. */
function measurement(word: string): Measurement {
  if (word === '-') return { kind: 'noData' };
  if (word === 'error') return { kind: 'error', because: 'connection refused' };
  if (word === 'few') return { kind: 'value', value: 0, samples: 99 };
  return { kind: 'value', value: Number(word), samples: 1_000 };
}

const judged = (words: string, spec: FixedMetricSpec = SPEC) =>
  judgeFixed(
    words
      .split(' ')
      .filter((word) => word !== '')
      .map(measurement)
      .reduce((state, each) => withMeasurement(state, each, spec), NOTHING_MEASURED),
    spec,
  );

const CONSECUTIVE = {
  ...SPEC,
  limits: { ...SPEC.limits, fail: { most: 2, counted: 'consecutive' as const } },
};

describe('pass below 0.01, fail above 0.05, five passes needed', () => {
  it.each([
    { words: '', verdict: 'undecided', rule: 'nothing measured' },
    { words: '0 0 0 0', verdict: 'undecided', rule: 'four passes' },
    { words: '0 0 0 0 0', verdict: 'pass', rule: 'five passes' },
    { words: '0.2 0.2 0 0 0 0', verdict: 'undecided', rule: 'two failures are borne' },
    { words: '0.2 0 0.2 0 0.2', verdict: 'fail', rule: 'the third failure ends it' },
    { words: '0.2 0 0 0 0 0 0.2', verdict: 'pass', rule: 'two failures beside five passes' },
    { words: '0.01 0.03 0.05', verdict: 'undecided', rule: 'between the thresholds nothing is decided' },
    { words: '0.01 0.03 0.05 0.02', verdict: 'inconclusive', rule: 'the fourth inconclusive one ends it' },
    { words: 'error error error error 0 error', verdict: 'undecided', rule: 'errors count in a row' },
    { words: 'error error error error error', verdict: 'fail', rule: 'the fifth error in a row ends it' },
    { words: '- - - - - - - - -', verdict: 'undecided', rule: 'no data never passes' },
    { words: '0 0 0 0 - - - NaN Infinity', verdict: 'undecided', rule: 'nor does what is no number' },
    { words: 'few few few few few few', verdict: 'undecided', rule: 'too few samples say nothing' },
    {
      words: 'error - error - error - error - error',
      verdict: 'fail',
      rule: 'no data does not excuse errors',
    },
  ])('$rule: "$words" is $verdict', ({ words, verdict }) => {
    expect(judged(words).verdict).toBe(verdict);
  });

  it.each([
    { words: '0.2 0.2 0 0.2 0.2 0', verdict: 'undecided' },
    { words: '0.2 0.2 - 0.2', verdict: 'fail' },
  ])('where failures count in a row, "$words" is $verdict', ({ words, verdict }) => {
    expect(judged(words, CONSECUTIVE).verdict).toBe(verdict);
  });

  it.each([
    { noData: 'hold', words: '- - -', verdict: 'undecided' },
    { noData: 'fail', words: '- - -', verdict: 'fail' },
    { noData: 'pass', words: '- - - - -', verdict: 'pass' },
    { noData: 'pass', words: 'few few few few few', verdict: 'undecided' },
    { noData: 'fail', words: 'few few few few few', verdict: 'undecided' },
    { noData: 'pass', words: 'error error error error error', verdict: 'fail' },
  ] as const)('with noData: $noData "$words" is $verdict', ({ noData, words, verdict }) => {
    expect(judged(words, { ...SPEC, noData }).verdict).toBe(verdict);
  });

  it('without a threshold for failing everything else fails', () => {
    expect(judged('0.02 0.02 0.02', { ...SPEC, fail: null }).verdict).toBe('fail');
  });

  it('what both passes and fails has failed', () => {
    const contradictory: FixedMetricSpec = { ...SPEC, fail: { comparison: '>=', bound: 0 } };
    expect(judged('0 0 0', contradictory).verdict).toBe('fail');
  });

  it('a metric that is only watched never passes, and may fail', () => {
    const watched = { ...SPEC, passesNeeded: null };
    expect(judged('0 0 0 0 0 0 0 0 0', watched).verdict).toBe('undecided');
    expect(judged('0 0.2 0.2 0.2', watched).verdict).toBe('fail');
  });

  it('no measurements needed is no way to pass without any', () => {
    expect(judged('- error', { ...SPEC, passesNeeded: 0 }).verdict).toBe('undecided');
  });

  it.each([
    { words: '', because: '0 of 5 passes needed; not measured yet' },
    { words: '0 few', because: '1 of 5 passes needed; 99 samples of 100 needed' },
    {
      words: '0.2 0.2 0.2',
      because: 'failed 3 times, and 2 are borne; the last value is 0.2, and < 0.01 passes',
    },
    {
      words: 'error error error error error',
      because:
        'could not be measured 5 times in a row, and 4 are borne; the last measurement failed: connection refused',
    },
    { words: '-', because: '0 of 5 passes needed; no data (hold)' },
  ])('"$words" is told as: $because', ({ words, because }) => {
    expect(judged(words).because).toBe(because);
  });
});

describe('several metrics together', () => {
  const good = judged('0 0 0 0 0');
  const bad = judged('0.2 0.2 0.2');
  const unclear = judged('0');
  const between = judged('0.02 0.02 0.02 0.02');
  const dry = judged('0.2 0.2 0.2', { ...SPEC, dryRun: true });
  const canaryPasses = verdictAfter(times(40, interval(answered(200), answered(3_000, 3))));
  const canaryFails = verdictAfter([interval(answered(1), answered(1), { restarts: 1 })]);

  it.each([
    { name: 'all pass', comparison: canaryPasses, fixed: [good, good], decision: 'pass' },
    { name: 'one fails', comparison: canaryPasses, fixed: [good, bad], decision: 'fail' },
    {
      name: 'one does not know yet',
      comparison: canaryPasses,
      fixed: [good, unclear],
      decision: 'undecided',
    },
    {
      name: 'one is inconclusive',
      comparison: canaryPasses,
      fixed: [good, between],
      decision: 'inconclusive',
    },
    { name: 'failing outdoes inconclusive', comparison: null, fixed: [between, bad], decision: 'fail' },
    { name: 'the canary fails', comparison: canaryFails, fixed: [good], decision: 'fail' },
    { name: 'a dry run fails', comparison: canaryPasses, fixed: [good, dry], decision: 'pass' },
    { name: 'there is only a dry run', comparison: null, fixed: [dry], decision: 'undecided' },
    { name: 'nothing is measured at all', comparison: null, fixed: [], decision: 'undecided' },
  ])('$name: $decision', ({ comparison, fixed, decision }) => {
    expect(decideTogether(comparison, fixed)).toBe(decision);
  });

  it('a dry run is told with the verdict that it would have had', () => {
    expect(dry).toMatchObject({ verdict: 'fail', decides: false });
  });
});
