// One machine of the lab: a process 1 of its own with mount, network, PID, host name and IPC namespaces, as a
// container has them, but on the filesystem of the real machine with a few private directories bound over it.
// Killing process 1 takes everything of the machine with it, containers included, as pulling the plug does.
// The cgroup namespace stays shared: dockerd needs the cgroups. (`ip netns exec` would hide them.)

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { CLEAN_ENVIRONMENT, type CommandOptions, runCommand } from './command.ts';
import { eventually, Hopeless, logTail } from './eventually.ts';
import { childrenOf, isRunning, MARK, programOf, signal } from './processes.ts';

export interface BindMount {
  readonly source: string;
  readonly target: string;
}

export interface MachineSpec {
  readonly labId: string;
  readonly name: string;
  readonly logPath: string;
  readonly mounts: readonly BindMount[];
}

/** A program inside a machine, by its id as the test process sees it. */
export interface Inmate {
  readonly pid: number;
  /** The nsenter that put it there; it ends when the program ends. */
  readonly door: ChildProcess;
}

// The kernel kills the lab's processes when the test process dies, however it dies.
const DIE_WITH_PARENT = ['--pdeathsig', 'KILL', '--'] as const;
const NAMESPACES = ['--mount', '--net', '--uts', '--ipc', '--pid'] as const;

export class Machine {
  readonly spec: MachineSpec;
  #init: Inmate | undefined;

  constructor(spec: MachineSpec) {
    this.spec = spec;
  }

  get name(): string {
    return this.spec.name;
  }

  /** The id of the machine's process 1, by which its namespaces are entered. */
  get pid(): number {
    if (this.#init === undefined) throw new Error(`${this.name} is switched off`);
    return this.#init.pid;
  }

  get isOn(): boolean {
    return this.#init !== undefined && isRunning(this.#init.pid);
  }

  async boot(): Promise<void> {
    const unshare = ['unshare', ...NAMESPACES, '--fork', '--kill-child=SIGKILL', '--mount-proc'];
    const init = ['--propagation', 'private', '--', 'tini', '-s', '--', 'sleep', 'infinity'];
    const door = this.#spawn([...unshare, ...init], this.spec.logPath);
    const pid = await this.#firstChild(door, this.spec.logPath, (child) => programOf(child) === 'tini');
    this.#init = { pid, door };
    for (const { source, target } of this.spec.mounts) {
      await this.#enter(['--mount'], ['mount', '--bind', source, target]);
    }
    await this.#enter(['--uts'], ['hostname', this.name]);
  }

  /** Pulls the plug: nothing inside gets a chance to say goodbye. */
  async kill(): Promise<void> {
    const init = this.#init;
    if (init === undefined) return;
    this.#init = undefined;
    signal(init.pid, 'SIGKILL');
    await eventually(`the end of ${this.name}`, { deadlineMs: 15_000 }, () => !isRunning(init.pid));
  }

  /** Starts a long-lived program inside, its output appended to the log. */
  async spawn(command: string, args: readonly string[], logPath: string): Promise<Inmate> {
    const nsenter = ['nsenter', '--target', String(this.pid), ...NAMESPACES, '--'];
    const door = this.#spawn([...nsenter, command, ...args], logPath);
    return { pid: await this.#firstChild(door, logPath, () => true), door };
  }

  /** Runs a program inside to its end and gives its output. */
  run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
    return this.#enter(NAMESPACES, [command, ...args], options);
  }

  #enter(
    namespaces: readonly string[],
    command: readonly string[],
    options: CommandOptions = {},
  ): Promise<string> {
    const target = ['--target', String(this.pid)];
    return runCommand('nsenter', [...target, ...namespaces, '--', ...command], options);
  }

  #spawn(command: readonly string[], logPath: string): ChildProcess {
    const log = openSync(logPath, 'a');
    const door = spawn('setpriv', [...DIE_WITH_PARENT, ...command], {
      env: { ...CLEAN_ENVIRONMENT, [MARK]: this.spec.labId },
      stdio: ['ignore', log, log],
      // A session of its own, so that Ctrl-C in a terminal reaches the test run only, which then stops the lab.
      detached: true,
    });
    closeSync(log);
    door.on('error', () => {}); // seen by firstChild as a door without a process id
    door.unref();
    return door;
  }

  #firstChild(door: ChildProcess, logPath: string, accept: (pid: number) => boolean): Promise<number> {
    const patience = { deadlineMs: 10_000, intervalMs: 5, evidence: () => logTail(logPath) };
    return eventually(`a process in ${this.name}`, patience, () => {
      if (door.pid === undefined) throw new Hopeless('cannot start setpriv (Debian package util-linux)');
      if (door.exitCode !== null) throw new Hopeless(`${door.spawnargs.join(' ')}: exit ${door.exitCode}`);
      return childrenOf(door.pid).find(accept);
    });
  }
}
