// Stories are made shorter without losing what they show.

import { expect, it } from 'vitest';
import type { PlannedFault } from '../../src/sim/faults/fault.ts';
import { shrink } from '../../src/sim/run/shrink.ts';

const story = (count: number): PlannedFault[] =>
  Array.from({ length: count }, (_, id) => ({ id, atMs: id * 1_000, fault: { kind: 'commit' } }));
const ids = (faults: readonly PlannedFault[]): number[] => faults.map(({ id }) => id);
const needs =
  (...needed: number[]) =>
  async (faults: readonly PlannedFault[]) =>
    needed.every((id) => ids(faults).includes(id));

it.each([
  ['one', [7]],
  ['two that lie apart', [1, 14]],
  ['three in a row', [4, 5, 6]],
  ['none', []],
])('to %s of 16', async (_, needed) => {
  expect(ids(await shrink(story(16), needs(...needed), 200))).toEqual(needed);
});

it('stops asking when its budget is spent', async () => {
  let asked = 0;
  const shorter = await shrink(
    story(64),
    async (faults) => {
      asked += 1;
      return needs(3)(faults);
    },
    5,
  );
  expect(asked).toBe(5);
  expect(ids(shorter)).toContain(3);
});
