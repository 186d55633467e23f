// The program itself, `plimsoll serve`, under a supervisor as systemd is one: it can be killed at any moment
// and comes back. What it says is asked by its socket.

import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ControllerClient, type StatusAnswer, unixConnect } from '../../src/api/client.ts';
import type { System } from './harness.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
const RESTART_MS = 1_000;

export class ControllerProcess implements AsyncDisposable {
  readonly #configPath: string;
  readonly #client: ControllerClient;
  #child: ChildProcess | null = null;
  #isWanted = true;

  /** `system` itself must not be started: one controller is enough. */
  constructor({ directory, lab, repository }: System) {
    const socket = join(directory, 'plimsoll.sock');
    this.#configPath = join(directory, 'plimsoll.yaml');
    this.#client = new ControllerClient(unixConnect(socket));
    const lines = [
      'controller: { id: lab }',
      `dataDir: ${directory}`,
      'insecurePrivateRegistries: true',
      `ssh: { keys: { default: { privateKey: "file:${lab.ssh.key.privateKeyPath}" } } }`,
      `listen: { socket: ${socket} }`,
      'limits: { housekeeping: { keepStopped: 0s } }',
      `sources: [{ id: main, url: ${repository.path}, fleet: true, poll: 1s }]`,
    ];
    writeFileSync(this.#configPath, `${lines.join('\n')}\n`, { mode: 0o600 });
  }

  start(): void {
    const child = spawn(process.execPath, [PROGRAM, 'serve', '--config', this.#configPath], {
      stdio: 'ignore',
    });
    this.#child = child;
    child.once('exit', () => {
      if (this.#isWanted) setTimeout(() => this.#isWanted && this.start(), RESTART_MS);
    });
  }

  /** SIGKILL: the supervisor starts another one. */
  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  /** Null while it does not answer. */
  async status(): Promise<StatusAnswer | null> {
    try {
      return await this.#client.ask('status');
    } catch {
      return null;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isWanted = false;
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await Promise.race([ended, sleep(5_000)]);
  }
}
