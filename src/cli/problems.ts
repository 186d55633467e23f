// Problems as people and editors read them: `file:line:column: message (code)`, and below what to do.

import { CATALOGUE, type ErrorCode, formatProblem, type Problem } from '../kernel/errors.ts';
import { harmless, type Terminal } from './terminal.ts';

export function printProblem(terminal: Terminal, found: Problem, level: 'error' | 'warning' = 'error'): void {
  const [first = '', ...rest] = harmless(formatProblem(found)).split('\n');
  terminal.note(
    terminal.paintError(
      level === 'error' ? 'red' : 'yellow',
      level === 'error' ? first : `warning: ${first}`,
    ),
  );
  for (const line of rest) terminal.note(terminal.paintError('dim', line));
}

/** The exit code of the gravest; 1 where it is not said otherwise. */
export const exitCodeOf = (codes: readonly ErrorCode[]): number =>
  Math.max(1, ...codes.map((code) => CATALOGUE[code].exitCode));
