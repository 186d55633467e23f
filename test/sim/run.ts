// `npm run sim`: worlds by seeds (run-seeds.ts), a world as a transcript (`--replay SEED`), and crashes at every
// point of a scenario (run-scenarios.ts).

import { parseArgs } from 'node:util';
import { tellScenario, tryScenarios } from './run-scenarios.ts';
import { kindsOf, replay, runSeeds } from './run-seeds.ts';
import { writeDiaries } from './scenarios/diaries.ts';

const { values } = parseArgs({
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
});

async function run(): Promise<number> {
  const kinds = kindsOf(values.faults);
  const jobs = Number(values.jobs);
  const { scenario, crash } = values;
  if (values['write-diaries']) {
    await writeDiaries();
    return 0;
  }
  if (scenario !== undefined && crash !== undefined) return tellScenario(scenario, crash);
  const pairs = values.product ? 'product' : values.pairs ? 'unacknowledged' : 'none';
  if (scenario !== undefined) return tryScenarios({ name: scenario, pairs, jobs });
  if (values.replay !== undefined) return replay(Number(values.replay), kinds);
  return runSeeds({ seeds: Number(values.seeds), from: Number(values.from), jobs, kinds });
}

process.exitCode = await run();
