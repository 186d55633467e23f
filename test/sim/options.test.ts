// `npm run sim` does what it is asked for, and refuses what would do nothing.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { OPTIONS, readOrder } from './options.ts';
import { USAGE } from './usage.ts';

const MANUAL = readFileSync(join(import.meta.dirname, '../../src/docs/simulation.md'), 'utf8');

const read = (line: string) => readOrder(line.split(' ').filter((word) => word !== ''));

it.each([
  ['', { run: 'seeds', seeds: 200, from: 1, jobs: 2, kinds: null }],
  [
    '--seeds 5 --from 0 --jobs 1 --faults crash,cut',
    { run: 'seeds', seeds: 5, from: 0, jobs: 1, kinds: ['crash', 'cut'] },
  ],
  ['--replay 161 --faults=cut', { run: 'replay', seed: 161, kinds: ['cut'] }],
  ['--scenario surge', { run: 'scenario', name: 'surge', pairs: 'none', jobs: 2 }],
  ['--scenario all --pairs', { run: 'scenario', name: 'all', pairs: 'unacknowledged', jobs: 2 }],
  ['--scenario all --product --jobs 4', { run: 'scenario', name: 'all', pairs: 'product', jobs: 4 }],
  ['--scenario surge --crash 17:before', { run: 'transcript', name: 'surge', crash: '17:before' }],
  ['--scenario surge --crash=', { run: 'transcript', name: 'surge', crash: '' }],
  ['--write-diaries', { run: 'diaries' }],
  ['--help', { run: 'help' }],
  ['-h --seeds 5', { run: 'help' }],
])('"%s"', (line, order) => {
  expect(read(line)).toEqual(order);
});

it.each([
  ['--pairs', '--pairs does nothing with worlds by seeds: it belongs to --scenario'],
  [
    '--crash 1:sent',
    '--crash does nothing with worlds by seeds: it belongs to --scenario NAME --crash POINTS',
  ],
  ['--scenario surge --seeds 5', '--seeds does nothing with --scenario: it belongs to worlds by seeds'],
  [
    '--scenario surge --faults cut',
    '--faults does nothing with --scenario: it belongs to worlds by seeds and to --replay',
  ],
  ['--from 5 --replay 3', '--from does nothing with --replay: it belongs to worlds by seeds'],
  [
    '--scenario surge --crash 1:sent --pairs',
    '--pairs does nothing with --scenario NAME --crash POINTS: it belongs to --scenario',
  ],
  ['--replay 3 --scenario surge', '--replay and --scenario are runs of their own: ask for one'],
  ['--scenario all --pairs --product', '--product tries all that --pairs tries and more: give one of them'],
  ['--seeds -5', '--seeds takes a whole number from 1 on, and not "-5"'],
  ['--replay -1', '--replay takes a whole number from 0 on, and not "-1"'],
  ['--replay', '--replay needs a value'],
  ['--scenario --pairs', '--scenario needs a value'],
  ['--pairs=3 --scenario all', '--pairs takes no value'],
  ['--fault cut', 'there is no option --fault; --help names all'],
  ['161', '"161" belongs to no option'],
])('"%s" is refused', (line, sentence) => {
  expect(() => read(line)).toThrow(new Error(sentence));
});

it.each(Object.keys(OPTIONS).filter((name) => name !== 'help'))(
  '--%s is in the usage and in the manual',
  (name) => {
    expect(USAGE).toContain(`  --${name} `.trimEnd());
    expect(MANUAL).toContain(` --${name}`);
  },
);
