// What `npm run sim` is asked for: one of its runs, with the options that belong to it. An option that would do
// nothing in that run is refused: whoever gives it believes that it does something.

import { FAULT_KINDS, type FaultKind } from '../../src/sim/faults/fault.ts';
import { givenOptions, wholeNumber } from './given-options.ts';
import type { ScenarioJob } from './scenarios/share.ts';

export type Order =
  | {
      readonly run: 'seeds';
      readonly seeds: number;
      readonly from: number;
      readonly jobs: number;
      readonly kinds: readonly FaultKind[] | null;
    }
  | { readonly run: 'replay'; readonly seed: number; readonly kinds: readonly FaultKind[] | null }
  | {
      readonly run: 'scenario';
      /** Names with commas between them, or `all`. */
      readonly name: string;
      readonly pairs: ScenarioJob['pairs'];
      readonly jobs: number;
    }
  | { readonly run: 'transcript'; readonly name: string; readonly crash: string }
  | { readonly run: 'diaries' }
  | { readonly run: 'help' };

type Run = Exclude<Order['run'], 'help'>;

export const OPTIONS = {
  seeds: { type: 'string' },
  from: { type: 'string' },
  faults: { type: 'string' },
  jobs: { type: 'string' },
  replay: { type: 'string' },
  scenario: { type: 'string' },
  crash: { type: 'string' },
  pairs: { type: 'boolean' },
  product: { type: 'boolean' },
  'write-diaries': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;
type Option = keyof typeof OPTIONS;

const TAKES: Readonly<Record<Run, readonly Option[]>> = {
  seeds: ['seeds', 'from', 'faults', 'jobs'],
  replay: ['replay', 'faults'],
  scenario: ['scenario', 'pairs', 'product', 'jobs'],
  transcript: ['scenario', 'crash'],
  diaries: ['write-diaries'],
};
const RUNS: readonly Run[] = ['seeds', 'replay', 'scenario', 'transcript', 'diaries'];
const NAMES: Readonly<Record<Run, string>> = {
  seeds: 'worlds by seeds',
  replay: '--replay',
  scenario: '--scenario',
  transcript: '--scenario NAME --crash POINTS',
  diaries: '--write-diaries',
};
/** Each of these asks for a run of its own. */
const ASKING: readonly Option[] = ['replay', 'scenario', 'write-diaries'];

/** The kinds of faults that a text names; null: all. */
function kindsOf(text: string | undefined): readonly FaultKind[] | null {
  if (text === undefined) return null;
  const names = text.split(',');
  const unknown = names.find((name) => !FAULT_KINDS.some((kind) => kind === name));
  if (unknown !== undefined)
    throw new Error(`there is no fault "${unknown}"; there are: ${FAULT_KINDS.join(', ')}`);
  return FAULT_KINDS.filter((kind) => names.includes(kind));
}

function runOf(options: ReadonlyMap<Option, string>): Run {
  const asked = ASKING.filter((name) => options.has(name));
  if (asked.length > 1)
    throw new Error(`${asked.map((name) => `--${name}`).join(' and ')} are runs of their own: ask for one`);
  const [name] = asked;
  if (name === 'replay') return 'replay';
  if (name === 'scenario') return options.has('crash') ? 'transcript' : 'scenario';
  return name === 'write-diaries' ? 'diaries' : 'seeds';
}

function refuseWhatDoesNothing(run: Run, options: ReadonlyMap<Option, string>): void {
  for (const name of options.keys()) {
    if (TAKES[run].includes(name)) continue;
    const owners = RUNS.filter((each) => TAKES[each].includes(name)).map((each) => NAMES[each]);
    throw new Error(`--${name} does nothing with ${NAMES[run]}: it belongs to ${owners.join(' and to ')}`);
  }
  if (options.has('pairs') && options.has('product'))
    throw new Error('--product tries all that --pairs tries and more: give one of them');
}

/** Throws a sentence for whoever asked. */
export function readOrder(args: readonly string[]): Order {
  const options = givenOptions(args, OPTIONS);
  if (options.has('help')) return { run: 'help' };
  const run = runOf(options);
  refuseWhatDoesNothing(run, options);
  const kinds = kindsOf(options.get('faults'));
  const jobs = wholeNumber('jobs', options.get('jobs') ?? '2', 1);
  const name = options.get('scenario') ?? '';
  switch (run) {
    case 'seeds': {
      const seeds = wholeNumber('seeds', options.get('seeds') ?? '200', 1);
      return { run, seeds, from: wholeNumber('from', options.get('from') ?? '1', 0), jobs, kinds };
    }
    case 'replay':
      return { run, seed: wholeNumber('replay', options.get('replay') ?? '', 0), kinds };
    case 'scenario': {
      const pairs = options.has('product') ? 'product' : options.has('pairs') ? 'unacknowledged' : 'none';
      return { run, name, pairs, jobs };
    }
    case 'transcript':
      return { run, name, crash: options.get('crash') ?? '' };
    case 'diaries':
      return { run };
    default:
      return run satisfies never;
  }
}
