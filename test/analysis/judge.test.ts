// Which canaries pass, which fail, and on which nothing can be said yet.

import { describe, expect, it } from 'vitest';
import { judge } from '../../src/analysis/judge.ts';
import { COMPARISON_DEFAULTS } from '../../src/analysis/spec.ts';
import { verdictSentence } from '../../src/analysis/verdict-sentence.ts';
import {
  answered,
  compared,
  firstVerdict,
  interval,
  latencies,
  SILENT,
  times,
  verdictAfter,
} from './words.ts';

const STABLE = answered(3_000, 3);
const TWICE_AS_SLOW = latencies({ 10: 2, 20: 18, 50: 45, 100: 25, 200: 9, 500: 1 });
const THREE_IN_100_HANG = latencies({ 10: 10, 20: 39, 50: 39, 100: 8, 200: 1, 2000: 3 });

describe('after twenty minutes of 150 requests of the canary every 30 s', () => {
  it.each([
    { canary: 'identical', each: interval(answered(150), STABLE), verdict: 'pass' },
    { canary: 'with 5 % errors', each: interval(answered(150, 8), STABLE), verdict: 'fail' },
    { canary: 'with 2 % errors', each: interval(answered(150, 3), STABLE), verdict: 'fail' },
    {
      canary: 'twice as slow',
      each: interval(answered(150, 0, TWICE_AS_SLOW), STABLE),
      verdict: 'fail',
    },
    {
      canary: 'of which three in a hundred hang',
      each: interval(answered(150, 0, THREE_IN_100_HANG), STABLE),
      verdict: 'fail',
    },
    {
      canary: 'as sick as the stable revision',
      each: interval(answered(200, 2), answered(3_000, 30)),
      verdict: 'pass',
    },
    {
      canary: 'better than the stable revision',
      each: interval(answered(150), answered(3_000, 150, TWICE_AS_SLOW)),
      verdict: 'pass',
    },
    { canary: 'that nobody asks', each: interval(SILENT, STABLE), verdict: 'undecided' },
    { canary: 'without a stable revision', each: interval(answered(150), SILENT), verdict: 'undecided' },
    { canary: 'without any traffic', each: interval(SILENT, SILENT), verdict: 'undecided' },
    {
      canary: 'whose latencies were not measured',
      each: interval({ ...answered(150), latencies: SILENT.latencies }, STABLE),
      verdict: 'undecided',
    },
  ])('a canary $canary: $verdict', ({ each, verdict }) => {
    expect(firstVerdict(times(40, each))?.verdict ?? 'undecided').toBe(verdict);
  });
});

describe('how long it takes', () => {
  it('half a minute never decides, however bad it was', () => {
    expect(verdictAfter([interval(answered(1_000, 1_000), STABLE)]).verdict).toBe('undecided');
    expect(firstVerdict(times(9, interval(answered(1_000, 1_000), STABLE)))?.interval).toBe(2);
  });

  it('nothing is decided below the least number of requests, however many intervals there are', () => {
    const verdicts = [98, 99, 100].map((n) => verdictAfter(times(n, interval(answered(1, 1), STABLE))));
    expect(verdicts.map(({ why }) => why)).toEqual(['fewSamples', 'fewSamples', 'worse']);
  });

  it('a canary that begins to fail after an hour is found within minutes', () => {
    const good = compared(times(120, interval(answered(150), STABLE)));
    expect(judge(good, COMPARISON_DEFAULTS).verdict).toBe('pass');
    const then = compared(times(4, interval(answered(150, 8), STABLE)), good);
    expect(judge(then, COMPARISON_DEFAULTS).verdict).toBe('fail');
  });
});

describe('what happens to both revisions alike', () => {
  it('speaks against neither: ten minutes of errors and slowness', () => {
    const trouble = interval(answered(150, 15, TWICE_AS_SLOW), answered(3_000, 300, TWICE_AS_SLOW));
    const all = [...times(8, interval(answered(150), STABLE)), ...times(20, trouble)];
    expect(firstVerdict(all)?.verdict).not.toBe('fail');
  });

  it('a larger part of the requests for the canary later on makes no difference appear', () => {
    const quietHour = interval(answered(100), answered(3_000, 3));
    const busyHour = interval(answered(2_000, 40, TWICE_AS_SLOW), answered(2_000, 40, TWICE_AS_SLOW));
    const { verdict } = verdictAfter([...times(10, quietHour), ...times(10, busyHour)]);
    expect(verdict).not.toBe('fail');
  });
});

describe('a cold start', () => {
  const cold = interval(answered(150, 0, latencies({ 500: 50, 1000: 50 })), STABLE);
  const warm = interval(answered(150), STABLE);

  it('of a minute does not matter', () => {
    expect(firstVerdict([...times(2, cold), ...times(38, warm)])?.verdict).toBe('pass');
  });

  it('of three minutes does', () => {
    expect(firstVerdict([...times(6, cold), ...times(34, warm)])?.verdict).toBe('fail');
  });
});

describe('containers that end by themselves', () => {
  it.each([
    { ends: { restarts: 1 }, sentence: 'the canary was restarted once' },
    { ends: { outOfMemoryKills: 2 }, sentence: 'the canary was killed 2 times for want of memory' },
    {
      ends: { restarts: 3, outOfMemoryKills: 1 },
      sentence: 'the canary was killed once for want of memory and restarted 3 times',
    },
  ])('$sentence: it fails at once', ({ ends, sentence }) => {
    const verdict = verdictAfter([interval(SILENT, SILENT, ends)]);
    expect(verdict.verdict).toBe('fail');
    expect(verdictSentence(verdict)).toBe(sentence);
  });

  it('are not forgotten when it serves well afterwards', () => {
    const killed = interval(answered(150), STABLE, { outOfMemoryKills: 1 });
    expect(verdictAfter([killed, ...times(39, interval(answered(150), STABLE))]).verdict).toBe('fail');
  });
});

describe('what is stored', () => {
  it.each([
    { intervals: 0, each: interval(SILENT, SILENT) },
    { intervals: 9, each: interval(answered(150, 8), STABLE) },
    { intervals: 9, each: interval(answered(150, 150), answered(3_000, 3_000)) },
    { intervals: 3_000, each: interval(answered(5_000, 500), answered(5_000, 0)) },
  ])('comes back from JSON as it was, after $intervals intervals', ({ intervals, each }) => {
    const state = compared(times(intervals, each));
    const verdict = judge(state, COMPARISON_DEFAULTS);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
  });
});

it('counters that cannot be are a bug of whoever has not checked them', () => {
  expect(() => compared([interval(answered(3, 4), STABLE)])).toThrow('canary: 4 errors of 3 requests');
});
