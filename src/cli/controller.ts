// The options by which every command that needs a running controller finds it, and the client for it.

import { type Command, Option } from 'commander';
import { ControllerClient, unixConnect } from '../api/client.ts';
import { localSocketPath } from './configuration.ts';
import type { CommandContext } from './context.ts';
import { sshConnect } from './ssh-controller.ts';

export interface ControllerOptions {
  readonly controller?: string;
  readonly socket?: string;
  readonly config?: string;
  readonly identity?: string;
}

export function withController(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--controller <address>',
        'a controller on another machine: ssh://user@host[:port][/socket]; $PLIMSOLL_CONTROLLER',
      ).conflicts('socket'),
    )
    .option('--socket <path>', 'the socket of a controller on this machine; $PLIMSOLL_SOCKET')
    .option('--config <file>', 'the plimsoll.yaml that names the socket')
    .option('--identity <file>', 'the SSH key for --controller, instead of the agent');
}

/** Works with a client, and closes what leads to it. */
export async function withClient<T>(
  context: CommandContext,
  options: ControllerOptions,
  work: (client: ControllerClient) => Promise<T>,
): Promise<T> {
  const fromEnv = options.socket === undefined ? context.env['PLIMSOLL_CONTROLLER'] : undefined;
  const address = options.controller ?? fromEnv;
  if (address !== undefined && address !== '') {
    const { connect, close } = await sshConnect(address, options.identity, context);
    try {
      return await work(new ControllerClient(connect));
    } finally {
      close();
    }
  }
  const socketPath = await localSocketPath(options, context.env);
  return work(new ControllerClient(unixConnect(socketPath)));
}

export const withJson = (command: Command): Command =>
  command.option('--json', 'print JSON of a documented shape');
