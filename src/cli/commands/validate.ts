// `plimsoll validate DIR`: reads manifests as the controller would, and asks nobody.

import type { Command } from 'commander';
import type { Desired } from '../../desired/desired.ts';
import { loadOptionalConfig } from '../configuration.ts';
import type { CommandContext, Run } from '../context.ts';
import { withJson } from '../controller.ts';
import { exitCodeOf, printProblem } from '../problems.ts';
import { plural } from '../wording.ts';

interface Options {
  readonly config?: string;
  readonly json?: true;
}

function contents({ services, hosts, namespaces, configs }: Desired): string {
  return [
    plural(services.size, 'service'),
    plural(hosts.size, 'host'),
    plural(namespaces.size, 'namespace'),
    plural(configs.size, 'config'),
  ].join(', ');
}

async function validate(context: CommandContext, directory: string, options: Options): Promise<number> {
  const { terminal, runtime, env } = context;
  const config = await loadOptionalConfig(options.config, env);
  const reading = config.ok
    ? await runtime.readDirectory(directory, config.value)
    : { desired: null, problems: config.error, warnings: [] };
  const { problems, warnings } = reading;
  if (options.json) terminal.printJson({ valid: problems.length === 0, problems, warnings });
  else {
    for (const found of warnings) printProblem(terminal, found, 'warning');
    for (const found of problems) printProblem(terminal, found);
    if (reading.desired !== null && problems.length === 0)
      terminal.print(`valid: ${contents(reading.desired)}`);
    else terminal.note(terminal.paintError('red', plural(problems.length, 'problem')));
  }
  return problems.length === 0 ? 0 : exitCodeOf(problems.map((p) => p.code));
}

export function addValidate(program: Command, run: Run): void {
  withJson(program.command('validate'))
    .description('check a directory of manifests, without asking anybody')
    .argument('[directory]', 'the directory', '.')
    .option('--config <file>', 'a plimsoll.yaml whose overrides apply')
    .action((directory: string, options: Options) => run((context) => validate(context, directory, options)));
}
