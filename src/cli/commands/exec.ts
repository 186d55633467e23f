// `plimsoll exec NAME COMMAND…`: runs a command in a container of a service, with a terminal on request.

import { ReadStream } from 'node:tty';
import { Command } from 'commander';
import type { ExecConnection } from '../../api/client.ts';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { CommandContext, Run } from '../context.ts';
import { type ControllerOptions, withClient, withController } from '../controller.ts';
import { findService } from '../service-name.ts';
import type { Terminal } from '../terminal.ts';
import { parseCount } from './logs.ts';

interface Options extends ControllerOptions {
  readonly interactive?: true;
  readonly tty?: true;
  readonly instance?: number;
}

/** Hands keys over one by one; gives the function that makes the terminal normal again. */
function makeRaw({ stdin }: Terminal): () => void {
  if (!(stdin instanceof ReadStream)) return () => {};
  stdin.setRawMode(true);
  const restore = (): void => void stdin.setRawMode(false);
  process.once('exit', restore);
  return () => {
    process.off('exit', restore);
    restore();
  };
}

async function feed(terminal: Terminal, connection: ExecConnection): Promise<void> {
  for await (const data of terminal.stdin) await connection.write(Buffer.from(data));
  connection.closeInput();
}

async function drain(terminal: Terminal, connection: ExecConnection): Promise<void> {
  for await (const { stream, data } of connection.output) {
    const output = stream === 'stdout' ? terminal.stdout : terminal.stderr;
    if (!output.write(data)) await new Promise((resolve) => output.once('drain', resolve));
  }
}

async function exec(
  context: CommandContext,
  name: string,
  command: readonly string[],
  options: Options,
): Promise<number> {
  const { terminal, signal } = context;
  const tty = options.tty ?? false;
  if (tty && !(terminal.stdout.isTTY === true && terminal.stdin.isTTY === true)) {
    const hint = 'Leave out -t where input or output is no terminal.';
    throw new PlimsollError(problem('command/usage', 'there is no terminal here', { hint }));
  }
  return withClient(context, options, async (client) => {
    const service = await findService(client, name);
    const connection = await client.exec(service, {
      command: [...command],
      tty,
      stdin: options.interactive ?? false,
      size: tty ? { columns: terminal.columns, rows: terminal.rows } : null,
      ordinal: options.instance ?? null,
    });
    const resize = (): void => connection.resize(terminal.columns, terminal.rows);
    const close = (): void => connection.close();
    const restore = tty ? makeRaw(terminal) : (): void => {};
    signal.addEventListener('abort', close, { once: true });
    if (tty) terminal.stdout.on('resize', resize);
    try {
      if (options.interactive) void feed(terminal, connection).catch(() => {});
      await drain(terminal, connection);
      return connection.exitCode() ?? 1;
    } finally {
      restore();
      terminal.stdout.off('resize', resize);
      signal.removeEventListener('abort', close);
      terminal.stdin.destroy();
    }
  });
}

const withOptions = (command: Command): Command =>
  withController(command)
    .option('-i, --interactive', 'send standard input')
    .option('-t, --tty', 'with a terminal')
    .option('--instance <number>', 'in the container with this ordinal', parseCount)
    .passThroughOptions();

/**
 * What stands behind the name: options of our own may, as with kubectl and Compose, up to `--` or to the
 * command, whose own options are none of ours.
 */
function readRest(
  outer: Command,
  rest: readonly string[],
): { readonly command: readonly string[]; readonly options: Partial<Options> } {
  const inner = withOptions(new Command('exec')).argument('<command...>').copyInheritedSettings(outer);
  inner.parse(rest, { from: 'user' });
  return { command: inner.args, options: inner.opts<Partial<Options>>() };
}

export function addExec(program: Command, run: Run): void {
  withOptions(program.command('exec'))
    .description(
      'run a command in a container of a service; its exit code is the one of the command; options stand before or behind the service, `--` ends them',
    )
    .argument('<service>', 'the service: NAME or NAMESPACE/NAME')
    .argument('<command...>', 'the command and its arguments')
    .action((name: string, rest: string[], options: Options, outer: Command) =>
      run((context) => {
        const { command, options: more } = readRest(outer, rest);
        return exec(context, name, command, { ...options, ...more });
      }),
    );
}
