// Installs Debian packages for their programs alone: the services that come with them are neither started
// now nor at the next boot, since the demo and the lab start engines of their own.

import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { failed, findProgram, missing, tryCommand } from '../command.ts';

const APT = '/usr/bin/apt-get';
/** Asked by every maintainer script before it starts a service; 101 means "may not". */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';
const INSTALL_MS = 900_000;
const SYSTEMCTL_MS = 20_000;
/** Of all packages that are installed here; dependencies may bring more than was asked for. */
const SERVICES = [
  'docker.service',
  'docker.socket',
  'containerd.service',
  'ssh.service',
  'ssh.socket',
  'docker-registry.service',
  'haproxy.service',
];

/** Program to Debian package. */
const PACKAGES: Readonly<Record<string, string>> = {
  git: 'git',
  dockerd: 'docker.io',
  haproxy: 'haproxy',
  flock: 'util-linux',
};
const ELSEWHERE: Readonly<Record<string, string>> = {
  git: 'Install Git (https://git-scm.com/downloads) and run the demo again.',
  dockerd: 'Install and start Docker (https://docs.docker.com/get-docker/) and run the demo again.',
  haproxy: 'Connect this machine to docker.io, or install HAProxy 2.6 or later, and run the demo again.',
};

type Say = (detail: string) => void;

/** In the user's own environment, since only that knows of a proxy on the way to the packages. */
const apt = (args: readonly string[], say: Say) =>
  tryCommand(APT, ['--quiet', ...args], {
    deadlineMs: INSTALL_MS,
    env: { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'l' },
    onLine: say,
  });

async function enabledServices(): Promise<readonly string[]> {
  if (!existsSync('/run/systemd/system')) return [];
  const asked = await Promise.all(
    SERVICES.map((unit) => tryCommand('systemctl', ['is-enabled', unit], { deadlineMs: SYSTEMCTL_MS })),
  );
  return SERVICES.filter((_, index) => asked[index]?.code === 0);
}

/** Whether this is Debian or one of its descendants. */
export const hasApt = (): boolean => existsSync(APT);

/** Needs root and `hasApt()`. Tells `say` each line of apt-get; rejects where that fails. */
export async function installPackages(packages: readonly string[], say: Say): Promise<void> {
  const before = await enabledServices();
  const ownPolicy = !existsSync(SERVICE_POLICY);
  if (ownPolicy) writeFileSync(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    // An out-of-date index may do; whether it does, the installation tells.
    await apt(['update'], say);
    const { code, stderr } = await apt(['install', '--yes', '--no-install-recommends', ...packages], say);
    if (code !== 0) throw failed(`apt-get could not install ${packages.join(' ')}: ${stderr.trim()}`);
  } finally {
    if (ownPolicy) rmSync(SERVICE_POLICY, { force: true });
  }
  const added = (await enabledServices()).filter((unit) => !before.includes(unit));
  for (const unit of added) await tryCommand('systemctl', ['disable', unit], { deadlineMs: SYSTEMCTL_MS });
}

/** Sees to it that the programs are there, or rejects with one line that says how to get them. */
export async function ensurePrograms(names: readonly string[], say: Say): Promise<void> {
  const absent = names.filter((name) => findProgram(name) === null);
  const first = absent[0];
  if (first === undefined) return;
  const isRoot = process.getuid?.() === 0;
  if (!hasApt()) {
    throw missing(`${absent.join(' and ')} cannot be found here`, ELSEWHERE[first] ?? `Install ${first}.`);
  }
  const packages = absent.map((name) => PACKAGES[name] ?? name);
  if (!isRoot) {
    const hint = `Run \`sudo apt-get install ${packages.join(' ')}\`, or run the demo as root.`;
    throw missing(`${absent.join(' and ')} cannot be found here`, hint);
  }
  await installPackages(packages, say);
}
