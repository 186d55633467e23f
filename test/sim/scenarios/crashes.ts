// A controller that dies at any point of a story is followed by one that brings it to the same end: the same
// containers, networks, volumes and images on every host, made and removed as often, the same rows, the same
// words. Here every effect and write of every scenario is tried at one moment, which the commit chooses; all
// moments: `npm run sim -- --scenario all`.

import { describe, expect, it } from 'vitest';
import { pick, randomStream } from '../../../src/sim/core/random.ts';
import { headCommit } from '../head-commit.ts';
import { cleanRun, type Plan, singlePlans, tryPlan } from './plans.ts';
import { SCENARIOS } from './scenarios.ts';

const TIMEOUT_MS = 120_000;
const commit = headCommit();

/** Of the plans for each point one. */
function chosen(name: string, plans: readonly Plan[]): readonly Plan[] {
  const random = randomStream(commit, name);
  const points = Map.groupBy(plans, ([point]) => `${point?.at} ${point?.index}`);
  return [...points.values()].map((moments) => pick(random, moments));
}

/** `half`: tests of one file run one after the other, and these are the longest of all. */
export function describeCrashes(half: 0 | 1): void {
  const stories = SCENARIOS.filter((_, at) => at % 2 === half);
  describe(`a process that dies at every effect and every write (moments by commit ${commit.slice(0, 7)})`, () => {
    it.each(stories.map((scenario) => [scenario.name, scenario.shows, scenario] as const))(
      '%s: %s',
      async (name, _, scenario) => {
        const clean = await cleanRun(scenario);
        for (const plan of chosen(name, singlePlans(clean)))
          expect([plan, await tryPlan(scenario, clean, plan)]).toEqual([plan, 'equal']);
      },
      TIMEOUT_MS,
    );
  });
}
