// Runs one short-lived program to its end. The lab drives iproute2, iptables, mount and git by argument
// arrays; this file makes a failure of any of them say which command it was and what it printed.

import { spawn } from 'node:child_process';

/** What every program of the lab is started with: no proxy, no agent, no user configuration leaks in. */
export const CLEAN_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
};

export interface CommandOptions {
  readonly input?: string | Buffer;
  readonly environment?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Resolves with whatever exit code the program ends with; rejects only if it cannot start or overruns. */
export function tryCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { input, environment = {}, deadlineMs = 20_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...CLEAN_ENVIRONMENT, ...environment } });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${line(command, args)} did not end within ${deadlineMs} ms`));
    }, deadlineMs);
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A program that ends without reading its input is judged by its exit code, not by EPIPE.
    child.stdin.on('error', () => {});
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new Error(`cannot start ${line(command, args)}: ${error.message}`));
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
    child.stdin.end(input ?? '');
  });
}

/** The program's standard output; any exit code but 0 is an error that quotes what it printed. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await tryCommand(command, args, options);
  if (code === 0) return stdout;
  const input = options.input === undefined ? '' : `\ninput:\n${options.input.toString().slice(0, 2000)}`;
  throw new Error(`${line(command, args)} ended with ${code}: ${(stderr || stdout).trim()}${input}`);
}

function line(command: string, args: readonly string[]): string {
  return [command, ...args].join(' ');
}
