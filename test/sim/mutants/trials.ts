// What a mutant has to get through, in the order in which it is tried: first the scenarios without any crash,
// which are quick and directed, then the stories of bugs that were found, then worlds drawn by seeds.

import { runWorld } from '../../../src/sim/run/run-world.ts';
import { type RegressionStory, readRegressions } from '../regression-stories.ts';
import { readDiaries } from '../scenarios/diaries.ts';
import { diaryDifferences } from '../scenarios/diary.ts';
import { runScenario } from '../scenarios/run-scenario.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { STORIES } from '../scenarios/scenarios.ts';

/** One story with a verdict: what was violated, in words; null where every invariant held. */
export interface Trial {
  /** `seed 17`, `scenario rolling update`. */
  readonly name: string;
  run(): Promise<{ readonly invariant: string; readonly message: string } | null>;
}

const diaries = readDiaries();

const scenario = (story: Scenario): Trial => ({
  name: `scenario ${story.name}`,
  run: async () => {
    const { violation, diary } = await runScenario(story, [], false);
    if (violation !== null) return violation;
    const wanted = diaries.get(story.name);
    const [first] = wanted === undefined ? [] : diaryDifferences(wanted, diary);
    return first === undefined ? null : { invariant: 'diary', message: first };
  },
});

const regression = ({ seed, faults, isPlain, healAtMs }: RegressionStory): Trial => ({
  name: `regression ${seed}`,
  run: async () =>
    (await runWorld({ seed, faults, kinds: null, isTold: false, isPlain, healAtMs })).violation,
});

const world = (seed: number): Trial => ({
  name: `seed ${seed}`,
  run: async () => (await runWorld({ seed, faults: null, kinds: null, isTold: false })).violation,
});

/** All scenarios, what was found before, and the worlds of the seeds from 1 on. */
export const trials = (seeds: number): readonly Trial[] => [
  ...STORIES.map(scenario),
  ...readRegressions().map(regression),
  ...Array.from({ length: seeds }, (_, at) => world(at + 1)),
];
