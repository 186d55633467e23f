// The phase of `npm test` that plays simulated worlds: always other ones from commit to commit, and the same
// ones for the same commit, so that what CI found can be found again.

import { missingFrom, tellFigures } from '../sim/account.ts';
import { headCommit } from '../sim/head-commit.ts';
import { playSeeds } from '../sim/seeds.ts';
import type { Outcome } from './outcome.ts';

const WORLDS = 2_000;
const JOBS = 2;
const PROGRESS_WORLDS = 500;

/** Seeds of a commit follow each other; those of two commits hardly ever meet. */
const firstSeedOf = (commit: string): number => (Number.parseInt(commit.slice(0, 8), 16) || 0) * WORLDS;

export async function runSimulator(): Promise<Outcome> {
  const commit = headCommit();
  const from = firstSeedOf(commit);
  const again = `npm run sim -- --seeds ${WORLDS} --from ${from}`;
  console.log(`  seeds of commit ${commit.slice(0, 8)}: ${again}`);
  let nextShown = PROGRESS_WORLDS;
  const order = { from, count: WORLDS, jobs: JOBS, kinds: null };
  const report = await playSeeds(order, {
    progress({ worlds }) {
      if (worlds < nextShown) return;
      nextShown += PROGRESS_WORLDS;
      console.log(`  ${worlds} of ${WORLDS} worlds`);
    },
    violated: ({ seed, violation }) => console.log(`  ✘ seed ${seed}: ${violation.invariant}`),
  });
  console.log(tellFigures(report).replaceAll(/^/gm, '  '));
  const failed = [
    ...report.failing.map(
      ({ seed, violation }) =>
        `simulator: seed ${seed}: ${violation.invariant}: ${violation.message}: npm run sim -- --replay ${seed}`,
    ),
    ...report.unequal.map((seed) => `simulator: seed ${seed} is another world the second time`),
    ...missingFrom(report, null).map((name) => `simulator: ${name} never happened`),
  ];
  return { passed: report.worlds - report.failing.length, failed, skipped: [] };
}
