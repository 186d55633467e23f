// Runs the command line: in this process with streams that remember, or as the program that people start.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { runCli } from '../../src/cli/run.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { createRuntime } from '../../src/runtime/runtime.ts';

export const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'src/main.ts');

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Remembers what is written to it; a terminal on request. */
export class Screen extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 100;
  readonly rows = 10;

  constructor(isTTY = false) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer | string, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** For what prints and is no command. */
export function screenTerminal(): { readonly terminal: Terminal; readonly screen: Screen } {
  const screen = new Screen();
  const stdin = Object.assign(Readable.from([]), { isTTY: false });
  return { terminal: new Terminal({ stdin, stdout: screen, stderr: screen }, {}), screen };
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly isTTY?: boolean;
  readonly input?: string;
  readonly signal?: AbortSignal;
}

/** Runs a command in this process. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { env = {}, isTTY = false, input = '', signal = new AbortController().signal } = options;
  const stdout = new Screen(isTTY);
  const stderr = new Screen(isTTY);
  const stdin = Object.assign(Readable.from([Buffer.from(input)]), { isTTY });
  const code = await runCli({
    args,
    runtime: createRuntime(env),
    version: '1.2.3',
    streams: { stdin, stdout, stderr },
    env,
    signal,
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

export interface ChildOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a child process of the tests gets of this process's environment. */
export const cleanEnvironment = (): Record<string, string> => ({
  PATH: `${join(process.execPath, '..')}:/usr/bin:/bin:/usr/sbin:/sbin`,
  HOME: '/nonexistent',
});

/** Runs the program as a person would, in a directory. */
export async function runProgram(args: readonly string[], options: ChildOptions): Promise<Outcome> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: options.cwd,
    env: { ...cleanEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}
