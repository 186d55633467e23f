// Tells of violations: what the invariant says, what broke it, and the shortest story in which it breaks.

import { INVARIANTS, type Invariant } from '../../src/sim/checks/violation.ts';
import type { FaultKind, PlannedFault } from '../../src/sim/faults/fault.ts';
import type { Verdict } from '../../src/sim/run/verdict.ts';
import type { FailingSeed } from './seeds.ts';

/** `I3 (an object without our labels is never touched)`. */
const invariantText = (invariant: Invariant): string =>
  `${invariant} (${invariant === 'crash' ? 'an error that nothing may throw' : INVARIANTS[invariant]})`;

type Broken = Pick<Verdict, 'invariant' | 'message'>;

export const violationText = ({ invariant, message }: Broken): string =>
  `${invariantText(invariant)}: ${message}`;

export const seedText = ({ seed, violation }: FailingSeed): string =>
  `✘ seed ${seed}: ${violationText(violation)}`;

export interface Explanation {
  readonly seed: number;
  readonly kinds: readonly FaultKind[] | null;
  readonly healAtMs: number;
  /** All faults of the seed, and what they led to. */
  readonly faults: readonly PlannedFault[];
  readonly violation: Broken;
  /** Those of them that are enough, and what these lead to. */
  readonly story: readonly PlannedFault[];
  readonly inStory: Broken;
}

export function explanationText(of: Explanation): string {
  const { seed, kinds, healAtMs, faults, violation, story, inStory } = of;
  const lines = [`✘ seed ${seed}: ${violationText(violation)}`];
  for (const { atMs, fault } of story) lines.push(`    at ${atMs / 1_000} s ${JSON.stringify(fault)}`);
  const enough =
    story.length === 0 ? 'no fault is needed' : `${story.length} of ${faults.length} faults are enough`;
  lines.push(`    healed at ${healAtMs / 1_000} s; ${enough}`);
  if (inStory.message !== violation.message)
    lines.push(`    with these alone ${inStory.invariant} breaks in other words: ${inStory.message}`);
  const same = kinds === null ? '' : ` --faults ${kinds.join(',')}`;
  lines.push(`    all of them as a transcript: npm run sim -- --replay ${seed}${same}`);
  return lines.join('\n');
}

/** Those whose story is not made shorter. */
export const restText = (rest: readonly FailingSeed[]): string =>
  `✘ and ${rest.length} more, told above as they were found: seeds ${rest.map(({ seed }) => seed).join(', ')}`;
