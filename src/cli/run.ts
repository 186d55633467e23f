// The command line from its arguments to its exit code: the one place where problems are printed.

import { type Command, CommanderError } from 'commander';
import { CATALOGUE, type Problem, problem, toProblem } from '../kernel/errors.ts';
import { createProgram } from './commands.ts';
import type { CommandContext } from './context.ts';
import { printProblem } from './problems.ts';
import type { Runtime } from './runtime.ts';
import { type Streams, Terminal } from './terminal.ts';

export interface CliOptions {
  /** Without the program's own name. */
  readonly args: readonly string[];
  readonly runtime: Runtime;
  /** Of this program. */
  readonly version: string;
  readonly streams: Streams;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the person asks for an end. */
  readonly signal: AbortSignal;
}

/** What commander prints by itself on the way out: help and version are no mistakes. */
const isNoMistake = (error: CommanderError): boolean =>
  ['commander.helpDisplayed', 'commander.help', 'commander.version'].includes(error.code);

function tame(command: Command, terminal: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void terminal.stdout.write(text),
    writeErr: (text) => void terminal.stderr.write(text),
    // Printed once, as a problem.
    outputError: () => {},
  });
  for (const child of command.commands) tame(child, terminal);
}

interface Call {
  readonly program: Command;
  readonly args: readonly string[];
}

/** `error: unknown option '--jsn'\n(Did you mean --json?)` as a problem. */
function usageProblem(error: CommanderError, { program, args }: Call): Problem {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const meant = /^\((?<meant>Did you mean .*)\)$/s.exec(rest.join(' '))?.groups?.['meant'];
  const named = args.find((arg) => /^[a-z]+$/.test(arg));
  const command = program.commands.some((known) => known.name() === named) ? named : undefined;
  const help = command === undefined ? 'plimsoll help' : `plimsoll help ${command}`;
  return problem('command/usage', first, { hint: meant ?? `See \`${help}\`.` });
}

/** Runs one command. Resolves with the exit code; prints whatever went wrong. */
export async function runCli(options: CliOptions): Promise<number> {
  const terminal = new Terminal(options.streams, options.env);
  const { runtime, env, signal, version } = options;
  const context: CommandContext = { runtime, terminal, env, signal, version };
  let exitCode = 0;
  const program = createProgram(async (work) => {
    exitCode = await work(context);
  }, version);
  tame(program, terminal);
  try {
    await program.parseAsync([...options.args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && isNoMistake(error)) return error.exitCode;
    const found =
      error instanceof CommanderError
        ? usageProblem(error, { program, args: options.args })
        : toProblem(error);
    printProblem(terminal, found);
    return CATALOGUE[found.code].exitCode;
  }
}
