// `plimsoll audit`: who did what and why, newest first.

import type { Command } from 'commander';
import type { CommandContext, Run } from '../context.ts';
import { type ControllerOptions, withClient, withController, withJson } from '../controller.ts';
import { table } from '../table.ts';
import { harmless } from '../terminal.ts';
import { clockTime, shortDigests } from '../wording.ts';
import { parseCount } from './logs.ts';

interface Options extends ControllerOptions {
  readonly limit: number;
  readonly before?: number;
  readonly object?: string;
  readonly json?: true;
}

async function audit(context: CommandContext, options: Options): Promise<number> {
  const { terminal } = context;
  return withClient(context, options, async (client) => {
    const { limit, before, object } = options;
    const answer = await client.ask('audit', {
      query: {
        limit,
        ...(before === undefined ? {} : { before }),
        ...(object === undefined ? {} : { object }),
      },
    });
    if (options.json) terminal.printJson(answer);
    else {
      const rows = answer.entries.map((e) => [
        String(e.sequence),
        clockTime(e.at),
        e.actor,
        e.event,
        shortDigests(e.object),
        shortDigests(harmless(e.because)),
      ]);
      terminal.print(table(['#', 'WHEN', 'WHO', 'WHAT', 'OBJECT', 'BECAUSE'], rows));
    }
    return 0;
  });
}

export function addAudit(program: Command, run: Run): void {
  withController(withJson(program.command('audit')))
    .description('show who did what and why, newest first')
    .option('-n, --limit <count>', 'how many entries, at most 1000', parseCount, 50)
    .option('--before <number>', 'only entries before this one', parseCount)
    .option('--object <name>', 'only what concerns this service, source or object')
    .action((options: Options) => run((context) => audit(context, options)));
}
