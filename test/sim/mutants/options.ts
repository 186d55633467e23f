// What `npm run sim:mutants` is asked for.

import { givenOptions, wholeNumber } from '../given-options.ts';

export const OPTIONS = {
  seeds: { type: 'string' },
  jobs: { type: 'string' },
  only: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const USAGE = `npm run sim:mutants -- [OPTIONS]

Plants bugs in the rooms that decide and act, by hand and mechanically, and shows which of them the stories and the
worlds of the simulator catch. It takes about a quarter of an hour on two processors.

  --seeds N    so many worlds for each bug that no story has caught (60)
  --jobs N     on so many processes (2)
  --only ID    this bug alone; the whole run prints their names
  --json       besides, the figures as the last line

Ends with exit code 0 if the bars hold and every survivor is explained, else with 1.`;

export interface MutantsOrder {
  readonly seeds: number;
  readonly jobs: number;
  /** Null: all. */
  readonly only: string | null;
  readonly isJson: boolean;
}

/** Null: the usage is asked for. Throws a sentence for whoever asked. */
export function readMutantsOrder(args: readonly string[]): MutantsOrder | null {
  const options = givenOptions(args, OPTIONS);
  if (options.has('help')) return null;
  return {
    seeds: wholeNumber('seeds', options.get('seeds') ?? '60', 0),
    jobs: wholeNumber('jobs', options.get('jobs') ?? '2', 1),
    only: options.get('only') ?? null,
    isJson: options.has('json'),
  };
}
