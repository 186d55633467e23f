// Commands that change what the controller does with one service: `rollback`, `restart`, `rollout …`.

import type { Command } from 'commander';
import type { CommandBody, ControllerClient, ServiceAnswer, ServicePlace } from '../../api/client.ts';
import type { CommandContext, Run } from '../context.ts';
import { type ControllerOptions, withClient, withController } from '../controller.ts';
import { timeoutOption } from '../durations.ts';
import { followConvergence, type Goal, printEnding } from '../follow.ts';
import { parseRevision } from '../revision.ts';
import { findService } from '../service-name.ts';
import { addRolloutReading } from './rollout.ts';

interface Options extends ControllerOptions {
  readonly wait?: true;
  readonly timeout: number;
}

const SERVICE = 'the service: NAME or NAMESPACE/NAME';
const READY_OR_ASKED = 'the service is ready, or a step waits for a person';
const VERBS = [
  ['pause', 'stop a rollout where it is', 'the rollout is paused'],
  ['resume', 'go on with a paused rollout', READY_OR_ASKED],
  ['abort', 'give the new revision up and go back to the stable one', 'the service runs the stable one'],
  ['retry', 'try a revision that failed again, and ask the registry again', READY_OR_ASKED],
] as const;

const withWait = (command: Command, until: string): Command =>
  withController(command)
    .option('--wait', `wait until ${until}, and show the progress; exit code 1 where that does not come`)
    .addOption(timeoutOption());

const describe = (client: ControllerClient, { namespace, name }: ServicePlace): Promise<ServiceAnswer> =>
  client.ask('describe', { params: { namespace, name } });

/** Where a command that was accepted sends the service. `before` and `after`: how it was, and is, described. */
function goalOf(service: ServicePlace, body: CommandBody, before: ServiceAnswer, after: ServiceAnswer): Goal {
  const pinned = after.pin?.revision ?? null;
  const goal: Goal = { service, revision: null, heldAt: null, phase: 'ready', orAsked: false };
  switch (body.kind) {
    case 'pause':
      return { ...goal, phase: 'paused' };
    case 'rollback':
      return { ...goal, revision: pinned, heldAt: pinned };
    case 'abort':
      return { ...goal, revision: after.stable, heldAt: after.stable };
    case 'restart':
      // What was held stays held, with new containers.
      return { ...goal, heldAt: before.phase === 'held' ? before.revision : pinned };
    case 'resume':
    case 'promote':
      return { ...goal, heldAt: pinned, orAsked: true };
    case 'retry':
      return { ...goal, orAsked: true };
    default:
      return body satisfies never;
  }
}

function steer(context: CommandContext, name: string, body: CommandBody, options: Options): Promise<number> {
  const { terminal, signal } = context;
  return withClient(context, options, async (client) => {
    const service = await findService(client, name);
    const { position: since } = await client.ask('events');
    const before = options.wait ? await describe(client, service) : null;
    const answer = await client.ask('command', { params: { ...service }, body });
    if (before === null) {
      terminal.print(`${answer.service}: ${body.kind} is accepted; \`plimsoll status\` shows what follows`);
      return 0;
    }
    const deadlineMs = options.timeout;
    const goal = goalOf(service, body, before, await describe(client, service));
    const ending = await followConvergence({ client, terminal, signal, deadlineMs, since, goal });
    return printEnding(terminal, ending, deadlineMs);
  });
}

export function addSteering(program: Command, run: Run): void {
  withWait(program.command('rollback'), 'the service runs that revision')
    .description('go back to an earlier revision, and stay there until the manifest changes')
    .argument('<service>', SERVICE)
    .argument(
      '[revision]',
      'one that `plimsoll history` shows as succeeded; without it the one before',
      parseRevision,
    )
    .action((name: string, revision: string | undefined, options: Options) =>
      run((context) => steer(context, name, { kind: 'rollback', to: revision ?? null }, options)),
    );
  withWait(program.command('restart'), 'the service is ready')
    .description('replace the containers of a service by new ones, by its rollout rules')
    .argument('<service>', SERVICE)
    .option('--pull', 'ask the registry again what the tag of the image stands for')
    .action((name: string, options: Options & { readonly pull?: true }) =>
      run((context) => steer(context, name, { kind: 'restart', pull: options.pull ?? false }, options)),
    );
  const rollout = program.command('rollout').description('see and steer the rollout of a service');
  addRolloutReading(rollout, run);
  withWait(rollout.command('promote'), READY_OR_ASKED)
    .description('go on with a rollout that waits for a person, or with its next step')
    .argument('<service>', SERVICE)
    .option('--full', 'skip all steps that are left')
    .action((name: string, options: Options & { readonly full?: true }) =>
      run((context) => steer(context, name, { kind: 'promote', full: options.full ?? false }, options)),
    );
  for (const [kind, description, until] of VERBS) {
    withWait(rollout.command(kind), until)
      .description(description)
      .argument('<service>', SERVICE)
      .action((name: string, options: Options) => run((context) => steer(context, name, { kind }, options)));
  }
}
