// Many canaries of one effect, each judged every 30 s until there is a verdict or its time is over.

import { exactInterval, type ShareInterval } from '../../src/analysis/binomial-interval.ts';
import { NOTHING_COMPARED, withInterval } from '../../src/analysis/comparison.ts';
import { judge, type Verdict } from '../../src/analysis/judge.ts';
import type { RequestCounts } from '../../src/analysis/measurement.ts';
import { COMPARISON_DEFAULTS, type ComparisonSpec } from '../../src/analysis/spec.ts';
import type { Random } from '../../src/ports/clock.ts';
import { randomStream } from '../../src/sim/core/random.ts';
import { arrivals, binomial, histogram } from './canary-draws.ts';
import { anyService, type Behaviour, type Effect } from './canary-effects.ts';
import { median } from './statistics.ts';

export interface Traffic {
  readonly name: string;
  readonly meaning: string;
  readonly canaryPerLook: number;
  readonly stablePerLook: number;
  readonly looks: number;
}

const LOOK_MINUTES = 0.5;

interface Judged {
  readonly verdict: Verdict['verdict'];
  readonly minutes: number;
}

function countsOf(random: Random, behaviour: Behaviour, expected: number): RequestCounts {
  const { errorShare, errorsPerFault, latency } = behaviour;
  const requests = arrivals(random, expected);
  return {
    requests,
    errors: errorsPerFault * binomial(random, Math.floor(requests / errorsPerFault), errorShare),
    latencies: histogram(random, requests, latency),
  };
}

function judgeOne(random: Random, effect: Effect, traffic: Traffic, spec: ComparisonSpec): Judged {
  const service = anyService(random);
  const [canaryAt, stableAt] = [effect.canary(service), effect.stable(service)];
  let comparison = NOTHING_COMPARED;
  for (let look = 0; look < traffic.looks; look += 1) {
    const [canary, stable] = [canaryAt(look), stableAt(look)];
    comparison = withInterval(
      comparison,
      {
        canary: countsOf(random, canary, traffic.canaryPerLook),
        stable: countsOf(random, stable, traffic.stablePerLook),
        restarts: 0,
        outOfMemoryKills: canary.kills,
      },
      spec,
    );
    const { verdict } = judge(comparison, spec);
    if (verdict !== 'undecided') return { verdict, minutes: (look + 1) * LOOK_MINUTES };
  }
  return { verdict: 'undecided', minutes: traffic.looks * LOOK_MINUTES };
}

export interface Outcome {
  readonly canaries: number;
  readonly passed: number;
  readonly failed: number;
  readonly undecided: number;
  readonly wrong: number;
  readonly wrongShare: ShareInterval;
  /** Of the canaries that got a verdict; NaN where none did. */
  readonly medianMinutes: number;
}

export function judgeMany(
  effect: Effect,
  traffic: Traffic,
  canaries: number,
  seed: number,
  spec = COMPARISON_DEFAULTS,
): Outcome {
  const judged = Array.from({ length: canaries }, (_, at) =>
    judgeOne(randomStream(seed, `${effect.name}/${traffic.name}/${at}`), effect, traffic, spec),
  );
  const count = (of: Verdict['verdict']): number => judged.filter(({ verdict }) => verdict === of).length;
  const [passed, failed, undecided] = [count('pass'), count('fail'), count('undecided')];
  const wrong = effect.truth === 'good' ? failed : passed;
  return {
    canaries,
    passed,
    failed,
    undecided,
    wrong,
    wrongShare: exactInterval(wrong, canaries),
    medianMinutes: median(judged.filter((j) => j.verdict !== 'undecided').map(({ minutes }) => minutes)),
  };
}
