// When the test command may say that all is well, and what its last line is.

import { expect, test } from 'vitest';
import { addUp, closingWords, isSuccess } from './outcome.ts';

const good = { passed: 3, failed: [], skipped: [] };
const bad = { passed: 1, failed: ['a > b'], skipped: [] };
const partial = { passed: 2, failed: [], skipped: [{ name: 'c > d', because: 'needs root' }] };
const empty = { passed: 0, failed: [], skipped: [] };

test.each([
  ['all passed', good, { here: true, ci: true }],
  ['one failed', bad, { here: false, ci: false }],
  ['one skipped', partial, { here: true, ci: false }],
  ['nothing ran', empty, { here: false, ci: false }],
])('%s', (_, outcome, success) => {
  expect({ here: isSuccess(outcome, false), ci: isSuccess(outcome, true) }).toEqual(success);
});

test('the closing words name what failed and what was skipped, and end with the counts', () => {
  const lines = closingWords(addUp([good, bad, partial]), false).split('\n');
  expect(lines).toEqual([
    '',
    'Failed:',
    '  a > b',
    '',
    'Skipped on this machine:',
    '  needs root',
    '    c > d',
    '',
    '6 passed, 1 failed, 1 skipped',
  ]);
});
