// `plimsoll serve`: the controller, until it is told to stop. What happens is told line by line.

import type { Command } from 'commander';
import { ControllerClient, type ControllerEvent, unixConnect } from '../../api/client.ts';
import type { Config } from '../../config/config.ts';
import { loadRequiredConfig } from '../configuration.ts';
import type { CommandContext, Run } from '../context.ts';
import { exitCodeOf, printProblem } from '../problems.ts';
import { isChatter, printEvent } from './events.ts';

const LEAST: Readonly<Record<Config['logLevel'], readonly ControllerEvent['level'][]>> = {
  debug: ['info', 'warning', 'error'],
  info: ['info', 'warning', 'error'],
  warn: ['warning', 'error'],
  error: ['error'],
};
/** Only `debug` tells what begins, and each step of a pull. */
const isDetail = (event: ControllerEvent): boolean => isChatter(event) || event.kind === 'action/started';

async function serve(context: CommandContext, named: string | undefined): Promise<number> {
  const { terminal, runtime, env, signal } = context;
  const config = await loadRequiredConfig(named, env);
  if (!config.ok) {
    for (const found of config.error) printProblem(terminal, found);
    return exitCodeOf(config.error.map((p) => p.code));
  }
  const { logLevel, listen, controllerId } = config.value;
  const started = await runtime.serve(config.value);
  if (!started.ok) {
    printProblem(terminal, started.error);
    return exitCodeOf([started.error.code]);
  }
  const controller = started.value;
  const http = listen.http === null ? '' : ` and http://${listen.http.address}:${listen.http.port}/sync`;
  terminal.print(`controller ${controllerId} listens on ${controller.socketPath}${http}`);
  const over = new AbortController();
  let exitCode = 0;
  void controller.ended.then((found) => {
    printProblem(terminal, found);
    exitCode = exitCodeOf([found.code]);
    over.abort();
  });
  const client = new ControllerClient(unixConnect(controller.socketPath));
  const watching = AbortSignal.any([signal, over.signal]);
  try {
    for await (const event of client.events({ signal: watching })) {
      if (logLevel !== 'debug' && isDetail(event)) continue;
      if (LEAST[logLevel].includes(event.level)) printEvent(terminal, event);
    }
  } finally {
    if (signal.aborted) terminal.note('stopping; containers go on running');
    await controller.stop();
  }
  return exitCode;
}

export function addServe(program: Command, run: Run): void {
  program
    .command('serve')
    .description('run the controller')
    .option('--config <file>', 'the configuration (./plimsoll.yaml or /etc/plimsoll/plimsoll.yaml)')
    .action((options: { readonly config?: string }) => run((context) => serve(context, options.config)));
}
