// `npm run sim`: worlds by seeds (run-seeds.ts), a world as a transcript (`--replay SEED`), and crashes at every
// point of a scenario (run-scenarios.ts).

import { type Order, readOrder } from './options.ts';
import { tellScenario, tryScenarios } from './run-scenarios.ts';
import { replay, runSeeds } from './run-seeds.ts';
import { writeDiaries } from './scenarios/diaries.ts';
import { USAGE } from './usage.ts';

/** Gives the exit code. */
async function run(order: Order): Promise<number> {
  switch (order.run) {
    case 'seeds':
      return runSeeds(order);
    case 'replay':
      return replay(order.seed, order.kinds);
    case 'scenario':
      return tryScenarios(order);
    case 'transcript':
      return tellScenario(order.name, order.crash);
    case 'diaries':
      await writeDiaries();
      return 0;
    case 'help':
      console.log(USAGE);
      return 0;
    default:
      return order satisfies never;
  }
}

try {
  process.exitCode = await run(readOrder(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
