// `plimsoll rollout describe`: what a rollout is doing, and why it was decided.

import type { Command } from 'commander';
import type { ControllerClient, RolloutAnswer, ServicePlace } from '../../api/client.ts';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { CommandContext, Run } from '../context.ts';
import { type ControllerOptions, withClient, withController, withJson } from '../controller.ts';
import { printRollout } from '../rollout-view.ts';
import { findService } from '../service-name.ts';
import { parseCount } from './logs.ts';

interface Options extends ControllerOptions {
  readonly json?: true;
  readonly run?: number;
}

/** An ended run; rejects where it is not remembered any more. */
async function endedRun(client: ControllerClient, place: ServicePlace, run: number): Promise<RolloutAnswer> {
  const { rollouts } = await client.ask('history', { params: { ...place } });
  const found = rollouts.find(({ sequence }) => sequence === run);
  if (found !== undefined) return found;
  const message = `there is no run ${run} of ${place.namespace}/${place.name}`;
  const hint = 'List those that are kept with `plimsoll history SERVICE`.';
  throw new PlimsollError(problem('command/not-found', message, { hint }));
}

function describe(context: CommandContext, name: string, options: Options): Promise<number> {
  return withClient(context, options, async (client) => {
    const place = await findService(client, name);
    const answer = await client.ask('describe', { params: { ...place } });
    const { namespace, phase, because } = answer;
    const isPresent = options.run === undefined || answer.rollout?.sequence === options.run;
    const rollout = isPresent ? answer.rollout : await endedRun(client, place, options.run ?? 0);
    const description = { namespace, name: answer.name, phase, because, rollout };
    if (options.json) context.terminal.printJson(description);
    else printRollout(context.terminal, description, Date.now());
    return 0;
  });
}

/** `rollout`: the group of commands that it belongs to. */
export function addRolloutReading(rollout: Command, run: Run): void {
  withController(withJson(rollout.command('describe')))
    .description(
      'show the steps of a rollout, what it waits for, its verdict and what was measured; of the last one where none is under way',
    )
    .argument('<service>', 'the service: NAME or NAMESPACE/NAME')
    .option('--run <number>', 'an earlier run, as `plimsoll history` numbers them', parseCount)
    .action((name: string, options: Options) => run((context) => describe(context, name, options)));
}
