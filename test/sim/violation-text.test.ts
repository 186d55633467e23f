// Whoever reads of a violation learns what the invariant says, and is told what the shortest story shows
// otherwise than the seed did.

import { expect, it } from 'vitest';
import type { PlannedFault } from '../../src/sim/faults/fault.ts';
import { type Explanation, explanationText, restText, seedText, violationText } from './violation-text.ts';

const I4 = { invariant: 'I4', message: '5 of web run where 4 are allowed' } as const;
const planned = (id: number, atMs: number): PlannedFault => ({ id, atMs, fault: { kind: 'commit' } });
const EXPLANATION: Explanation = {
  seed: 7,
  kinds: ['commit', 'cut'],
  healAtMs: 110_000,
  faults: [planned(0, 5_000), planned(1, 6_500)],
  violation: I4,
  story: [planned(1, 6_500)],
  inStory: I4,
};

it('an invariant is told with what it says', () => {
  expect(violationText(I4)).toBe(
    'I4 (ready replicas stay within what the rollout allows): 5 of web run where 4 are allowed',
  );
  expect(violationText({ invariant: 'crash', message: 'TypeError' })).toBe(
    'crash (an error that nothing may throw): TypeError',
  );
});

it('a violation is explained by its shortest story', () => {
  expect(explanationText(EXPLANATION).split('\n')).toEqual([
    `✘ seed 7: ${violationText(I4)}`,
    '    at 6.5 s {"kind":"commit"}',
    '    healed at 110 s; 1 of 2 faults are enough',
    '    all of them as a transcript: npm run sim -- --replay 7 --faults commit,cut',
  ]);
});

it('a violation that needs no fault says so', () => {
  expect(explanationText({ ...EXPLANATION, story: [] })).toContain('healed at 110 s; no fault is needed\n');
});

it('a shortest story that breaks the invariant otherwise says so', () => {
  const inStory = { ...I4, message: '0 of api are ready where 1 must be' };
  expect(
    explanationText({ ...EXPLANATION, inStory, kinds: null })
      .split('\n')
      .slice(-2),
  ).toEqual([
    '    with these alone I4 breaks in other words: 0 of api are ready where 1 must be',
    '    all of them as a transcript: npm run sim -- --replay 7',
  ]);
});

it('seeds that are not explained are named', () => {
  const failing = [7, 12].map((seed) => ({ seed, violation: { ...I4, atMs: 1 } }));
  expect(failing.map(seedText)).toEqual([
    `✘ seed 7: ${violationText(I4)}`,
    `✘ seed 12: ${violationText(I4)}`,
  ]);
  expect(restText(failing)).toBe('✘ and 2 more, told above as they were found: seeds 7, 12');
});
