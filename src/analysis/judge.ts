// The verdict on a canary, with the numbers that led to it. A canary passes only when it has been shown to be
// no worse in every respect: not finding a difference is no reason, and no data never passes.

import type { Comparison } from './comparison.ts';
import { type Evidence, eValue } from './evidence.ts';
import { probabilitySlower } from './latency-comparison.ts';
import { type LatencyHistogram, sizeOf } from './measurement.ts';
import { type Percentile, percentile } from './percentile.ts';
import type { ComparisonSpec } from './spec.ts';

interface Weighed {
  readonly standing: 'worse' | 'noWorse' | 'unclear';
  /** e-values: how much speaks for "relevantly worse", and for "not relevantly worse". */
  readonly worse: number;
  readonly noWorse: number;
}

export interface ErrorShare {
  readonly errors: number;
  readonly requests: number;
}

export interface ErrorFinding extends Weighed {
  readonly canary: ErrorShare;
  readonly stable: ErrorShare;
}

/** Null: there was no request. */
export interface LatencyFinding extends Weighed {
  readonly canary: Percentile | null;
  readonly stable: Percentile | null;
}

export interface Findings {
  readonly errors: ErrorFinding;
  /** The percentiles are medians. */
  readonly latency: LatencyFinding & {
    /** How probably a request of the canary takes relevantly longer than one of the stable revision. */
    readonly probabilitySlower: number | null;
  };
  /** The percentiles are 99th. */
  readonly tail: LatencyFinding;
}

interface Weighing {
  readonly findings: Findings;
  readonly neededEvidence: number;
}

export type Verdict =
  /** Its containers ended by themselves: no statistics needed. */
  | {
      readonly verdict: 'fail';
      readonly why: 'crashed';
      readonly restarts: number;
      readonly outOfMemoryKills: number;
    }
  | ({ readonly verdict: 'fail'; readonly why: 'worse' } & Weighing)
  | ({ readonly verdict: 'pass'; readonly why: 'noWorse' } & Weighing)
  | ({ readonly verdict: 'undecided'; readonly why: 'unclear' } & Weighing)
  | {
      readonly verdict: 'undecided';
      readonly why: 'fewSamples';
      readonly canaryRequests: number;
      readonly stableRequests: number;
      readonly minSamples: number;
    };

function weighed(evidence: Evidence, needed: number): Weighed {
  const [worse, noWorse] = [eValue(evidence.worse), eValue(evidence.noWorse)];
  const standing = worse >= needed ? 'worse' : noWorse >= needed ? 'noWorse' : 'unclear';
  return { standing, worse, noWorse };
}

function probabilityOf(
  canary: LatencyHistogram,
  stable: LatencyHistogram,
  { latency }: ComparisonSpec,
): number | null {
  if (sizeOf(canary) === 0 || sizeOf(stable) === 0) return null;
  return probabilitySlower(canary, stable, latency);
}

function findingsOf({ canary, stable, errors, latency, tail }: Comparison, spec: ComparisonSpec): Findings {
  const needed = spec.neededEvidence;
  const percentiles = (share: number): { canary: Percentile | null; stable: Percentile | null } => ({
    canary: percentile(canary.latencies, share),
    stable: percentile(stable.latencies, share),
  });
  return {
    errors: {
      ...weighed(errors, needed),
      canary: { errors: canary.errors, requests: canary.requests },
      stable: { errors: stable.errors, requests: stable.requests },
    },
    latency: {
      ...weighed(latency, needed),
      ...percentiles(0.5),
      probabilitySlower: probabilityOf(canary.latencies, stable.latencies, spec),
    },
    tail: { ...weighed(tail, needed), ...percentiles(0.99) },
  };
}

/** May be asked after every interval: looking often does not make a wrong verdict likelier. */
export function judge(comparison: Comparison, spec: ComparisonSpec): Verdict {
  const { canary, stable, restarts, outOfMemoryKills } = comparison;
  const { minSamples, neededEvidence } = spec;
  if (restarts > 0 || outOfMemoryKills > 0) {
    return { verdict: 'fail', why: 'crashed', restarts, outOfMemoryKills };
  }
  if (Math.min(canary.requests, stable.requests) < Math.max(1, minSamples)) {
    return {
      verdict: 'undecided',
      why: 'fewSamples',
      canaryRequests: canary.requests,
      stableRequests: stable.requests,
      minSamples,
    };
  }
  const findings = findingsOf(comparison, spec);
  const standings = [findings.errors, findings.latency, findings.tail].map(({ standing }) => standing);
  const weighing = { findings, neededEvidence };
  if (standings.includes('worse')) return { verdict: 'fail', why: 'worse', ...weighing };
  if (standings.every((standing) => standing === 'noWorse')) {
    return { verdict: 'pass', why: 'noWorse', ...weighing };
  }
  return { verdict: 'undecided', why: 'unclear', ...weighing };
}
