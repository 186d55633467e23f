// The services machine of a lab: two registries and a Git server at one address of their own, so that they have
// the ports people expect (22, 80, 5000) and can be cut off like any host.

import { appendFileSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gitRoot, type LabGit, prepareGitServer } from './git-server.ts';
import { Machine } from './machine.ts';
import { addressIn, blockPort, type Network, plugIn, unblockPort } from './network.ts';
import { type LabRegistry, prepareRegistry } from './registry.ts';
import { prepareSshServer } from './ssh-server.ts';

export interface LabServices {
  readonly address: string;
  readonly registry: LabRegistry;
  readonly privateRegistry: LabRegistry;
  readonly git: LabGit;
  cutOff(): Promise<void>;
  heal(): Promise<void>;
  start(): Promise<void>;
}

export interface ServicesPlan {
  readonly labId: string;
  readonly labDirectory: string;
  readonly network: Network;
  readonly authorizedKeys: readonly string[];
}

const STATION = 2;

export async function prepareServices(plan: ServicesPlan): Promise<LabServices> {
  const { labId, labDirectory, network, authorizedKeys } = plan;
  const directory = join(labDirectory, 'services');
  mkdirSync(join(directory, 'run', 'sshd'), { recursive: true, mode: 0o755 });
  const machine = new Machine({
    labId,
    name: 'services',
    logPath: join(directory, 'machine.log'),
    mounts: [
      { source: passwdWithGit(directory, gitRoot(labDirectory)), target: '/etc/passwd' },
      { source: join(directory, 'run'), target: '/run' },
    ],
  });
  const address = addressIn(network, STATION);
  const sshServer = await prepareSshServer({ machine, address, directory, authorizedKeys });
  const registryOn = (name: string, port: number, withPassword: boolean) =>
    prepareRegistry({ machine, name, address: `${address}:${port}`, labDirectory, withPassword });
  const registry = registryOn('registry', 5000, false);
  const privateRegistry = registryOn('private-registry', 5001, true);
  const git = prepareGitServer({ machine, address, labDirectory, sshServer });
  return {
    address,
    registry,
    privateRegistry,
    git,
    cutOff: () => blockPort(network, STATION),
    heal: () => unblockPort(network, STATION),
    async start() {
      await machine.boot();
      await plugIn(network, machine, STATION);
      await Promise.all([
        registry.daemon.start(),
        privateRegistry.daemon.start(),
        git.httpd.start(),
        git.sshd.start(),
      ]);
    },
  };
}

/**
 * A copy of the machine's user list with a `git` whose only shell is git-shell. It is root by number, so that
 * the repositories belong to whoever reads them, here and over HTTP.
 */
function passwdWithGit(directory: string, home: string): string {
  const path = join(directory, 'passwd');
  copyFileSync('/etc/passwd', path);
  appendFileSync(path, `git:x:0:0:git:${home}:/usr/bin/git-shell\n`);
  return path;
}
