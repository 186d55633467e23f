// A metric that is held against fixed thresholds, measurement by measurement, with the limits of Argo
// Rollouts: with `fail: 2` the third failure ends it. Unlike there neither an error nor missing data ever
// counts towards passing (argo-rollouts #1466, #4479), but where a metric asks for that of missing data.

import { isMet, type Threshold, thresholdText } from './threshold.ts';

export interface Limit {
  /** So many are borne; one more ends it. */
  readonly most: number;
  /** consecutive: a measurement of another kind begins the count anew. */
  readonly counted: 'total' | 'consecutive';
}

export interface FixedMetricSpec {
  readonly name: string;
  readonly pass: Threshold;
  /** Null: what does not pass fails. Where both thresholds are met it is a failure. */
  readonly fail: Threshold | null;
  readonly limits: { readonly fail: Limit; readonly error: Limit; readonly inconclusive: Limit };
  /** Measurements that pass, until the metric does; null: it is watched as long as anybody asks. */
  readonly passesNeeded: number | null;
  /** A measurement over fewer samples says nothing, whatever `noData` says. */
  readonly minSamples: number;
  readonly noData: 'hold' | 'fail' | 'pass';
  /** Measured and told, but it decides nothing. */
  readonly dryRun: boolean;
}

export type Measurement =
  /** `samples`: null where the source does not say how many it has counted. */
  | { readonly kind: 'value'; readonly value: number; readonly samples: number | null }
  | { readonly kind: 'noData' }
  | { readonly kind: 'error'; readonly because: string };

/** held: it says nothing and is counted nowhere. */
export type Phase = 'pass' | 'fail' | 'inconclusive' | 'error' | 'held';

interface Count {
  readonly total: number;
  readonly consecutive: number;
}

export interface FixedMetric {
  readonly passes: number;
  readonly fail: Count;
  readonly error: Count;
  readonly inconclusive: Count;
  readonly last: { readonly measurement: Measurement; readonly phase: Phase } | null;
}

const NONE: Count = { total: 0, consecutive: 0 };
export const NOTHING_MEASURED: FixedMetric = {
  passes: 0,
  fail: NONE,
  error: NONE,
  inconclusive: NONE,
  last: null,
};

function phaseOf(measurement: Measurement, spec: FixedMetricSpec): Phase {
  if (measurement.kind === 'error') return 'error';
  // 0 of 0 requests is how some sources write "no data".
  if (measurement.kind === 'noData' || !Number.isFinite(measurement.value)) {
    return spec.noData === 'hold' ? 'held' : spec.noData;
  }
  const { value, samples } = measurement;
  if (samples !== null && samples < spec.minSamples) return 'held';
  if (spec.fail !== null && isMet(spec.fail, value)) return 'fail';
  if (isMet(spec.pass, value)) return 'pass';
  return spec.fail === null ? 'fail' : 'inconclusive';
}

const counted = ({ total, consecutive }: Count, isAnother: boolean): Count => ({
  total: total + (isAnother ? 1 : 0),
  consecutive: isAnother ? consecutive + 1 : 0,
});

export function withMeasurement(
  before: FixedMetric,
  measurement: Measurement,
  spec: FixedMetricSpec,
): FixedMetric {
  const phase = phaseOf(measurement, spec);
  const last = { measurement, phase };
  if (phase === 'held') return { ...before, last };
  return {
    passes: before.passes + (phase === 'pass' ? 1 : 0),
    fail: counted(before.fail, phase === 'fail'),
    error: counted(before.error, phase === 'error'),
    inconclusive: counted(before.inconclusive, phase === 'inconclusive'),
    last,
  };
}

export interface FixedVerdict {
  readonly name: string;
  /** inconclusive: a person has to decide. */
  readonly verdict: 'pass' | 'fail' | 'inconclusive' | 'undecided';
  readonly because: string;
  /** False of a dry run. */
  readonly decides: boolean;
}

const isBeyond = ({ most, counted: by }: Limit, count: Count): boolean => count[by] > most;

/** `failed 3 times in a row, and 2 are borne` */
function beyond(what: string, { most, counted: by }: Limit, count: Count): string {
  const row = by === 'consecutive' ? ' in a row' : '';
  return `${what} ${count[by]} ${count[by] === 1 ? 'time' : 'times'}${row}, and ${most} ${most === 1 ? 'is' : 'are'} borne`;
}

function lastText({ last }: FixedMetric, { pass, noData, minSamples }: FixedMetricSpec): string {
  if (last === null) return 'not measured yet';
  const { measurement, phase } = last;
  if (measurement.kind === 'error') return `the last measurement failed: ${measurement.because}`;
  if (measurement.kind === 'noData' || !Number.isFinite(measurement.value)) return `no data (${noData})`;
  if (phase === 'held') return `${measurement.samples} samples of ${minSamples} needed`;
  return `the last value is ${measurement.value}, and ${thresholdText(pass)} passes`;
}

export function judgeFixed(metric: FixedMetric, spec: FixedMetricSpec): FixedVerdict {
  const { limits, passesNeeded } = spec;
  const told = (verdict: FixedVerdict['verdict'], because: string): FixedVerdict => ({
    name: spec.name,
    verdict,
    because: `${because}; ${lastText(metric, spec)}`,
    decides: !spec.dryRun,
  });
  if (isBeyond(limits.fail, metric.fail)) return told('fail', beyond('failed', limits.fail, metric.fail));
  if (isBeyond(limits.error, metric.error)) {
    return told('fail', beyond('could not be measured', limits.error, metric.error));
  }
  if (isBeyond(limits.inconclusive, metric.inconclusive)) {
    return told('inconclusive', beyond('was inconclusive', limits.inconclusive, metric.inconclusive));
  }
  if (passesNeeded === null) return told('undecided', `${metric.passes} passes`);
  const passed = `${metric.passes} of ${passesNeeded} passes needed`;
  return told(metric.passes > 0 && metric.passes >= passesNeeded ? 'pass' : 'undecided', passed);
}
