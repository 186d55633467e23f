// `plimsoll describe`, `why` and `history`: everything about one service.

import type { Command } from 'commander';
import type { ControllerClient, ServicePlace } from '../../api/client.ts';
import type { CommandContext, Run } from '../context.ts';
import { type ControllerOptions, withClient, withController, withJson } from '../controller.ts';
import { findService } from '../service-name.ts';
import { printService, printWhy, rolloutRows } from '../service-view.ts';
import type { Terminal } from '../terminal.ts';

interface Options extends ControllerOptions {
  readonly json?: true;
}

/** A reading command about one service: asks, and prints the answer as JSON or for people. */
function addReading<T>(
  program: Command,
  run: Run,
  command: {
    readonly name: string;
    readonly description: string;
    readonly ask: (client: ControllerClient, params: ServicePlace) => Promise<T>;
    readonly print: (terminal: Terminal, answer: T) => void;
  },
): void {
  const work = (context: CommandContext, name: string, options: Options): Promise<number> =>
    withClient(context, options, async (client) => {
      const answer = await command.ask(client, await findService(client, name));
      if (options.json) context.terminal.printJson(answer);
      else command.print(context.terminal, answer);
      return 0;
    });
  withController(withJson(program.command(command.name)))
    .description(command.description)
    .argument('<service>', 'the service: NAME or NAMESPACE/NAME')
    .action((name: string, options: Options) => run((context) => work(context, name, options)));
}

export function addServiceReadings(program: Command, run: Run): void {
  addReading(program, run, {
    name: 'describe',
    description: 'show everything about a service',
    ask: (client, params) => client.ask('describe', { params: { ...params } }),
    print: (terminal, answer) => printService(terminal, answer, Date.now()),
  });
  addReading(program, run, {
    name: 'why',
    description: 'explain why a service is as it is, from the commit to its containers',
    ask: (client, params) => client.ask('why', { params: { ...params } }),
    print: printWhy,
  });
  addReading(program, run, {
    name: 'history',
    description: 'show the rollouts of a service, newest first',
    ask: (client, params) => client.ask('history', { params: { ...params } }),
    print: (terminal, { rollouts }) =>
      terminal.print(rollouts.length === 0 ? 'no rollout has ended yet' : rolloutRows(terminal, rollouts)),
  });
}
