// `plimsoll status`, `sources` and `hosts`: how everything stands.

import type { Command } from 'commander';
import type { SourceAnswer, StatusAnswer } from '../../api/client.ts';
import { formatBytes } from '../../kernel/quantity.ts';
import type { CommandContext, Run } from '../context.ts';
import { type ControllerOptions, withClient, withController, withJson } from '../controller.ts';
import { printProblem } from '../problems.ts';
import { table } from '../table.ts';
import { harmless, type Terminal } from '../terminal.ts';
import { ago, paintState, shortCommit } from '../wording.ts';

interface Options extends ControllerOptions {
  readonly json?: true;
}

function printSources(terminal: Terminal, sources: readonly SourceAnswer[]): void {
  for (const { id, commit, head, held, problems } of sources) {
    const subject = head?.commit === commit && head !== null ? `  ${harmless(head.subject)}` : '';
    terminal.print(`source ${id}: commit ${shortCommit(commit)} is in force${subject}`);
    if (held !== null) {
      const line = `commit ${shortCommit(held.commit)} is held: ${harmless(held.because)}`;
      terminal.print(`  ${terminal.paint('yellow', line)}`);
      terminal.print(`  → Look at it, then \`plimsoll approve\`.`);
    } else if (head !== null && head.commit !== commit && problems.length > 0) {
      terminal.print(`  ${terminal.paint('red', `commit ${shortCommit(head.commit)} is not accepted:`)}`);
    }
    for (const found of problems) printProblem(terminal, found);
  }
}

function printStatus(terminal: Terminal, status: StatusAnswer): void {
  terminal.print(`${terminal.paint('bold', 'state')}: ${paintState(terminal, status.phase)}`);
  for (const found of status.problems) printProblem(terminal, found);
  printSources(terminal, status.sources);
  if (status.services.length > 0) {
    terminal.print('');
    const rows = status.services.map((s) => [
      `${s.namespace}/${s.name}`,
      `${s.ready}/${s.desired}`,
      s.revision ?? '–',
      paintState(terminal, s.phase),
      s.phase === 'ready' ? '' : harmless(s.because),
    ]);
    terminal.print(table(['SERVICE', 'READY', 'REVISION', 'STATE', 'BECAUSE'], rows));
  }
  if (status.hosts.length > 0) {
    terminal.print('');
    const rows = status.hosts.map((h) => [h.name, paintState(terminal, h.state), harmless(h.because)]);
    terminal.print(table(['HOST', 'STATE', 'BECAUSE'], rows));
  }
}

async function status(context: CommandContext, options: Options): Promise<number> {
  return withClient(context, options, async (client) => {
    const answer = await client.ask('status');
    if (options.json) {
      const { commit, phase, services, hosts } = answer;
      context.terminal.printJson({ commit, phase, services, hosts });
    } else printStatus(context.terminal, answer);
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
      h.state === 'fresh' ? '' : harmless(h.because),
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
    .action((options: Options) => run((context) => status(context, options)));
  withController(withJson(program.command('sources')))
    .description('show which commit is in force from each source, and why a newer one is not')
    .action((options: Options) => run((context) => sources(context, options)));
  withController(withJson(program.command('hosts')))
    .description('show the hosts of the fleet')
    .action((options: Options) => run((context) => hosts(context, options)));
}
