// Somebody who reads the manual and types what it says: at a machine of their own beside the hosts of a lab,
// as root, with `plimsoll` in the path and a home, a /run and a /var/lib where nothing is yet.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { tryCommand } from '../lab/command.ts';
import { eventually, logTail } from '../lab/eventually.ts';
import type { Lab } from '../lab/lab.ts';
import { type Inmate, Machine } from '../lab/machine.ts';
import { plugIn } from '../lab/network.ts';
import { processTree, signal } from '../lab/processes.ts';

export const ROOT = join(import.meta.dirname, '../..');
/** Hosts have the addresses from .11 on, the registry and the Git server .2. */
const STATION = 3;
const COMMAND_MS = 60_000;
const ENDS_MS = 15_000;
const NAMESPACES = ['--mount', '--net', '--uts', '--ipc', '--pid', '--'];

export interface Printed {
  readonly code: number | null;
  /** Both outputs, without colours. */
  readonly text: string;
}

export interface Typed {
  readonly line: string;
  /** Of the command; the fleet's directory unless told otherwise. */
  readonly directory?: string;
  /** Typed at the question that the command asks at its terminal. */
  readonly answer?: string;
}

/** What was started in a terminal and goes on. */
export class RunningCommand {
  readonly #inmate: Inmate;
  readonly #logPath: string;

  constructor(inmate: Inmate, logPath: string) {
    this.#inmate = inmate;
    this.#logPath = logPath;
  }

  get text(): string {
    return readFileSync(this.#logPath, 'utf8');
  }

  async shows(pattern: RegExp): Promise<void> {
    const patience = { deadlineMs: COMMAND_MS, intervalMs: 50, evidence: () => logTail(this.#logPath) };
    await eventually(`the output ${pattern}`, patience, () => pattern.test(this.text));
  }

  /** Ctrl-C. */
  async interrupt(): Promise<Printed> {
    const { door, pid } = this.#inmate;
    for (const each of processTree(pid)) signal(each, 'SIGINT');
    const patience = { deadlineMs: ENDS_MS, evidence: () => logTail(this.#logPath) };
    await eventually(
      'the end after Ctrl-C',
      patience,
      () => door.exitCode !== null || door.signalCode !== null,
    );
    return { code: door.exitCode, text: this.text };
  }
}

/** `host-1.example.com` and so on are the hosts of the lab; a Git identity and the SSH key are there. */
function furnish(lab: Lab, directory: string): void {
  for (const name of ['home/bin', 'home/.ssh', 'home/fleet', 'run', 'lib'])
    mkdirSync(join(directory, name), { recursive: true });
  const home = join(directory, 'home');
  symlinkSync(join(ROOT, 'src/bootstrap/plimsoll.cjs'), join(home, 'bin/plimsoll'));
  writeFileSync(join(home, '.gitconfig'), '[user]\n\tname = Ada\n\temail = ada@example.com\n');
  writeFileSync(join(home, '.ssh/id_ed25519'), lab.ssh.key.privateKey, { mode: 0o600 });
  const names = lab.hosts.map(({ address }, index) => `${address} host-${index + 1}.example.com\n`);
  writeFileSync(join(directory, 'hosts'), `127.0.0.1 localhost\n${names.join('')}`);
}

export class Reader {
  readonly lab: Lab;
  readonly #machine: Machine;
  readonly #directory: string;
  readonly #environment: readonly string[];
  #started = 0;
  /** Runs in another terminal until it is ended. */
  controller: RunningCommand | null = null;

  private constructor(lab: Lab, machine: Machine, directory: string) {
    this.lab = lab;
    this.#machine = machine;
    this.#directory = directory;
    const path = [
      join(this.home, 'bin'),
      dirname(process.execPath),
      '/usr/local/bin:/usr/bin:/bin:/usr/sbin',
    ];
    this.#environment = [`HOME=${this.home}`, `PATH=${path.join(':')}`, 'LANG=C.UTF-8', 'TERM=xterm'];
  }

  static async arrive(lab: Lab): Promise<Reader> {
    const directory = join(lab.directory, 'reader');
    furnish(lab, directory);
    const machine = new Machine({
      labId: lab.id,
      name: 'reader',
      logPath: join(directory, 'machine.log'),
      mounts: [
        { source: join(directory, 'run'), target: '/run' },
        { source: join(directory, 'lib'), target: '/var/lib' },
        { source: join(directory, 'hosts'), target: '/etc/hosts' },
      ],
    });
    await machine.boot();
    await plugIn(lab.network, machine, STATION);
    return new Reader(lab, machine, directory);
  }

  get home(): string {
    return join(this.#directory, 'home');
  }

  /** Where the tour takes place. */
  get fleet(): string {
    return join(this.home, 'fleet');
  }

  /** Changes a file of the fleet, as with an editor. */
  edit(file: string, change: (text: string) => string): void {
    const path = join(this.fleet, file);
    const before = readFileSync(path, 'utf8');
    const after = change(before);
    if (after === before) throw new Error(`${file} has nothing to change any more:\n${before}`);
    writeFileSync(path, after);
  }

  /** Runs a line to its end; a command that asks gets a terminal. */
  async type({ line, directory = this.fleet, answer }: Typed): Promise<Printed> {
    const shell =
      answer === undefined
        ? ['sh', '-c', line]
        : ['script', '--quiet', '--return', '--command', line, '/dev/null'];
    const door = ['--target', String(this.#machine.pid), ...NAMESPACES];
    const { code, stdout, stderr } = await tryCommand(
      'nsenter',
      [...door, ...this.#inside(directory), ...shell],
      { deadlineMs: COMMAND_MS, ...(answer === undefined ? {} : { input: `${answer}\n` }) },
    );
    return { code, text: stripVTControlCharacters(stdout + stderr).replaceAll('\r', '') };
  }

  /** Starts a line that goes on until it is interrupted. */
  async start(line: string): Promise<RunningCommand> {
    this.#started += 1;
    const logPath = join(this.#directory, `terminal-${this.#started}.log`);
    const [program = '', ...args] = [...this.#inside(this.fleet), 'sh', '-c', `exec ${line}`];
    return new RunningCommand(await this.#machine.spawn(program, args, logPath), logPath);
  }

  #inside(directory: string): readonly string[] {
    return ['env', '--ignore-environment', `--chdir=${directory}`, ...this.#environment];
  }
}
