// `plimsoll describe`, `why` and `history`: everything about one service.

import type { Command } from 'commander';
import type {
  ControllerClient,
  RolloutAnswer,
  ServiceAnswer,
  ServicePlace,
  WhyAnswer,
} from '../../api/client.ts';
import type { CommandContext, Run } from '../context.ts';
import { type ControllerOptions, withClient, withController, withJson } from '../controller.ts';
import { findService } from '../service-name.ts';
import { table } from '../table.ts';
import { harmless, type Terminal } from '../terminal.ts';
import { ago, clockTime, paintState, shortCommit } from '../wording.ts';

interface Options extends ControllerOptions {
  readonly json?: true;
}

function rolloutRows(terminal: Terminal, rollouts: readonly RolloutAnswer[]): string {
  const rows = rollouts.map((r) => [
    String(r.sequence),
    r.kind,
    r.from ?? '–',
    r.to,
    shortCommit(r.commit),
    paintState(terminal, r.phase),
    clockTime(r.startedAt),
    harmless(r.because),
  ]);
  return table(['RUN', 'KIND', 'FROM', 'TO', 'COMMIT', 'RESULT', 'STARTED', 'BECAUSE'], rows);
}

function instanceRows(service: ServiceAnswer, now: number): string {
  const rows = service.instances.map((i) => [
    String(i.ordinal),
    i.host,
    i.revision,
    i.intent === 'retire'
      ? 'to be removed'
      : i.readyAt === null
        ? 'not ready'
        : `ready ${ago(i.readyAt, now)}`,
    i.container === null
      ? '–'
      : `${i.container.status}${i.container.health === 'none' ? '' : `, ${i.container.health}`}`,
    (i.container?.hostPorts ?? []).map((p) => `${p.port}/${p.protocol}`).join(' ') || '–',
    harmless(i.because),
  ]);
  return table(['#', 'HOST', 'REVISION', 'STATE', 'CONTAINER', 'PORTS', 'BECAUSE'], rows);
}

function printService(terminal: Terminal, service: ServiceAnswer): void {
  const now = Date.now();
  const line = (name: string, value: string): void => terminal.print(`${`${name}:`.padEnd(12)} ${value}`);
  line('service', terminal.paint('bold', `${service.namespace}/${service.name}`));
  line('state', `${paintState(terminal, service.phase)}: ${harmless(service.because)}`);
  line('ready', `${service.ready} of ${service.desired}`);
  line('image', service.image ?? '–');
  line('revision', `${service.revision ?? '–'} (last that succeeded: ${service.stable ?? 'none'})`);
  line('source', `${service.source}, commit ${shortCommit(service.commit)}`);
  if (service.dependsOn.length > 0) line('depends on', service.dependsOn.join(', '));
  if (service.pin !== null) line('pinned', `to ${service.pin.revision} by ${service.pin.by}`);
  if (service.rollout !== null)
    line('rollout', `${paintState(terminal, service.rollout.phase)}: ${harmless(service.rollout.because)}`);
  for (const bad of service.quarantine) line('quarantine', `${bad.revision}: ${harmless(bad.because)}`);
  for (const { object, because } of service.blocked) line('blocked', `${object}: ${harmless(because)}`);
  if (service.instances.length > 0) terminal.print(`\n${instanceRows(service, now)}`);
}

function printWhy(terminal: Terminal, why: WhyAnswer): void {
  terminal.print(
    `${terminal.paint('bold', why.service)} is ${paintState(terminal, why.phase)}: ${harmless(why.because)}`,
  );
  const rows = why.chain.map((l) => [
    l.link,
    l.object,
    l.at === null ? '' : clockTime(l.at),
    harmless(l.because),
  ]);
  terminal.print(table(['', '', '', ''], rows).split('\n').slice(1).join('\n'));
}

/** A reading command about one service: asks, and prints the answer as JSON or for people. */
function addReading<T>(
  program: Command,
  run: Run,
  command: {
    readonly name: string;
    readonly description: string;
    readonly ask: (client: ControllerClient, params: ServicePlace) => Promise<T>;
    readonly print: (terminal: Terminal, answer: T) => void;
  },
): void {
  const work = (context: CommandContext, name: string, options: Options): Promise<number> =>
    withClient(context, options, async (client) => {
      const answer = await command.ask(client, await findService(client, name));
      if (options.json) context.terminal.printJson(answer);
      else command.print(context.terminal, answer);
      return 0;
    });
  withController(withJson(program.command(command.name)))
    .description(command.description)
    .argument('<service>', 'the service: NAME or NAMESPACE/NAME')
    .action((name: string, options: Options) => run((context) => work(context, name, options)));
}

export function addServiceReadings(program: Command, run: Run): void {
  addReading(program, run, {
    name: 'describe',
    description: 'show everything about a service',
    ask: (client, params) => client.ask('describe', { params: { ...params } }),
    print: printService,
  });
  addReading(program, run, {
    name: 'why',
    description: 'explain why a service is as it is, from the commit to its containers',
    ask: (client, params) => client.ask('why', { params: { ...params } }),
    print: printWhy,
  });
  addReading(program, run, {
    name: 'history',
    description: 'show the rollouts of a service, newest first',
    ask: (client, params) => client.ask('history', { params: { ...params } }),
    print: (terminal, { rollouts }) =>
      terminal.print(rollouts.length === 0 ? 'no rollout has ended yet' : rolloutRows(terminal, rollouts)),
  });
}
