// Installs Debian packages for their programs alone: the services that come with them (dockerd, sshd, the
// registry) are neither started now nor at the next boot.

import { spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { tryCommand } from './command.ts';

const APT = '/usr/bin/apt-get';
/** Asked by every maintainer script before it starts a service; 101 means "may not". */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';
const INSTALL_DEADLINE_MS = 900_000;

const SERVICES: Readonly<Record<string, readonly string[]>> = {
  'docker.io': ['docker.service', 'docker.socket'],
  containerd: ['containerd.service'],
  'openssh-server': ['ssh.service', 'ssh.socket'],
  'docker-registry': ['docker-registry.service'],
};

/** Gives a sentence that says why if it cannot. */
export async function installPackages(packages: readonly string[]): Promise<string | undefined> {
  const names = packages.join(' ');
  if (!existsSync(APT)) {
    return `The lab can install its programs on Debian and Ubuntu only; install here what gives: ${names}.`;
  }
  console.log(`installing ${names}`);
  const before = await installedServices();
  const ownPolicy = !existsSync(SERVICE_POLICY);
  if (ownPolicy) writeFileSync(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    // An out-of-date index may do; whether it does, the installation tells.
    await apt(['update']);
    const code = await apt(['install', '--yes', '--no-install-recommends', ...packages]);
    if (code !== 0) {
      return `apt-get could not install ${names} (exit code ${code}): its own messages above say why.`;
    }
  } finally {
    if (ownPolicy) rmSync(SERVICE_POLICY, { force: true });
  }
  const added = (await installedServices()).filter((unit) => !before.includes(unit));
  await disable(added);
  return undefined;
}

function apt(args: readonly string[]): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn(APT, ['--quiet=2', ...args], {
      // The user's own environment, since only that knows of a proxy on the way to the packages.
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l' },
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: INSTALL_DEADLINE_MS,
    });
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
}

/** The services of the packages that are installed; dependencies may bring more than was asked for. */
async function installedServices(): Promise<string[]> {
  const units: string[] = [];
  for (const [name, services] of Object.entries(SERVICES)) {
    const { stdout } = await tryCommand('dpkg-query', ['--status', name]);
    if (stdout.includes('Status: install ok installed')) units.push(...services);
  }
  return units;
}

async function disable(units: readonly string[]): Promise<void> {
  if (units.length === 0 || !existsSync('/run/systemd/system')) return;
  // One by one: a unit that this release does not have must not keep the others enabled.
  for (const unit of units) await tryCommand('systemctl', ['disable', unit]);
}
