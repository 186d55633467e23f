// `plimsoll completion SHELL`, and the hidden command that the scripts ask.

import { Argument, type Command } from 'commander';
import { ControllerClient, unixConnect } from '../../api/client.ts';
import { candidatesFor, completionScript, SHELLS, type Shell } from '../completion.ts';
import { localSocketPath } from '../configuration.ts';
import type { CommandContext, Run } from '../context.ts';

/** A person waits for the names: where the controller is slow there are none. */
const NAMES_MS = 1_000;

async function serviceNames({ env }: CommandContext): Promise<readonly string[]> {
  const client = new ControllerClient(unixConnect(await localSocketPath({}, env)));
  const { services } = await client.ask('status', {}, AbortSignal.timeout(NAMES_MS));
  const isUnique = (name: string): boolean => services.filter((s) => s.name === name).length === 1;
  return services.flatMap((s) => [...(isUnique(s.name) ? [s.name] : []), `${s.namespace}/${s.name}`]);
}

async function complete(context: CommandContext, program: Command, line: readonly string[]): Promise<number> {
  const found = candidatesFor(program, line);
  const prefix = line.at(-1) ?? '';
  const words =
    found.kind === 'words'
      ? found.words
      : (await serviceNames(context).catch(() => [])).filter((name) => name.startsWith(prefix));
  if (words.length > 0) context.terminal.print(words.join('\n'));
  return 0;
}

export function addCompletion(program: Command, run: Run): void {
  program
    .command('completion')
    .description('print the script by which a shell completes commands, options and services')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell: Shell) =>
      run(async ({ terminal }) => {
        terminal.stdout.write(completionScript(shell));
        return 0;
      }),
    );
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .passThroughOptions()
    .action((line: string[]) => run((context) => complete(context, program, line)));
}
