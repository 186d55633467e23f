// `npm run demo`: the example shop on the Docker engine of this machine, from a push to containers.

import { Terminal } from '../cli/terminal.ts';
import { CATALOGUE, toProblem } from '../kernel/errors.ts';
import { lastEvents } from './convergence.ts';
import { Narrator } from './narrator.ts';
import { type DemoOptions, HELP, readOptions } from './options.ts';
import { placesIn, shown } from './places.ts';
import { raiseStage, type Standing } from './stage.ts';
import { takeDown } from './teardown.ts';
import { takeTrip } from './trip.ts';
import { receiveVisitor } from './visit.ts';

const CANCELLED = 130;

/** Aborted by the first Ctrl-C; the second ends at once, whatever stands. */
function untilInterrupted(narrator: Narrator, directory: string): AbortSignal {
  const over = new AbortController();
  const onSignal = (): void => {
    if (over.signal.aborted) {
      narrator.say(`\nended at once; \`npm run demo\` clears away what is left (see ${shown(directory)})`);
      process.exit(CANCELLED);
    }
    narrator.say('\nending …');
    over.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  return over.signal;
}

async function tellFailure(narrator: Narrator, error: unknown, standing: Standing): Promise<number> {
  const found = toProblem(error);
  narrator.fail(found);
  const { controller } = standing;
  if (controller !== null) {
    narrator.say('What the controller did last:');
    const events = await lastEvents(controller.client).catch(() => ['(it does not answer any more)']);
    for (const line of events) narrator.say(`  ${line}`);
  }
  return CATALOGUE[found.code].exitCode;
}

async function run(options: DemoOptions, narrator: Narrator): Promise<number> {
  const places = placesIn(options.directory);
  const signal = untilInterrupted(narrator, places.directory);
  const standing: Standing = { releases: [], engine: null, images: null, balancer: null, controller: null };
  let exitCode = 0;
  try {
    const stage = await raiseStage({ options, places, narrator, env: process.env, signal }, standing);
    if (options.once) await takeTrip(stage, narrator, signal);
    else await receiveVisitor(stage, narrator, signal);
  } catch (error) {
    if (signal.aborted) exitCode = options.once || standing.controller === null ? CANCELLED : 0;
    else exitCode = await tellFailure(narrator, error, standing);
  }
  narrator.say('');
  const isDone = await takeDown({ options, places, narrator, standing, isWell: exitCode === 0 });
  return isDone ? exitCode : exitCode || 1;
}

const narrator = new Narrator(new Terminal(process, process.env));
try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) narrator.say(HELP);
  else {
    narrator.say(
      'The example shop (4 services, 9 containers), deployed from a Git repository to this machine.\n',
    );
    process.exitCode = await run(options, narrator);
  }
} catch (error) {
  narrator.fail(toProblem(error));
  process.exitCode = 1;
}
