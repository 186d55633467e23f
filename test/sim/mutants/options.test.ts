// `npm run sim:mutants` does what it is asked for, and refuses what it does not know.

import { expect, it } from 'vitest';
import { OPTIONS, readMutantsOrder, USAGE } from './options.ts';

const read = (line: string) => readMutantsOrder(line.split(' ').filter((word) => word !== ''));

it.each([
  ['', { seeds: 60, jobs: 2, only: null, isJson: false }],
  ['--seeds 0 --jobs 4 --json', { seeds: 0, jobs: 4, only: null, isJson: true }],
  ['--only lost-hold', { seeds: 60, jobs: 2, only: 'lost-hold', isJson: false }],
  ['--help', null],
])('"%s"', (line, order) => {
  expect(read(line)).toEqual(order);
});

it.each([
  ['--seeds many', '--seeds takes a whole number from 0 on, and not "many"'],
  ['--jobs 0', '--jobs takes a whole number from 1 on, and not "0"'],
  ['--only', '--only needs a value'],
  ['--mutant 3', 'there is no option --mutant; --help names all'],
])('"%s" is refused', (line, sentence) => {
  expect(() => read(line)).toThrow(new Error(sentence));
});

it('the usage names every option', () => {
  for (const name of Object.keys(OPTIONS)) if (name !== 'help') expect(USAGE).toContain(`  --${name} `);
});
