// The command line of the demo.

import path from 'node:path';
import { parseArgs } from 'node:util';
import { PlimsollError, problem } from '../kernel/errors.ts';
import { defaultDirectory } from './places.ts';

export interface DemoOptions {
  /** The whole trip without a person. */
  readonly once: boolean;
  /** Containers stay at the end. */
  readonly keep: boolean;
  /** Start an engine of the demo's own, even if one runs. */
  readonly privateEngine: boolean;
  readonly directory: string;
  readonly help: boolean;
}

export const HELP = `Usage: npm run demo [-- options]

Puts the example shop into a Git repository, starts a controller that follows it, and shows how the Docker
engine of this machine becomes what the commits say.

Options:
  --once             do the whole trip alone (deploy, update, remove), print the times, and exit
  --keep             leave the containers at the end
  --private-engine   start a Docker engine of the demo's own, even if one runs (needs root on Linux)
  --directory DIR    where everything is kept (default: .cache/demo)
  --help             show this
`;

/** Rejects unknown options with a Problem. */
export function readOptions(args: readonly string[]): DemoOptions {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        'private-engine': { type: 'boolean', default: false },
        directory: { type: 'string', default: defaultDirectory },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const { once, keep, help } = values;
    const directory = path.resolve(values.directory);
    return { once, keep, privateEngine: values['private-engine'], directory, help };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new PlimsollError(
      problem('command/usage', message, { hint: '`npm run demo -- --help` lists the options.' }),
    );
  }
}
