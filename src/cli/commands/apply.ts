// `plimsoll apply DIR` and `plimsoll dev DIR`: a controller in this process that makes the hosts as the
// directory says, once or at every save.

import type { Command } from 'commander';
import { ControllerClient, type StatusAnswer, unixConnect } from '../../api/client.ts';
import { formatProblem } from '../../kernel/errors.ts';
import { loadOptionalConfig } from '../configuration.ts';
import type { CommandContext, Run } from '../context.ts';
import { timeoutOption } from '../durations.ts';
import { type Ending, followConvergence, printEnding } from '../follow.ts';
import { exitCodeOf, printProblem } from '../problems.ts';
import { ProgressView } from '../progress.ts';
import type { RunningController } from '../runtime.ts';
import { harmless } from '../terminal.ts';
import { printPlan } from './plan.ts';

interface ApplyOptions {
  readonly config?: string;
  readonly approve?: true;
  readonly timeout: number;
}

type Work = (controller: RunningController, client: ControllerClient) => Promise<number>;

/** Checks the directory before anything is opened, so that mistakes are shown with their places. */
async function withDirectory(
  context: CommandContext,
  directory: string,
  options: { readonly config?: string; readonly watch: boolean },
  work: Work,
): Promise<number> {
  const { terminal, runtime, env } = context;
  const config = await loadOptionalConfig(options.config, env);
  if (!config.ok) {
    for (const found of config.error) printProblem(terminal, found);
    return exitCodeOf(config.error.map((p) => p.code));
  }
  const { problems } = await runtime.readDirectory(directory, config.value);
  for (const found of problems) printProblem(terminal, found);
  if (problems.length > 0 && !options.watch) return exitCodeOf(problems.map((p) => p.code));
  const started = await runtime.serveDirectory(directory, config.value, { watch: options.watch });
  if (!started.ok) {
    printProblem(terminal, started.error);
    return exitCodeOf([started.error.code]);
  }
  try {
    return await work(started.value, new ControllerClient(unixConnect(started.value.socketPath)));
  } finally {
    await started.value.stop();
  }
}

/** Whether nothing goes on before a person agrees: a store that was lost, a commit that would remove much. */
const waitsForApproval = ({ phase, sources }: StatusAnswer): boolean =>
  phase === 'reportOnly' || sources.some(({ held }) => held !== null);

/** Shows what would be done and asks, unless `--approve` said it before. */
async function mayGoOn(
  { terminal }: CommandContext,
  client: ControllerClient,
  status: StatusAnswer,
  options: ApplyOptions,
): Promise<boolean> {
  for (const line of heldBack(status)) terminal.note(terminal.paintError('yellow', line));
  if (options.approve) return true;
  if (!terminal.canAsk) {
    terminal.note('  → Look at `plimsoll plan DIRECTORY`; if it is meant, say `plimsoll apply --approve`.');
    return false;
  }
  printPlan(terminal, await client.ask('plan'));
  return /^y(es)?$/i.test(await terminal.ask('do it? [y/N] '));
}

function heldBack({ problems, sources }: StatusAnswer): readonly string[] {
  return [
    ...problems.map(({ message }) => message),
    ...sources.flatMap(({ held }) => (held === null ? [] : [held.because])),
  ].map(harmless);
}

function apply(context: CommandContext, directory: string, options: ApplyOptions): Promise<number> {
  return withDirectory(context, directory, { ...options, watch: false }, async (controller, client) => {
    const { terminal } = context;
    const lost = new AbortController();
    void controller.ended.then((found) => {
      printProblem(terminal, found);
      lost.abort();
    });
    const signal = AbortSignal.any([context.signal, lost.signal]);
    const deadlineMs = options.timeout;
    const follow = (since: string): Promise<Ending> =>
      followConvergence({ client, terminal, signal, deadlineMs, since });
    let ending = await follow(FROM_THE_BEGINNING);
    if (ending.kind === 'short' && waitsForApproval(ending.status)) {
      if (!(await mayGoOn(context, client, ending.status, options))) {
        terminal.note('nothing is changed');
        return 1;
      }
      const { position } = await client.ask('events');
      await client.ask('approve', { body: {} });
      ending = await follow(position);
    }
    return lost.signal.aborted ? 1 : printEnding(terminal, ending, deadlineMs);
  });
}

/** A position before every event. */
const FROM_THE_BEGINNING = '0.0';

function dev(
  context: CommandContext,
  directory: string,
  options: { readonly config?: string },
): Promise<number> {
  return withDirectory(context, directory, { ...options, watch: true }, async (controller, client) => {
    const { terminal, signal } = context;
    terminal.note(`follows ${directory}; save a manifest to see it converge, Ctrl-C ends it`);
    const over = new AbortController();
    const watching = AbortSignal.any([signal, over.signal]);
    const view = new ProgressView(terminal);
    const look = async (): Promise<void> => view.update(await client.ask('status'));
    let exitCode = 0;
    void controller.ended.then((found) => {
      terminal.note(formatProblem(found));
      exitCode = exitCodeOf([found.code]);
      over.abort();
    });
    await look();
    for await (const event of client.events({ since: FROM_THE_BEGINNING, signal: watching })) {
      view.note(event);
      await look().catch(() => {});
    }
    view.end();
    return exitCode;
  });
}

export function addApply(program: Command, run: Run): void {
  program
    .command('apply')
    .description('make the hosts as a directory says, once, and wait until they are')
    .argument('[directory]', 'the directory', '.')
    .option('--config <file>', 'the plimsoll.yaml with keys, registries and the store')
    .option(
      '--approve',
      'do also what waits for a person: after the store was lost, or if much would be removed',
    )
    .addOption(timeoutOption())
    .action((directory: string, options: ApplyOptions) =>
      run((context) => apply(context, directory, options)),
    );
  program
    .command('dev')
    .description('make the hosts as a directory says, again at every save')
    .argument('[directory]', 'the directory', '.')
    .option('--config <file>', 'the plimsoll.yaml with keys, registries and the store')
    .action((directory: string, options: { readonly config?: string }) =>
      run((context) => dev(context, directory, options)),
    );
}
