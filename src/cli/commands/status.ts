// `plimsoll status`, `sources` and `hosts`: how everything stands.

import type { Command } from 'commander';
import type { StatusAnswer } from '../../api/client.ts';
import { formatBytes } from '../../kernel/quantity.ts';
import type { CommandContext, Run } from '../context.ts';
import { type ControllerOptions, withClient, withController, withJson } from '../controller.ts';
import { whatIsNotWell } from '../shortcomings.ts';
import { printSources, printStatus } from '../status-view.ts';
import { table } from '../table.ts';
import { harmless, type Terminal } from '../terminal.ts';
import { ago, paintState, plural } from '../wording.ts';

interface Options extends ControllerOptions {
  readonly json?: true;
}

interface StatusOptions extends Options {
  readonly check?: true;
}

/** What `--check` ends with where not all is well. */
const NOT_WELL = 3;

/** For a monitoring: what is not well, one line each, or one line that says that all is. */
function check(terminal: Terminal, answer: StatusAnswer, json: boolean): number {
  const reasons = whatIsNotWell(answer);
  if (json) terminal.printJson({ ...statusJson(answer), reasons });
  else if (reasons.length > 0) terminal.print(reasons.join('\n'));
  else {
    const { services, hosts } = answer;
    terminal.print(`all is well: ${plural(services.length, 'service')}, ${plural(hosts.length, 'host')}`);
  }
  return reasons.length === 0 ? 0 : NOT_WELL;
}

const statusJson = ({ commit, phase, services, hosts }: StatusAnswer) => ({ commit, phase, services, hosts });

async function status(context: CommandContext, options: StatusOptions): Promise<number> {
  return withClient(context, options, async (client) => {
    const answer = await client.ask('status');
    if (options.check) return check(context.terminal, answer, options.json ?? false);
    if (options.json) context.terminal.printJson(statusJson(answer));
    else printStatus(context.terminal, answer);
    return 0;
  });
}

async function sources(context: CommandContext, options: Options): Promise<number> {
  return withClient(context, options, async (client) => {
    const answer = await client.ask('sources');
    if (options.json) context.terminal.printJson(answer);
    else printSources(context.terminal, answer.sources);
    return 0;
  });
}

async function hosts(context: CommandContext, options: Options): Promise<number> {
  const { terminal } = context;
  return withClient(context, options, async (client) => {
    const answer = await client.ask('hosts');
    if (options.json) {
      terminal.printJson(answer);
      return 0;
    }
    const now = Date.now();
    const rows = answer.hosts.map((h) => [
      h.name,
      paintState(terminal, h.state),
      ago(h.seenAt, now),
      h.address,
      h.engine === null ? '–' : `Docker ${h.engine.version}`,
      h.engine === null ? '–' : `${h.engine.cpus} CPUs, ${formatBytes(h.engine.memoryBytes)}`,
      `${h.containers.own} own, ${h.containers.foreign} foreign`,
      h.state === 'fresh' && !h.leaving ? '' : harmless(h.because),
    ]);
    terminal.print(
      table(['HOST', 'STATE', 'SEEN', 'ADDRESS', 'ENGINE', 'SIZE', 'CONTAINERS', 'BECAUSE'], rows),
    );
    return 0;
  });
}

export function addStatus(program: Command, run: Run): void {
  withController(withJson(program.command('status')))
    .description('show the state of services and hosts')
    .option(
      '--check',
      'for a monitoring: exit code 0 where all is well (every service ready as its commit says, every host seen, nothing held, no problem), 3 where it is not, with the reasons one line each, 1 where nobody could be asked',
    )
    .action((options: StatusOptions) => run((context) => status(context, options)));
  withController(withJson(program.command('sources')))
    .description('show which commit is in force from each source, and why a newer one is not')
    .action((options: Options) => run((context) => sources(context, options)));
  withController(withJson(program.command('hosts')))
    .description('show the hosts of the fleet')
    .action((options: Options) => run((context) => hosts(context, options)));
}
