// What people read of a verdict.

import { expect, it } from 'vitest';
import { verdictSentence } from '../../src/analysis/verdict-sentence.ts';
import { answered, interval, latencies, times, verdictAfter } from './words.ts';

const STABLE = answered(3_000, 3);

it.each([
  {
    name: 'worse: only what is worse is told',
    intervals: times(2, interval(answered(1_000, 48), STABLE)),
    sentence:
      /^5xx 4\.8 % of 2,000 requests against 0\.1 % of 6,000: worse \(e-value [\d,]+ of 100 needed\)$/,
  },
  {
    name: 'no worse: every respect is told',
    intervals: times(40, interval(answered(200), STABLE)),
    sentence:
      /^5xx 0 % of 8,000 requests against 0\.1 % of 120,000: no worse \(e-value [\d,]+ of 100 needed\); median 20 ms against 20 ms: no worse \(e-value [\d,]+ of 100 needed\); p99 100 ms against 100 ms: no worse \(e-value [\d,]+ of 100 needed\)$/,
  },
  {
    name: 'unclear: what is missing is told',
    intervals: times(4, interval(answered(200), STABLE)),
    sentence:
      /^5xx 0 % of 800 requests against 0\.1 % of 12,000: not yet clear \(e-value \d+ of 100 needed\); .*p99/,
  },
  {
    name: 'too few',
    intervals: times(3, interval(answered(20), STABLE)),
    sentence: /^too few requests to judge: 60 against 9,000, and 100 needed of each$/,
  },
  {
    name: 'slower than the buckets reach',
    intervals: times(9, interval(answered(200, 0, latencies({ [Number.POSITIVE_INFINITY]: 100 })), STABLE)),
    sentence:
      /^median more than 5,000 ms against 20 ms: worse .*; p99 more than 5,000 ms against 100 ms: worse/,
  },
])('$name', ({ intervals, sentence }) => {
  expect(verdictSentence(verdictAfter(intervals))).toMatch(sentence);
});
