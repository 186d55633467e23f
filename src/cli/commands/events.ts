// `plimsoll events`: what the controller told lately, and with --follow what it tells from now on.

import type { Command } from 'commander';
import type { ControllerEvent } from '../../api/client.ts';
import type { CommandContext, Run } from '../context.ts';
import { type ControllerOptions, withClient, withController, withJson } from '../controller.ts';
import { harmless, type Terminal } from '../terminal.ts';
import { clockTime, shortDigests } from '../wording.ts';

interface Options extends ControllerOptions {
  readonly follow?: true;
  readonly since?: string;
  readonly all?: true;
  readonly json?: true;
}

/** The steps of a pull are many. */
export const isChatter = (event: Pick<ControllerEvent, 'kind'>): boolean => event.kind === 'action/pulling';

export function printEvent(terminal: Terminal, event: Omit<ControllerEvent, 'position'>): void {
  const about = event.service ?? event.host ?? event.source ?? '';
  const style = event.level === 'error' ? 'red' : event.level === 'warning' ? 'yellow' : 'cyan';
  const [first = '', ...rest] = shortDigests(harmless(event.message)).split('\n');
  const head = `${terminal.paint('dim', clockTime(event.at))}  ${terminal.paint(style, event.kind.padEnd(20))}`;
  const subject = about === '' || first.includes(about) ? '' : `${about}: `;
  terminal.print([`${head}  ${subject}${first}`, ...rest].join('\n'));
}

async function events(context: CommandContext, options: Options): Promise<number> {
  const { terminal, signal } = context;
  return withClient(context, options, async (client) => {
    const since = options.since === undefined ? {} : { since: options.since };
    if (options.follow) {
      for await (const event of client.events({ ...since, signal })) {
        if (options.json) terminal.print(JSON.stringify(event));
        else if (options.all || !isChatter(event)) printEvent(terminal, event);
      }
      return 0;
    }
    const answer = await client.ask('events', { query: since });
    if (options.json) terminal.printJson(answer);
    else {
      const shown = answer.events.filter((event) => options.all || !isChatter(event));
      for (const event of shown) printEvent(terminal, event);
    }
    return 0;
  });
}

export function addEvents(program: Command, run: Run): void {
  withController(withJson(program.command('events')))
    .description('show what happened lately; with --json --follow one object per line')
    .option('-f, --follow', 'go on with what happens')
    .option('--all', 'every step of a pull as well')
    .option('--since <position>', 'only what came after this position (RUN.SEQUENCE, as --json shows it)')
    .action((options: Options) => run((context) => events(context, options)));
}
