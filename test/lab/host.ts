// A Docker host of the lab, as the product meets it: an address, an sshd on port 22, an engine on the default
// socket. And what the product must bear: cables cut, power lost, daemons killed or frozen, a full disk.

import { chmodSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import type { CommandOptions } from './command.ts';
import { runCommand } from './command.ts';
import type { Daemon } from './daemon.ts';
import { type Disk, plainDisk, smallDisk } from './disk.ts';
import { prepareEngine } from './engine.ts';
import { type BindMount, Machine } from './machine.ts';
import { addressIn, blockPort, limitPort, type Network, plugIn, unblockPort } from './network.ts';
import { prepareSshServer, type SshServer } from './ssh-server.ts';

export interface HostOptions {
  /** Keeps the engine's data on a memory disk of this size, so that `disk.fill()` can fill it. */
  readonly diskMiB?: number;
  readonly dockerdArgs?: readonly string[];
}

export interface HostPlan {
  readonly labId: string;
  readonly labDirectory: string;
  readonly network: Network;
  readonly number: number;
  readonly authorizedKeys: readonly string[];
  readonly options: HostOptions;
}

export class LabHost {
  readonly name: string;
  readonly address: string;
  /** What a Host manifest says. */
  readonly url: string;
  /** "ssh-ed25519 AAAA… h1" */
  readonly hostKey: string;
  /** The engine's socket as the test process sees it; on the host itself it is /var/run/docker.sock. */
  readonly dockerSocket: string;
  /** The engine, past SSH and all faults of the network: for asserting the true state of the world. */
  readonly docker: Docker;
  readonly sshd: Daemon;
  readonly dockerd: Daemon;
  readonly disk: Disk;
  readonly #machine: Machine;
  readonly #network: Network;
  readonly #directory: string;
  readonly #station: number;

  /** Use prepareHost(). */
  constructor(plan: HostPlan, machine: Machine, sshServer: SshServer, disk: Disk) {
    this.name = machine.name;
    this.#machine = machine;
    this.#network = plan.network;
    this.#station = stationOf(plan.number);
    this.#directory = hostDirectory(plan);
    this.address = addressIn(plan.network, this.#station);
    this.url = `ssh://root@${this.address}:22`;
    this.hostKey = sshServer.hostKey.publicKey;
    this.dockerSocket = join(this.#directory, 'run', 'docker.sock');
    this.sshd = sshServer.daemon;
    this.disk = disk;
    const engine = prepareEngine({
      machine,
      directory: this.#directory,
      socketPath: this.dockerSocket,
      insecureRegistries: [`${plan.network.prefix}.0/24`],
      extraArgs: plan.options.dockerdArgs ?? [],
    });
    this.docker = engine.docker;
    this.dockerd = engine.daemon;
  }

  /** Boots the host; resolves when its sshd and its engine serve. */
  async powerOn(): Promise<void> {
    const run = join(this.#directory, 'run');
    // As on a real machine, /run does not outlive the power: a stale docker.pid there would stop dockerd.
    rmSync(run, { recursive: true, force: true });
    mkdirSync(join(run, 'sshd'), { recursive: true, mode: 0o755 });
    await this.#machine.boot();
    await plugIn(this.#network, this.#machine, this.#station);
    await Promise.all([this.sshd.start(), this.dockerd.start()]);
  }

  /** Pulls the plug: daemons and containers are gone at once, the disk keeps what it has. */
  async powerOff(): Promise<void> {
    await this.#machine.kill();
  }

  /** Nothing gets in or out, and nobody is told: open connections hang, new ones get no answer. */
  async cutOff(): Promise<void> {
    await blockPort(this.#network, this.#station);
  }

  async heal(): Promise<void> {
    await unblockPort(this.#network, this.#station);
  }

  /** Slows down what comes in, so that a pull takes its time; null: at full speed. */
  async limitDownload(mbitPerS: number | null): Promise<void> {
    await limitPort(this.#network, this.#station, mbitPerS);
  }

  /** Runs a program on the host, past SSH. */
  run(command: string, args: readonly string[] = [], options: CommandOptions = {}): Promise<string> {
    return this.#machine.run(command, args, options);
  }
}

export async function prepareHost(plan: HostPlan): Promise<LabHost> {
  const directory = hostDirectory(plan);
  for (const name of ['run', 'docker', 'etc-docker']) mkdirSync(join(directory, name), { recursive: true });
  // Places to bind over: a machine whose own dockerd has never run lacks them.
  for (const target of ['/var/lib/docker', '/etc/docker']) mkdirSync(target, { recursive: true });
  // Overlays cannot be stacked on an overlay, which is what the disk is if the lab itself runs in a container.
  const isOverlay = statfsSync(directory).type === 0x794c7630;
  const { diskMiB } = plan.options;
  const diskPath = join(directory, 'docker');
  if (diskMiB !== undefined || isOverlay) {
    const size = diskMiB === undefined ? [] : ['--options', `size=${diskMiB}m`];
    await runCommand('mount', ['--types', 'tmpfs', ...size, 'tmpfs', diskPath]);
  }
  chmodSync(diskPath, 0o710);
  const machine = new Machine({
    labId: plan.labId,
    name: `h${plan.number}`,
    logPath: join(directory, 'machine.log'),
    mounts: await hostMounts(directory, plan.network),
  });
  const address = addressIn(plan.network, stationOf(plan.number));
  const { authorizedKeys } = plan;
  const sshServer = await prepareSshServer({ machine, address, directory, authorizedKeys });
  const disk = diskMiB === undefined ? plainDisk(machine.name) : smallDisk(diskPath, diskMiB);
  return new LabHost(plan, machine, sshServer, disk);
}

async function hostMounts(directory: string, network: Network): Promise<BindMount[]> {
  const resolverConfig = join(directory, 'resolv.conf');
  // A nameserver that refuses at once: containers of the lab resolve only each other.
  writeFileSync(resolverConfig, `nameserver ${network.gateway}\n`);
  const resolver = await realpath('/etc/resolv.conf').catch(() => undefined);
  const mounts = [
    { source: join(directory, 'docker'), target: '/var/lib/docker' },
    // Up to version 20.10 the engine's ID comes from /etc/docker/key.json: shared, all hosts would be one engine.
    { source: join(directory, 'etc-docker'), target: '/etc/docker' },
    { source: join(directory, 'run'), target: '/run' },
  ];
  const inRun = resolver === undefined || resolver.startsWith('/run/');
  return inRun ? mounts : [{ source: resolverConfig, target: resolver }, ...mounts];
}

function hostDirectory(plan: HostPlan): string {
  return join(plan.labDirectory, `h${plan.number}`);
}

/** Hosts have the addresses from .11 on. */
function stationOf(number: number): number {
  return 10 + number;
}
