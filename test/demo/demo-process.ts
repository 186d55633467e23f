// Runs the demo as a person does, by the command behind `npm run demo`, in a network namespace where nothing
// else listens and no registry can be reached.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runCommand } from '../lab/command.ts';
import { eventually } from '../lab/eventually.ts';

const KILLED_MS = 10_000;
const PROJECT = resolve(import.meta.dirname, '../..');

/** A network namespace with nothing in it but the loopback. */
export class QuietNetwork implements AsyncDisposable {
  readonly name = `plimsoll-demo-${process.pid}`;

  get path(): string {
    return `/run/netns/${this.name}`;
  }

  async create(): Promise<void> {
    await runCommand('ip', ['netns', 'add', this.name]);
    await runCommand('ip', ['-n', this.name, 'link', 'set', 'lo', 'up']);
  }

  /** Names of what is in it. */
  async interfaces(): Promise<readonly string[]> {
    const listed = await runCommand('ip', ['-n', this.name, '-brief', 'link']);
    return listed.split('\n').flatMap((line) => line.split(/\s+/)[0] || []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await runCommand('ip', ['netns', 'delete', this.name]);
  }
}

/** The network namespace that a program of the lab sees, as a path to enter it by. */
export function networkOf(link: string): string {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/ns/net`) === link;
    } catch {
      return false; // gone meanwhile
    }
  });
  if (found === undefined) throw new Error(`no process is in ${link}`);
  return `/proc/${found}/ns/net`;
}

export class DemoProcess {
  readonly #child: ChildProcess;
  #hasEnded = false;
  #output = '';

  constructor(network: string, scratch: Scratch, args: readonly string[], env: Record<string, string> = {}) {
    const demo = [
      join(PROJECT, 'src/bootstrap/run.cjs'),
      'src/demo/main.ts',
      '--directory',
      scratch.demo,
      ...args,
    ];
    const { DOCKER_HOST: _, ...inherited } = process.env;
    this.#child = spawn('nsenter', [`--net=${network}`, '--', process.execPath, ...demo], {
      env: { ...inherited, TMPDIR: scratch.temporary, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
    this.#child.once('close', () => {
      this.#hasEnded = true;
    });
  }

  get output(): string {
    return this.#output;
  }

  /** Resolves when the text has been printed. */
  async says(text: string, deadlineMs: number): Promise<void> {
    await eventually(`the demo to say "${text}"`, { deadlineMs, evidence: () => `\n${this.#output}` }, () =>
      this.#output.includes(text),
    );
  }

  /** Resolves with the exit code. */
  async ends(deadlineMs: number): Promise<number | null> {
    const evidence = () => `\n${this.#output}`;
    await eventually('the end of the demo', { deadlineMs, evidence }, () => this.#hasEnded);
    return this.#child.exitCode;
  }

  /** SIGKILL to the demo itself: it gets no chance to clear away. The controller and the engine go on. */
  async kill(directory: string): Promise<void> {
    for (const { pid, line } of processesNaming(directory)) {
      if (line.includes('src/demo/main.ts') || line.includes('run.cjs')) process.kill(pid, 'SIGKILL');
    }
    await this.ends(KILLED_MS);
  }
}

/** Whatever runs and names the directory on its command line. */
export function processesNaming(
  directory: string,
): readonly { readonly pid: number; readonly line: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ');
        return line.includes(directory) ? [{ pid: Number(pid), line }] : [];
      } catch {
        return []; // gone meanwhile
      }
    });
}

/** Directories of one test. At the end whatever a failed demo left running there is ended. */
export class Scratch implements AsyncDisposable {
  readonly root: string;
  readonly demo: string;
  readonly temporary: string;

  constructor() {
    // Not /tmp: that is memory on many systems, and images belong on a real disk.
    this.root = mkdtempSync('/var/tmp/plimsoll-demo-test-');
    this.demo = join(this.root, 'demo');
    this.temporary = join(this.root, 'tmp');
    mkdirSync(this.temporary);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // An engine that is asked to end takes its containers and mounts along.
    for (const { pid } of processesNaming(this.root)) process.kill(pid, 'SIGTERM');
    await eventually(
      'the end of what ran in the scratch directory',
      { deadlineMs: 30_000 },
      () => processesNaming(this.root).length === 0,
    );
    rmSync(this.root, { recursive: true, force: true });
  }
}
