// Runs one program to its end: by an argument array, with a deadline, and with what it printed in the error.

import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { PlimsollError, problem } from '../kernel/errors.ts';
import { formatDuration } from '../kernel/time.ts';

export interface CommandOptions {
  readonly deadlineMs: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Each line of both outputs, as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where Debian keeps what only root uses, and `su` does not look. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const searchPath = (): string[] => [
  ...(process.env['PATH'] ?? '').split(path.delimiter),
  ...SYSTEM_DIRECTORIES,
];

/** The program's path; null where it is not installed. */
export function findProgram(name: string): string | null {
  const candidates = searchPath().filter((directory) => path.isAbsolute(directory));
  return candidates.map((directory) => path.join(directory, name)).find(isExecutable) ?? null;
}

/** The user's environment, without what a Git hook that started us would impose on our own Git commands. */
export function childEnvironment(): Record<string, string> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^GIT_/.test(name));
  const env = Object.fromEntries(inherited.map(([name, value]) => [name, value ?? '']));
  return { ...env, PATH: [...new Set(searchPath())].join(path.delimiter) };
}

/** Resolves with whatever exit code the program ends with; rejects where it cannot start or overruns. */
export function tryCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const { deadlineMs, cwd, env = {}, onLine } = options;
  const line = [command, ...args].join(' ');
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...childEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
      });
      if (onLine !== undefined) createInterface({ input: child[name] }).on('line', onLine);
    }
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(failed(`\`${line}\` did not end within ${formatDuration(deadlineMs)}`));
    }, deadlineMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(failed(`\`${line}\` could not be started: ${error.message}`));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, ...output });
    });
  });
}

/** The program's standard output; any exit code but 0 is an error that quotes what it printed. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<string> {
  const { code, stdout, stderr } = await tryCommand(command, args, options);
  if (code === 0) return stdout;
  const printed = (stderr.trim() || stdout.trim()).slice(-2_000);
  throw failed(`\`${[command, ...args].join(' ')}\` ended with code ${code}: ${printed}`);
}

export const failed = (message: string, hint?: string): PlimsollError =>
  new PlimsollError(problem('demo/failed', message, hint === undefined ? {} : { hint }));

export const missing = (message: string, hint: string): PlimsollError =>
  new PlimsollError(problem('demo/prerequisite', message, { hint }));
