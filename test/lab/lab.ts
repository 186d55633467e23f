// N real Docker hosts on one Linux machine, with a registry and a Git server: startLab() is the whole lab.
//
//   await using lab = await startLab({ hosts: 3 });
//   const image = await lab.images.web('1.0');
//   await lab.hosts[0]?.cutOff();

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clearAway } from './clear-away.ts';
import { type HostOptions, type LabHost, prepareHost } from './host.ts';
import type { ImageLibrary } from './images.ts';
import { createBridge, type Network, networkOf } from './network.ts';
import { type LabServices, prepareServices } from './services.ts';
import { claimSlot, type Slot } from './slot.ts';
import { generateKeyPair, type SshKeyPair } from './ssh-server.ts';

export interface LabOptions {
  /** How many hosts, or one entry for each. */
  readonly hosts?: number | readonly HostOptions[];
}

export interface LabSsh {
  /** Logs in as root on every host, and as git on the Git server. */
  readonly key: SshKeyPair;
  /** Whatever a client with this key asks for, it gets `docker system dial-stdio`. */
  readonly dialStdioKey: SshKeyPair;
  /** A known_hosts file with every host and the Git server. */
  readonly knownHostsPath: string;
}

export interface Lab extends AsyncDisposable, Pick<LabServices, 'registry' | 'privateRegistry' | 'git'> {
  readonly id: string;
  /** Removed by stop(); daemons log below it. */
  readonly directory: string;
  /** The test process's own address on the lab's bridge: what hosts and containers reach it by. */
  readonly gateway: string;
  /** For a machine of a test's own: plugIn() gives it an address beside the hosts. */
  readonly network: Network;
  readonly hosts: readonly LabHost[];
  /** The host named h1, h2, …; throws if there is none. */
  host(name: string): LabHost;
  readonly ssh: LabSsh;
  /** The machine with both registries and the Git server. */
  readonly services: LabServices;
  /** Short for registry.images. */
  readonly images: ImageLibrary;
  /** Ends and removes everything; calling it again does nothing. */
  stop(): Promise<void>;
}

export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const slot = await claimSlot();
  try {
    return await buildLab(slot, options);
  } catch (error) {
    await clearAway(slot.labId, slot.directory);
    slot.release();
    throw error;
  }
}

async function buildLab(slot: Slot, options: LabOptions): Promise<Lab> {
  const { labId, directory } = slot;
  const network = networkOf(labId, slot.number);
  const keys = join(directory, 'keys');
  mkdirSync(keys);
  const [key, dialStdioKey] = await Promise.all([
    generateKeyPair(join(keys, 'root'), 'plimsoll-lab'),
    generateKeyPair(join(keys, 'dial-stdio'), 'plimsoll-lab-dial-stdio'),
    createBridge(network),
  ]);
  const plan = { labId, labDirectory: directory, network };
  const hostKeys = [key.publicKey, `restrict,command="docker system dial-stdio" ${dialStdioKey.publicKey}`];
  const services = await prepareServices({ ...plan, authorizedKeys: [key.publicKey] });
  const hosts = await Promise.all(
    hostOptions(options).map((each, index) =>
      prepareHost({ ...plan, number: index + 1, authorizedKeys: hostKeys, options: each }),
    ),
  );
  await allSettled([services.start(), ...hosts.map((host) => host.powerOn())]);
  const knownHostsPath = join(keys, 'known_hosts');
  const servers = [...hosts, { address: services.address, hostKey: services.git.hostKey }];
  writeFileSync(knownHostsPath, servers.map(({ address, hostKey }) => `${address} ${hostKey}\n`).join(''));
  return assemble(slot, network, hosts, services, { key, dialStdioKey, knownHostsPath });
}

/** Fails only when nothing is under way any more, since clearing away cannot race with a start. */
async function allSettled(starts: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(starts)) {
    if (result.status === 'rejected') throw result.reason;
  }
}

function assemble(
  slot: Slot,
  network: Network,
  hosts: readonly LabHost[],
  services: LabServices,
  ssh: LabSsh,
): Lab {
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= clearAway(slot.labId, slot.directory).finally(() => slot.release());
    return stopped;
  };
  return {
    id: slot.labId,
    directory: slot.directory,
    gateway: network.gateway,
    network,
    hosts,
    host(name) {
      const found = hosts.find((host) => host.name === name);
      if (found === undefined) throw new Error(`the lab has no host ${name}`);
      return found;
    },
    ssh,
    services,
    registry: services.registry,
    privateRegistry: services.privateRegistry,
    git: services.git,
    images: services.registry.images,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function hostOptions(options: LabOptions): readonly HostOptions[] {
  const { hosts = 1 } = options;
  return typeof hosts === 'number' ? Array.from({ length: hosts }, () => ({})) : hosts;
}
