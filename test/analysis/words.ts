// Canaries in few words: what a revision answered in an interval, and many such intervals in a row.

import { type Comparison, NOTHING_COMPARED, withInterval } from '../../src/analysis/comparison.ts';
import { judge, type Verdict } from '../../src/analysis/judge.ts';
import {
  type Interval,
  type LatencyHistogram,
  NO_LATENCIES,
  type RequestCounts,
} from '../../src/analysis/measurement.ts';
import { COMPARISON_DEFAULTS } from '../../src/analysis/spec.ts';
import { LATENCY_BOUNDS_MS } from '../../src/kernel/request-counters.ts';

/** `{ 20: 90, 500: 10 }`: 90 requests in the bucket up to 20 ms, 10 in that up to 500 ms; beyond all: `Infinity`. */
export function latencies(byBound: Readonly<Record<number, number>>): LatencyHistogram {
  return [...LATENCY_BOUNDS_MS, Number.POSITIVE_INFINITY].map((bound) => byBound[bound] ?? 0);
}

/** A hundred requests of an ordinary service. */
const ORDINARY = latencies({ 10: 10, 20: 40, 50: 40, 100: 9, 200: 1 });

/** Latencies are scaled to the number of requests. */
export function answered(requests: number, errors = 0, per100: LatencyHistogram = ORDINARY): RequestCounts {
  return { requests, errors, latencies: per100.map((count) => Math.round((count * requests) / 100)) };
}

export const SILENT: RequestCounts = { requests: 0, errors: 0, latencies: NO_LATENCIES };

export const interval = (canary: RequestCounts, stable: RequestCounts, ends = {}): Interval => ({
  canary,
  stable,
  restarts: 0,
  outOfMemoryKills: 0,
  ...ends,
});

export const compared = (intervals: readonly Interval[], from: Comparison = NOTHING_COMPARED): Comparison =>
  intervals.reduce<Comparison>((state, next) => withInterval(state, next, COMPARISON_DEFAULTS), from);

export const times = (count: number, each: Interval): readonly Interval[] =>
  Array.from({ length: count }, () => each);

export const verdictAfter = (intervals: readonly Interval[]): Verdict =>
  judge(compared(intervals), COMPARISON_DEFAULTS);

/** The first interval (from 1) after which there is a verdict; null where there is none. */
export function firstVerdict(
  intervals: readonly Interval[],
): { readonly verdict: Verdict['verdict']; readonly interval: number } | null {
  let state = NOTHING_COMPARED;
  for (const [at, next] of intervals.entries()) {
    state = withInterval(state, next, COMPARISON_DEFAULTS);
    const { verdict } = judge(state, COMPARISON_DEFAULTS);
    if (verdict !== 'undecided') return { verdict, interval: at + 1 };
  }
  return null;
}
