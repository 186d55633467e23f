// Several metrics, one decision: who fails decides, and all must pass. A dry run is told beside it.

import type { FixedVerdict } from './fixed-metric.ts';
import type { Verdict } from './judge.ts';

export type Decision = 'pass' | 'fail' | 'inconclusive' | 'undecided';

/** `comparison`: null where the analysis does not compare. Where nothing decides nothing passes. */
export function decideTogether(comparison: Verdict | null, fixed: readonly FixedVerdict[]): Decision {
  const verdicts: readonly Decision[] = [
    ...(comparison === null ? [] : [comparison.verdict]),
    ...fixed.filter(({ decides }) => decides).map(({ verdict }) => verdict),
  ];
  if (verdicts.includes('fail')) return 'fail';
  if (verdicts.includes('inconclusive')) return 'inconclusive';
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === 'pass') ? 'pass' : 'undecided';
}
