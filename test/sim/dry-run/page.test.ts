// The manual's page on the simulation names every invariant and every fault that there is, and no other.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { INVARIANTS } from '../../../src/sim/checks/violation.ts';
import { FAULT_KINDS } from '../../../src/sim/faults/fault.ts';
import { ROOT } from '../../cli/command-line.ts';

const page = readFileSync(join(ROOT, 'src/docs/simulation.md'), 'utf8');
const [, faults = ''] = page.split('### What goes wrong');

it('names every invariant', () => {
  const named = [...page.matchAll(/^\| (I\d+) \|/gm)].map(([, id]) => id);
  expect(named).toEqual(Object.keys(INVARIANTS));
});

it('names every fault by which `--faults` chooses it', () => {
  const named = [...faults.matchAll(/`([a-zA-Z]+)`/g)].map(([, kind]) => kind);
  expect(named.toSorted()).toEqual(FAULT_KINDS.toSorted());
});
