// `npm run sim -- --seeds 1000 [--from 1] [--faults cut,crash] [--jobs 2]`: worlds by seeds, with progress, counts
// of every fault and effect, and for each violation the shortest story and the command that shows it.

import type { FaultKind } from '../../src/sim/faults/fault.ts';
import { runWorld } from '../../src/sim/run/run-world.ts';
import { shrink } from '../../src/sim/run/shrink.ts';
import { missingFrom, tellCounts, tellFigures } from './account.ts';
import type { Order } from './options.ts';
import { type FailingSeed, playSeeds, type SeedsProgress } from './seeds.ts';

const SHRINK_BUDGET = 60;
const SHOWN = 5;

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

async function explain(seed: number, kinds: readonly FaultKind[] | null): Promise<void> {
  const plan = { seed, kinds: kinds === null ? null : new Set(kinds), isTold: false };
  const whole = await runWorld({ ...plan, faults: null });
  const invariant = whole.violation?.invariant;
  const story = await shrink(
    whole.faults,
    async (faults) => (await runWorld({ ...plan, faults })).violation?.invariant === invariant,
    SHRINK_BUDGET,
  );
  const { violation } = await runWorld({ ...plan, faults: story });
  console.log(`\n✘ seed ${seed}: ${invariant}: ${violation?.message ?? whole.violation?.message}`);
  for (const { atMs, fault } of story) console.log(`    at ${atMs / 1_000} s ${JSON.stringify(fault)}`);
  console.log(
    `    healed at ${whole.healAtMs / 1_000} s; ${story.length} of ${whole.faults.length} faults are enough; npm run sim -- --replay ${seed}${kinds === null ? '' : ` --faults ${kinds.join(',')}`}`,
  );
}

const tellProgress =
  (seeds: number) =>
  ({ worlds, violations, worldsPerS }: SeedsProgress): void =>
    console.log(
      `${worlds} of ${seeds} worlds, ${worldsPerS.toFixed(1)} per second, ${violations} violations`,
    );

const tellViolation = ({ seed, violation }: FailingSeed): void =>
  console.log(`✘ seed ${seed}: ${violation.invariant}: ${violation.message}`);

export async function runSeeds({ seeds, from, jobs, kinds }: SeedsRun): Promise<number> {
  const order = { from, count: seeds, jobs, kinds };
  const report = await playSeeds(order, { progress: tellProgress(seeds), violated: tellViolation });
  const missing = missingFrom(report, kinds);
  const { failing, unequal } = report;
  console.log(`\n${tellCounts(report)}\n\n${tellFigures(report)}`);
  if (missing.length > 0) console.log(`✘ never happened: ${missing.join(', ')}`);
  if (unequal.length > 0) console.log(`✘ not the same world again: seeds ${unequal.join(', ')}`);
  console.log(failing.length === 0 ? '✓ every invariant held' : `✘ ${failing.length} violations`);
  for (const each of failing) tellViolation(each);
  for (const { seed } of failing.slice(0, SHOWN)) await explain(seed, kinds);
  return failing.length + missing.length + unequal.length === 0 ? 0 : 1;
}
