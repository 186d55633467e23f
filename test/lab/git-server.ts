// The lab's Git server, over HTTP and over SSH, on the services machine.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon } from './daemon.ts';
import { createRepository, type LabRepository, type RepositoryOptions } from './git-repository.ts';
import type { Machine } from './machine.ts';
import type { SshServer } from './ssh-server.ts';

export interface LabGit {
  /** Creates an empty bare repository that can be fetched and pushed over both protocols. */
  createRepository(name: string, options?: RepositoryOptions): Promise<LabRepository>;
  readonly httpd: Daemon;
  readonly sshd: Daemon;
  /** "ssh-ed25519 AAAA… services" */
  readonly hostKey: string;
}

export interface GitServerPlan {
  readonly machine: Machine;
  readonly address: string;
  readonly labDirectory: string;
  readonly sshServer: SshServer;
}

/** The same path inside the services machine: hiding a directory behind a shorter one might hide the checkout. */
export function gitRoot(labDirectory: string): string {
  return join(labDirectory, 'git');
}

export function prepareGitServer(plan: GitServerPlan): LabGit {
  const directory = gitRoot(plan.labDirectory);
  mkdirSync(directory);
  const httpd = new Daemon(plan.machine, {
    name: 'git over HTTP',
    command: process.execPath,
    args: [join(import.meta.dirname, 'git-http-server.ts'), plan.address, '80', directory],
    logPath: join(plan.labDirectory, 'git-http.log'),
    reach: 'process',
    isReady: async () => {
      await fetch(`http://${plan.address}/`, { signal: AbortSignal.timeout(1000) });
      return true;
    },
  });
  return {
    createRepository: (name, options = {}) =>
      createRepository(
        {
          path: join(directory, `${name}.git`),
          httpUrl: `http://${plan.address}/${name}.git`,
          sshUrl: `ssh://git@${plan.address}:22${directory}/${name}.git`,
        },
        options,
      ),
    httpd,
    sshd: plan.sshServer.daemon,
    hostKey: plan.sshServer.hostKey.publicKey,
  };
}
