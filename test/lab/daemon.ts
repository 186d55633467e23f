// A long-lived program inside a machine, with the faults that tests inflict on it: stop, kill, freeze.

import { eventually, Hopeless, logTail } from './eventually.ts';
import type { Inmate, Machine } from './machine.ts';
import { isReaped, isRunning, processTree, signal } from './processes.ts';

export interface DaemonSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logPath: string;
  /** Whether a kill or a freeze takes the children along: sshd's sessions yes, dockerd's containers no. */
  readonly reach: 'process' | 'tree';
  /** Throws or answers false until the daemon serves. */
  readonly isReady: () => Promise<boolean>;
}

export class Daemon {
  readonly #spec: DaemonSpec;
  readonly #machine: Machine;
  #inmate: Inmate | undefined;

  constructor(machine: Machine, spec: DaemonSpec) {
    this.#machine = machine;
    this.#spec = spec;
  }

  get isRunning(): boolean {
    return this.#inmate !== undefined && isRunning(this.#inmate.pid);
  }

  get logPath(): string {
    return this.#spec.logPath;
  }

  /** Resolves when the daemon serves. */
  async start(): Promise<void> {
    if (this.isRunning) throw new Error(`${this.#title} is running already`);
    const { command, args, logPath } = this.#spec;
    const inmate = await this.#machine.spawn(command, args, logPath);
    this.#inmate = inmate;
    await eventually(`${this.#title} to serve`, this.#patience(30_000), async () => {
      if (!isRunning(inmate.pid)) throw new Hopeless(`${this.#title} ended at its start`);
      return await this.#spec.isReady();
    });
  }

  /** Asks it to end (SIGTERM) and waits for that. */
  async stop(): Promise<void> {
    await this.#end('process', 'SIGTERM', 30_000);
  }

  /** SIGKILL: no farewell, open connections are reset. */
  async kill(): Promise<void> {
    await this.#end(this.#spec.reach, 'SIGKILL', 10_000);
  }

  /** SIGSTOP: connections stay open and new ones are accepted by the kernel, but nobody answers. */
  async pause(): Promise<void> {
    // Twice, since the first pass races with a fork: a session born in between must freeze as well.
    for (const pid of [...this.#pids(this.#spec.reach), ...this.#pids(this.#spec.reach)]) {
      signal(pid, 'SIGSTOP');
    }
  }

  async resume(): Promise<void> {
    for (const pid of this.#pids(this.#spec.reach)) signal(pid, 'SIGCONT');
  }

  async #end(reach: 'process' | 'tree', name: NodeJS.Signals, deadlineMs: number): Promise<void> {
    const pids = this.#pids(reach);
    for (const pid of pids) signal(pid, name);
    // nsenter freezes along with its child and does not thaw with it; only awake it can take note of the end.
    // It is woken no earlier, since its first act is to wake the child.
    this.#wakeDoor();
    // Not merely dead: a new dockerd takes the zombie of the old one for a dockerd that runs.
    await eventually(`the end of ${this.#title}`, this.#patience(deadlineMs), () => pids.every(isReaped));
    this.#inmate = undefined;
  }

  #wakeDoor(): void {
    const door = this.#inmate?.door.pid;
    if (door !== undefined) signal(door, 'SIGCONT');
  }

  #pids(reach: 'process' | 'tree'): number[] {
    const inmate = this.#inmate;
    if (inmate === undefined) throw new Error(`${this.#title} is not running`);
    return reach === 'tree' ? processTree(inmate.pid) : [inmate.pid];
  }

  get #title(): string {
    return `${this.#spec.name} of ${this.#machine.name}`;
  }

  #patience(deadlineMs: number) {
    return { deadlineMs, evidence: () => logTail(this.#spec.logPath) };
  }
}
