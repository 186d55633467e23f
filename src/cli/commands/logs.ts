// `plimsoll logs NAME`: what the containers of a service print, all of them together.

import { type Command, InvalidArgumentError } from 'commander';
import type { LogLine } from '../../api/client.ts';
import type { CommandContext, Run } from '../context.ts';
import { type ControllerOptions, withClient, withController, withJson } from '../controller.ts';
import { parseTimeout } from '../durations.ts';
import { LogLabels } from '../log-labels.ts';
import { findService } from '../service-name.ts';
import type { Style, Terminal } from '../terminal.ts';

interface Options extends ControllerOptions {
  readonly follow?: true;
  readonly tail?: number;
  readonly since?: number;
  readonly timestamps?: true;
  readonly previous?: true;
  readonly instance?: number;
  readonly prefix: boolean;
  readonly json?: true;
}

const STYLES: readonly Style[] = ['cyan', 'yellow', 'green', 'bold'];

export function parseCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
}

/** Writes lines as they are, each with its container in front where there are several. */
function linePrinter(terminal: Terminal, options: Options): (line: LogLine) => void {
  const labels = new LogLabels();
  const styles = new Map<string, Style>();
  const prefix = (container: string): string => {
    const style = styles.get(container) ?? STYLES[styles.size % STYLES.length] ?? 'cyan';
    styles.set(container, style);
    const text = options.prefix ? labels.prefixOf(container) : '';
    return text === '' ? '' : terminal.paint(style, text);
  };
  return (line) => {
    if (line.type === 'heartbeat') return;
    labels.add(line.container);
    if (options.json) terminal.print(JSON.stringify(line));
    else if (line.type === 'end')
      terminal.note(
        terminal.paintError('dim', `${labels.of(line.container)} on ${line.host}: ${line.because}`),
      );
    else if (line.type === 'line') {
      const text = `${prefix(line.container)}${line.text}`;
      if (line.stream === 'stdout') terminal.print(text);
      else terminal.note(text);
    }
  };
}

async function logs(context: CommandContext, name: string, options: Options): Promise<number> {
  const { terminal, signal } = context;
  return withClient(context, options, async (client) => {
    const service = await findService(client, name);
    const flag = (value: boolean | undefined): 'true' | 'false' => (value ? 'true' : 'false');
    const query = {
      follow: flag(options.follow),
      timestamps: flag(options.timestamps),
      previous: flag(options.previous),
      ...(options.tail === undefined ? {} : { tail: options.tail }),
      ...(options.since === undefined ? {} : { sinceMs: options.since }),
      ...(options.instance === undefined ? {} : { ordinal: options.instance }),
    };
    const print = linePrinter(terminal, options);
    for await (const line of client.logs(service, query, signal)) print(line);
    return 0;
  });
}

export function addLogs(program: Command, run: Run): void {
  withController(withJson(program.command('logs')))
    .description('show what the containers of a service print; with --json one object per line')
    .argument('<service>', 'the service: NAME or NAMESPACE/NAME')
    .option('-f, --follow', 'go on with what they print, also those that a rollout adds')
    .option('-n, --tail <lines>', 'only the last lines of each container', parseCount)
    .option('--since <duration>', 'only what is younger, such as 10m', parseTimeout)
    .option('-t, --timestamps', 'put the time in front of each line')
    .option('--previous', 'containers that have ended, as long as they are kept')
    .option('-i, --instance <number>', 'only the container with this ordinal', parseCount)
    .option(
      '--no-prefix',
      'lines without the name of their container, which they have where there are several',
    )
    .action((name: string, options: Options) => run((context) => logs(context, name, options)));
}
