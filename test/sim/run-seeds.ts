// `npm run sim -- --seeds 1000 [--from 1] [--faults cut,crash] [--jobs 2]`: worlds by seeds, with progress, counts
// of every fault and effect, and for each violation the shortest story and the command that shows it.

import { plural } from '../../src/cli/wording.ts';
import type { FaultKind } from '../../src/sim/faults/fault.ts';
import { runWorld } from '../../src/sim/run/run-world.ts';
import { shrink } from '../../src/sim/run/shrink.ts';
import type { Verdict } from '../../src/sim/run/verdict.ts';
import { missingFrom, tellCounts, tellFigures } from './account.ts';
import type { Order } from './options.ts';
import { type FailingSeed, playSeeds, type SeedsProgress } from './seeds.ts';
import { explanationText, restText, seedText } from './violation-text.ts';

const SHRINK_BUDGET = 60;
/** Each takes up to so many worlds as the budget of shrinking has. */
const EXPLAINED = 5;

type SeedsRun = Extract<Order, { run: 'seeds' }>;

/** Prints one world as a transcript. */
export async function replay(seed: number, kinds: readonly FaultKind[] | null): Promise<number> {
  const end = await runWorld({
    seed,
    faults: null,
    kinds: kinds === null ? null : new Set(kinds),
    isTold: true,
  });
  console.log(end.lines.join('\n'));
  console.log(
    `\n${end.violation === null ? 'every invariant held' : '✘ violated'}; ${end.events} events, trace ${end.hash}`,
  );
  return end.violation === null ? 0 : 1;
}

async function explain({ seed, violation }: FailingSeed, kinds: SeedsRun['kinds']): Promise<string> {
  const plan = { seed, kinds: kinds === null ? null : new Set(kinds), isTold: false };
  const { faults, healAtMs } = await runWorld({ ...plan, faults: null });
  let inStory: Verdict = violation;
  const story = await shrink(
    faults,
    async (fewer) => {
      const found = (await runWorld({ ...plan, faults: fewer })).violation;
      if (found?.invariant !== violation.invariant) return false;
      inStory = found;
      return true;
    },
    SHRINK_BUDGET,
  );
  return explanationText({ seed, kinds, healAtMs, faults, violation, story, inStory });
}

const tellProgress =
  (seeds: number) =>
  ({ worlds, violations, worldsPerS }: SeedsProgress): void =>
    console.log(
      `${worlds} of ${seeds} worlds, ${worldsPerS.toFixed(1)} per second, ${plural(violations, 'violation')}`,
    );

const tellViolation = (failing: FailingSeed): void => console.log(seedText(failing));

export async function runSeeds({ seeds, from, jobs, kinds }: SeedsRun): Promise<number> {
  const order = { from, count: seeds, jobs, kinds };
  const report = await playSeeds(order, { progress: tellProgress(seeds), violated: tellViolation });
  const missing = missingFrom(report, kinds);
  const { failing, unequal } = report;
  console.log(`\n${tellCounts(report)}\n\n${tellFigures(report)}`);
  if (missing.length > 0) console.log(`✘ never happened: ${missing.join(', ')}`);
  if (unequal.length > 0) console.log(`✘ not the same world again: seeds ${unequal.join(', ')}`);
  console.log(failing.length === 0 ? '✓ every invariant held' : `✘ ${plural(failing.length, 'violation')}`);
  for (const each of failing.slice(0, EXPLAINED)) console.log(`\n${await explain(each, kinds)}`);
  if (failing.length > EXPLAINED) console.log(`\n${restText(failing.slice(EXPLAINED))}`);
  return failing.length + missing.length + unequal.length === 0 ? 0 : 1;
}
