// A verdict in one sentence, as `status`, `why` and a commit status show it.

import type { ErrorShare, Findings, Verdict } from './judge.ts';
import type { Percentile } from './percentile.ts';

const counted = (n: number): string => Math.floor(n).toLocaleString('en');
const times = (n: number): string => (n === 1 ? 'once' : `${counted(n)} times`);

function percent({ errors, requests }: ErrorShare): string {
  const value = (100 * errors) / requests;
  return `${value === 0 ? '0' : value < 0.1 ? value.toPrecision(1) : value.toFixed(1)} %`;
}

const sharesOf = (canary: ErrorShare, stable: ErrorShare): string =>
  `${percent(canary)} of ${counted(canary.requests)} requests against ${percent(stable)} of ${counted(stable.requests)}`;

function latency(value: Percentile | null): string {
  if (value === null) return 'nothing';
  if (value.errorMs === null) return `more than ${counted(value.valueMs)} ms`;
  return `${value.valueMs < 10 ? value.valueMs.toFixed(1) : counted(Math.round(value.valueMs))} ms`;
}

type Standing = Findings['errors']['standing'];

const JUDGED: Readonly<Record<Standing, string>> = {
  worse: 'worse',
  noWorse: 'no worse',
  unclear: 'not yet clear',
};

type Clause = readonly [Standing, string];

/** In order of what matters most to who reads it. */
function clauses({ errors, latency: typical, tail }: Findings, needed: number): readonly Clause[] {
  const told = (what: string, { standing, worse, noWorse }: Findings[keyof Findings]): Clause => {
    const evidence = counted(standing === 'worse' ? worse : noWorse);
    return [standing, `${what}: ${JUDGED[standing]} (e-value ${evidence} of ${counted(needed)} needed)`];
  };
  return [
    told(`5xx ${sharesOf(errors.canary, errors.stable)}`, errors),
    told(`median ${latency(typical.canary)} against ${latency(typical.stable)}`, typical),
    told(`p99 ${latency(tail.canary)} against ${latency(tail.stable)}`, tail),
  ];
}

/** Only what the verdict rests on. */
const weighingSentence = (findings: Findings, needed: number, shown: Standing): string =>
  clauses(findings, needed)
    .filter(([standing]) => standing === shown)
    .map(([, clause]) => clause)
    .join('; ');

export function verdictSentence(verdict: Verdict): string {
  switch (verdict.why) {
    case 'crashed': {
      const { restarts, outOfMemoryKills } = verdict;
      const ends = [
        ...(outOfMemoryKills > 0 ? [`killed ${times(outOfMemoryKills)} for want of memory`] : []),
        ...(restarts > 0 ? [`restarted ${times(restarts)}`] : []),
      ];
      return `the canary was ${ends.join(' and ')}`;
    }
    case 'fewSamples': {
      const { canaryRequests, stableRequests, minSamples } = verdict;
      return `too few requests to judge: ${counted(canaryRequests)} against ${counted(stableRequests)}, and ${counted(minSamples)} needed of each`;
    }
    case 'worse':
    case 'noWorse':
    case 'unclear':
      return weighingSentence(verdict.findings, verdict.neededEvidence, verdict.why);
    default:
      return verdict satisfies never;
  }
}
