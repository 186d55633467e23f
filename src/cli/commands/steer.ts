// Commands that change what the controller does with one service: `rollback`, `restart`, `rollout …`.

import type { Command } from 'commander';
import type { CommandBody, ControllerClient, ServicePlace } from '../../api/client.ts';
import type { CommandContext, Run } from '../context.ts';
import { type ControllerOptions, withClient, withController } from '../controller.ts';
import { parseTimeout } from '../durations.ts';
import { followConvergence, printEnding } from '../follow.ts';
import { findService } from '../service-name.ts';

interface Options extends ControllerOptions {
  readonly wait?: true;
  readonly timeout: number;
}

const SERVICE = 'the service: NAME or NAMESPACE/NAME';
const VERBS = [
  ['pause', 'stop a rollout where it is'],
  ['resume', 'go on with a paused rollout'],
  ['promote', 'go on with a rollout that waits for a person'],
  ['abort', 'give the new revision up and go back to the stable one'],
  ['retry', 'try a revision that failed again, and ask the registry again'],
] as const;

const withWait = (command: Command, until = 'everything stands still'): Command =>
  withController(command)
    .option('--wait', `wait until ${until}, and show the progress; exit code 1 where that does not come`)
    .option('--timeout <duration>', 'how long to wait', parseTimeout, parseTimeout('15m'));

/** The revision that a command which was accepted sends the service to; null where the commit says that. */
async function goalOf(
  client: ControllerClient,
  { namespace, name }: ServicePlace,
  body: CommandBody,
): Promise<string | null> {
  if (body.kind !== 'rollback' && body.kind !== 'abort') return null;
  const { pin, stable } = await client.ask('describe', { params: { namespace, name } });
  return body.kind === 'rollback' ? (pin?.revision ?? null) : stable;
}

function steer(context: CommandContext, name: string, body: CommandBody, options: Options): Promise<number> {
  const { terminal, signal } = context;
  return withClient(context, options, async (client) => {
    const service = await findService(client, name);
    const { position: since } = await client.ask('events');
    const answer = await client.ask('command', { params: { ...service }, body });
    if (!options.wait) {
      terminal.print(`${answer.service}: ${body.kind} is accepted; \`plimsoll status\` shows what follows`);
      return 0;
    }
    const deadlineMs = options.timeout;
    const revision = await goalOf(client, service, body);
    const goal = revision === null ? {} : { goal: { service, revision } };
    const ending = await followConvergence({ client, terminal, signal, deadlineMs, since, ...goal });
    return printEnding(terminal, ending, deadlineMs);
  });
}

export function addSteering(program: Command, run: Run): void {
  withWait(program.command('rollback'), 'the service runs that revision')
    .description('go back to an earlier revision, and stay there until the manifest changes')
    .argument('<service>', SERVICE)
    .argument('[revision]', 'one that `plimsoll history` shows as succeeded; without it the one before')
    .action((name: string, revision: string | undefined, options: Options) =>
      run((context) => steer(context, name, { kind: 'rollback', to: revision ?? null }, options)),
    );
  withWait(program.command('restart'))
    .description('replace the containers of a service by new ones, by its rollout rules')
    .argument('<service>', SERVICE)
    .option('--pull', 'ask the registry again what the tag of the image stands for')
    .action((name: string, options: Options & { readonly pull?: true }) =>
      run((context) => steer(context, name, { kind: 'restart', pull: options.pull ?? false }, options)),
    );
  const rollout = program.command('rollout').description('steer the rollout of a service');
  for (const [kind, description] of VERBS) {
    withWait(rollout.command(kind))
      .description(description)
      .argument('<service>', SERVICE)
      .action((name: string, options: Options) => run((context) => steer(context, name, { kind }, options)));
  }
}
