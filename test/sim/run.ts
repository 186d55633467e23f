// `npm run sim`: worlds by seeds (run-seeds.ts), a world as a transcript (`--replay SEED`), and crashes at every
// point of a scenario (run-scenarios.ts).

import { parseArgs } from 'node:util';
import { tellScenario, tryScenarios } from './run-scenarios.ts';
import { kindsOf, replay, runSeeds } from './run-seeds.ts';
import { writeDiaries } from './scenarios/diaries.ts';

const readOptions = () =>
  parseArgs({
    options: {
      seeds: { type: 'string', default: '200' },
      from: { type: 'string', default: '1' },
      faults: { type: 'string' },
      jobs: { type: 'string', default: '2' },
      replay: { type: 'string' },
      scenario: { type: 'string' },
      crash: { type: 'string' },
      pairs: { type: 'boolean', default: false },
      product: { type: 'boolean', default: false },
      'write-diaries': { type: 'boolean', default: false },
    },
  }).values;

/** A whole number from `least` on; throws where it is none. */
function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least || !Number.isSafeInteger(number))
    throw new Error(`--${name} takes a whole number from ${least} on, and not "${text}"`);
  return number;
}

async function run(): Promise<number> {
  const values = readOptions();
  const kinds = kindsOf(values.faults);
  const jobs = wholeNumber('jobs', values.jobs, 1);
  const { scenario, crash } = values;
  if (values['write-diaries']) {
    await writeDiaries();
    return 0;
  }
  if (scenario !== undefined && crash !== undefined) return tellScenario(scenario, crash);
  const pairs = values.product ? 'product' : values.pairs ? 'unacknowledged' : 'none';
  if (scenario !== undefined) return tryScenarios({ name: scenario, pairs, jobs });
  if (values.replay !== undefined) return replay(wholeNumber('replay', values.replay, 0), kinds);
  const seeds = wholeNumber('seeds', values.seeds, 1);
  return runSeeds({ seeds, from: wholeNumber('from', values.from, 0), jobs, kinds });
}

process.exitCode = await run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
