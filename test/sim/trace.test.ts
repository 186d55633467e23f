// The record of a world names what each line is about, and is the same whether anybody reads it or not.

import { beforeAll, expect, it } from 'vitest';
import type { Fault } from '../../src/sim/faults/fault.ts';
import { runWorld, type WorldEnd } from '../../src/sim/run/run-world.ts';

const FAULTS: readonly Fault[] = [
  { kind: 'crashAtEffect', when: 'unacknowledged', downMs: 500 },
  { kind: 'disconnectsNetwork' },
  { kind: 'approves' },
  { kind: 'gitDown', forMs: 5_000 },
  { kind: 'commit' },
  { kind: 'cut', host: 'h2', way: 'both', forMs: 30_000 },
];

const world = (isTold: boolean): Promise<WorldEnd> => {
  const faults = FAULTS.map((fault, id) => ({ id, atMs: 1_000 + 12_000 * id, fault }));
  return runWorld({ seed: 161, faults, kinds: null, isTold });
};

let end: WorldEnd;
beforeAll(async () => {
  end = await world(true);
});

const linesWith = (what: string): readonly string[] => end.lines.filter((line) => line.includes(what));

it('its hash is that of the same world that nobody reads', async () => {
  expect((await world(false)).hash).toBe(end.hash);
});

it.each([
  ['commit/accepted', /^\S+ {2}controller \d+ commit\/accepted (main|shop): /],
  ['host/fresh', /^\S+ {2}controller \d+ host\/fresh h\d: /],
  ['host/unreachable', /^\S+ {2}controller \d+ host\/unreachable h2: /],
  ['rollout/started', /^\S+ {2}controller \d+ rollout\/started shop\/\w+: /],
  ['service/ready', /^\S+ {2}controller \d+ service\/ready shop\/\w+: \d of \d/],
  ['action/started', /^\S+ {2}controller \d+ action\/started \S+( on h\d)?: /],
  ['"disconnectsNetwork"', /^\S+ {2}fault {"kind":"disconnectsNetwork"}: h\d: shop\.\w+\.\w+\.\d\.\d$/],
  ['"approves"', /^\S+ {2}fault {"kind":"approves"}: whatever is held$/],
  ['  approved', / {4}approved: nothing was held$/],
  ['is killed', /^\S+ {2}controller 1 is killed before the answer to \w+ \S+ on h\d$/],
  ['  gitDown', / {4}gitDown: \S+/],
  ['store: ', /^\S+ {2}store: \S+/],
] as const)('a line of %s has its names', (what, line) => {
  const found = linesWith(what);
  expect(found.length).toBeGreaterThan(0);
  for (const each of found) expect(each).toMatch(line);
});

it('a write of the audit alone is told as such, and digests are short', () => {
  expect(linesWith('store: the audit').length).toBeGreaterThan(0);
  expect(end.lines.filter((line) => /[0-9a-f]{64}/.test(line))).toEqual([]);
  expect(linesWith('@sha256:').length).toBeGreaterThan(0);
});
