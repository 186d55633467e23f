// How one run of a service looks to a person: what `plimsoll rollout describe` prints.

import type { CanaryAnswer, RolloutAnswer, ServiceAnswer } from '../api/client.ts';
import { table } from './table.ts';
import { harmless, type Terminal } from './terminal.ts';
import { ago, clockTime, paintState, shortCommit } from './wording.ts';

export type RolloutDescription = Pick<ServiceAnswer, 'namespace' | 'name' | 'phase' | 'because' | 'rollout'>;

type Line = (name: string, value: string) => void;
type Step = CanaryAnswer['steps'][number];

const NO_STEPS = 'none: it replaces replicas as it can';

const endsOf = ({ restarts, outOfMemoryKills }: CanaryAnswer): string =>
  outOfMemoryKills === 0 ? String(restarts) : `${restarts}, ${outOfMemoryKills} of them out of memory`;

function printRun(terminal: Terminal, line: Line, run: RolloutAnswer, now: number): void {
  const kind = `${run.sequence}, a ${run.kind} from ${run.from ?? 'nothing'} to ${run.to}`;
  line('run', `${kind}, commit ${shortCommit(run.commit)}`);
  line('state', `${paintState(terminal, run.phase)}: ${harmless(run.because)}`);
  line('started', `${clockTime(run.startedAt)}, ${ago(run.startedAt, now)}`);
  if (run.endedAt !== null) line('ended', `${clockTime(run.endedAt)}, ${ago(run.endedAt, now)}`);
}

function printStanding(terminal: Terminal, line: Line, canary: CanaryAnswer, now: number): void {
  const { requestsPercent, verdict } = canary;
  line('steps', harmless(canary.because));
  if (requestsPercent !== null) line('requests', `${requestsPercent} of 100 go to the new revision`);
  if (verdict !== null) {
    const state = terminal.paint(VERDICTS[verdict.verdict] ?? 'yellow', verdict.verdict);
    line('verdict', `${state}, ${ago(verdict.at, now)}: ${harmless(verdict.because)}`);
  }
  line('restarts', `${endsOf(canary)} (of the new revision, by themselves)`);
}

const VERDICTS: Readonly<Record<string, 'green' | 'red'>> = { pass: 'green', fail: 'red' };

const STATES: Readonly<Record<string, string>> = {
  next: 'to come',
  stopped: 'ended here',
  skipped: 'not reached',
};

function printSteps(terminal: Terminal, steps: readonly Step[]): void {
  const rows = steps.map(({ step, state, at, because }, number) => [
    String(number + 1),
    step ?? '?',
    state === 'current' ? terminal.paint('bold', state) : (STATES[state] ?? state),
    at === null ? '–' : clockTime(at),
    because === null ? '' : harmless(because),
  ]);
  terminal.print(`\n${table(['#', 'STEP', 'STATE', 'SINCE', 'BECAUSE'], rows)}`);
}

const shareOf = ({ requests, errors }: { requests: number; errors: number }): readonly string[] => [
  requests.toLocaleString('en'),
  errors.toLocaleString('en'),
];

function printMeasured(terminal: Terminal, measured: CanaryAnswer['measured']): void {
  if (measured.length === 0) return;
  const rows = measured.map(({ at, canary, stable, gaps }) => [
    clockTime(at),
    ...shareOf(canary),
    ...shareOf(stable),
    harmless(gaps.join('; ')),
  ]);
  const heading = ['MEASURED', 'NEW', 'ERRORS', 'STABLE', 'ERRORS', 'NOT COUNTED'];
  terminal.print(`\n${table(heading, rows)}`);
}

/** `now`: the present instant. */
export function printRollout(terminal: Terminal, description: RolloutDescription, now: number): void {
  const { namespace, name, rollout } = description;
  const line: Line = (title, value) => terminal.print(`${`${title}:`.padEnd(12)} ${value}`);
  line('service', terminal.paint('bold', `${namespace}/${name}`));
  if (rollout === null) {
    line('run', 'none yet');
    return;
  }
  printRun(terminal, line, rollout, now);
  const { canary } = rollout;
  if (canary === null) {
    line('steps', NO_STEPS);
    return;
  }
  printStanding(terminal, line, canary, now);
  printSteps(terminal, canary.steps);
  printMeasured(terminal, canary.measured);
}
