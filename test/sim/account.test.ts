// The counts of a run stand in groups that say what they count, and none is left out.

import { expect, it } from 'vitest';
import { NOT_YET } from '../../src/sim/faults/fault.ts';
import { missingFrom, tellCounts } from './account.ts';
import type { SeedsReport } from './seeds.ts';

const report = (worlds: number, counts: Readonly<Record<string, number>>): SeedsReport => ({
  ...{ worlds, events: 0, faults: 0, tookMs: 1, counts: new Map(Object.entries(counts)) },
  ...{ failing: [], repeated: 0, unequal: [] },
});

it('a line before each group says what it counts', () => {
  const counts = { 'store issued': 7, 'said host/fresh': 4, 'fault exits': 2, 'fault cut': 13, oddity: 1 };
  expect(tellCounts(report(1, counts)).split('\n').slice(0, -Object.keys(NOT_YET).length)).toEqual([
    'faults that fell:',
    '        13  fault cut',
    '         2  fault exits',
    '',
    'what some of them led to:',
    '         1  oddity',
    '',
    'what the controller told people:',
    '         4  said host/fresh',
    '',
    'writes of the store, at each stage that they came to:',
    '         7  store issued',
    '',
    'faults that cannot happen yet:',
  ]);
});

it('a fault that never fell in many worlds is missed', () => {
  expect(missingFrom(report(200, { 'fault cut': 1 }), ['cut', 'exits'])).toEqual(['fault exits']);
  expect(missingFrom(report(199, {}), ['cut', 'exits'])).toEqual([]);
});
