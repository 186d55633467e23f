// `plimsoll version`: of this program, and of the controller where one answers.

import type { Command } from 'commander';
import { toProblem } from '../../kernel/errors.ts';
import type { CommandContext, Run } from '../context.ts';
import { type ControllerOptions, withClient, withController, withJson } from '../controller.ts';

interface Options extends ControllerOptions {
  readonly json?: true;
}

async function version(context: CommandContext, options: Options): Promise<number> {
  const { terminal, version: client } = context;
  const answer = await withClient(context, options, (c) => c.ask('version')).catch((error: unknown) =>
    toProblem(error),
  );
  const controller = 'version' in answer ? answer : null;
  if (options.json) terminal.printJson({ client, controller });
  else {
    terminal.print(`plimsoll ${client}`);
    if (controller !== null) terminal.print(`controller ${controller.controller}: ${controller.version}`);
    else if ('message' in answer) terminal.note(answer.message);
  }
  return 0;
}

export function addVersion(program: Command, run: Run): void {
  withController(withJson(program.command('version')))
    .description('show the version of this program and of the controller')
    .action((options: Options) => run((context) => version(context, options)));
}
