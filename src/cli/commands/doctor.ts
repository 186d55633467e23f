// `plimsoll doctor`: what is wrong with the hosts, or could go wrong, and what to do.

import type { Command } from 'commander';
import type { DoctorAnswer, HostExamination } from '../../api/client.ts';
import type { CommandContext, Run } from '../context.ts';
import { type ControllerOptions, withClient, withController, withJson } from '../controller.ts';
import { harmless, type Style, type Terminal } from '../terminal.ts';

interface Options extends ControllerOptions {
  readonly json?: true;
}

const SIGNS: Readonly<Record<string, readonly [string, Style]>> = {
  ok: ['✔', 'green'],
  warning: ['!', 'yellow'],
  failed: ['✘', 'red'],
};
/** Nobody could tell, or a controller of another version found a word for it. */
const UNKNOWN: readonly [string, Style] = ['?', 'dim'];

/** Whether nothing has failed. */
export function printExamination(terminal: Terminal, { name, address, findings }: HostExamination): boolean {
  terminal.print(`${terminal.paint('bold', name)}  ${address}`);
  for (const { check, state, message, hint } of findings) {
    const [sign, style] = SIGNS[state] ?? UNKNOWN;
    terminal.print(`  ${terminal.paint(style, sign)} ${harmless(check).padEnd(12)} ${harmless(message)}`);
    if (hint !== null) terminal.print(terminal.paint('dim', `                  → ${hint}`));
  }
  return findings.every((finding) => finding.state !== 'failed');
}

async function doctor(context: CommandContext, host: string | undefined, options: Options): Promise<number> {
  const { terminal } = context;
  return withClient(context, options, async (client) => {
    const answer: DoctorAnswer = await client.ask('doctor', { query: host === undefined ? {} : { host } });
    const isWell = answer.hosts.every((h) => h.findings.every((f) => f.state !== 'failed'));
    if (options.json) terminal.printJson(answer);
    else if (answer.hosts.length === 0) terminal.print('the fleet has no hosts');
    else for (const examination of answer.hosts) printExamination(terminal, examination);
    return isWell ? 0 : 1;
  });
}

export function addDoctor(program: Command, run: Run): void {
  withController(withJson(program.command('doctor')))
    .description('check each host: connection, key, engine, permissions, clock, disk, ports, load balancer')
    .argument('[host]', 'only this one')
    .action((host: string | undefined, options: Options) => run((context) => doctor(context, host, options)));
}
