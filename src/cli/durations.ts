// Durations on the command line: `90s`, `10m`, `1h30m`.

import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../kernel/time.ts';

/** Milliseconds. */
export function parseTimeout(text: string): number {
  const duration = parseDuration(text);
  if (duration === null || duration < 1_000)
    throw new InvalidArgumentError('Write a duration such as 90s, 10m or 1h30m.');
  return duration;
}

const USUAL_WAIT = '15m';

/** `--timeout`, in milliseconds. */
export const timeoutOption = (): Option =>
  new Option('--timeout <duration>', 'how long to wait')
    .argParser(parseTimeout)
    .default(parseTimeout(USUAL_WAIT), USUAL_WAIT);
