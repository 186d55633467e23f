// What a command gets to work with, and how it is run: one place where problems become messages and exit
// codes.

import type { Runtime } from './runtime.ts';
import type { Terminal } from './terminal.ts';

export interface CommandContext {
  readonly runtime: Runtime;
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the person asks for an end (Ctrl-C, SIGTERM). */
  readonly signal: AbortSignal;
  /** Of this program. */
  readonly version: string;
}

/** Runs the work of a command; its result is the exit code. */
export type Run = (work: (context: CommandContext) => Promise<number>) => Promise<void>;
