// `plimsoll sync` and `approve`: look at the sources now; let a held commit through.

import type { Command } from 'commander';
import type { ControllerClient, SourceAnswer } from '../../api/client.ts';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { CommandContext, Run } from '../context.ts';
import { type ControllerOptions, withClient, withController, withJson } from '../controller.ts';
import { timeoutOption } from '../durations.ts';
import { followConvergence, printEnding } from '../follow.ts';
import { printProblem } from '../problems.ts';
import { harmless, type Terminal } from '../terminal.ts';
import { plural, shortCommit } from '../wording.ts';

interface SyncOptions extends ControllerOptions {
  readonly repository?: string;
  readonly wait?: true;
  readonly timeout: number;
  readonly json?: true;
}

interface ApproveOptions extends ControllerOptions {
  readonly yes?: true;
}

/** Says of each source what became of its newest commit; whether all of them are in force. */
function printResult(terminal: Terminal, sources: readonly SourceAnswer[]): boolean {
  let isFine = true;
  for (const { id, commit, head, held, problems } of sources) {
    if (held !== null) {
      isFine = false;
      terminal.note(`source ${id}: commit ${shortCommit(held.commit)} is held: ${harmless(held.because)}`);
      terminal.note('  → Look at it, then `plimsoll approve`.');
    } else if (problems.length > 0) {
      isFine = false;
      terminal.note(
        head === null || head.commit === commit
          ? `source ${id} cannot be read; commit ${shortCommit(commit)} stays in force:`
          : `source ${id}: commit ${shortCommit(head.commit)} is not accepted; ${shortCommit(commit)} stays in force:`,
      );
      for (const found of problems) printProblem(terminal, found);
    } else {
      const subject = head === null ? '' : `: ${harmless(head.subject)}`;
      terminal.print(`source ${id}: commit ${shortCommit(commit)} is in force${subject}`);
    }
  }
  return isFine;
}

async function sync(
  context: CommandContext,
  source: string | undefined,
  options: SyncOptions,
): Promise<number> {
  const { terminal, signal } = context;
  return withClient(context, options, async (client) => {
    const body = {
      ...(source === undefined ? {} : { source }),
      ...(options.repository === undefined ? {} : { repository: options.repository }),
    };
    const answer = await client.ask('sync', { body }, signal);
    if (options.json) terminal.printJson(answer);
    const isFine = options.json
      ? answer.sources.every((s) => s.problems.length === 0 && s.held === null)
      : printResult(terminal, answer.sources);
    if (!isFine) return 1;
    if (!options.wait) return 0;
    const deadlineMs = options.timeout;
    const ending = await followConvergence({ client, terminal, signal, deadlineMs });
    return printEnding(terminal, ending, deadlineMs);
  });
}

async function mayApprove(
  terminal: Terminal,
  client: ControllerClient,
  source: string | undefined,
  options: ApproveOptions,
): Promise<boolean> {
  const status = await client.ask('status');
  const held = status.sources.filter((s) => s.held !== null && (source === undefined || s.id === source));
  for (const { id, held: hold } of held)
    terminal.note(
      `source ${id}: commit ${shortCommit(hold?.commit ?? null)} is held: ${harmless(hold?.because ?? '')}`,
    );
  for (const found of status.problems) printProblem(terminal, found, 'warning');
  if (options.yes || (held.length === 0 && status.phase !== 'reportOnly')) return true;
  if (!terminal.canAsk) {
    const hint = 'Say `--yes`, or run it at a terminal.';
    throw new PlimsollError(
      problem('command/refused', 'nobody can be asked here whether this is meant', { hint }),
    );
  }
  return /^y(es)?$/i.test(await terminal.ask('let it through? [y/N] '));
}

async function approve(
  context: CommandContext,
  source: string | undefined,
  options: ApproveOptions,
): Promise<number> {
  const { terminal } = context;
  return withClient(context, options, async (client) => {
    if (!(await mayApprove(terminal, client, source, options))) {
      terminal.note('nothing is changed');
      return 1;
    }
    const { commits, store } = await client.ask('approve', { body: source === undefined ? {} : { source } });
    if (commits.length > 0)
      terminal.print(
        `approved: ${plural(commits.length, 'commit')} (${commits.map(shortCommit).join(', ')})`,
      );
    if (store) terminal.print('approved: the controller acts on its rebuilt store');
    if (commits.length === 0 && !store) terminal.print('nothing is held');
    return 0;
  });
}

export function addSync(program: Command, run: Run): void {
  withController(withJson(program.command('sync')))
    .description('look at the sources now instead of at the next poll')
    .argument('[source]', 'its id; without it all of them')
    .option('--repository <path>', 'the source of this repository, as a Git hook knows it')
    .option(
      '--wait',
      'wait until everything stands still, and show the progress; exit code 1 where it is not as the newest commit says',
    )
    .addOption(timeoutOption())
    .action((source: string | undefined, options: SyncOptions) =>
      run((context) => sync(context, source, options)),
    );
  withController(program.command('approve'))
    .description('let a held commit through, or let a controller with a rebuilt store act')
    .argument('[source]', 'the id of the source; without it whatever is held')
    .option('--yes', 'do not ask')
    .action((source: string | undefined, options: ApproveOptions) =>
      run((context) => approve(context, source, options)),
    );
}
