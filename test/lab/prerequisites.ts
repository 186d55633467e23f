// What the lab needs of the machine, and how to get it on Debian and Ubuntu. Asked before any lab test, so that
// a machine that cannot run them says so in words, and not by a stack trace.

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLEAN_ENVIRONMENT } from './command.ts';
import { installPackages } from './install-packages.ts';

/** Program to Debian package. */
const PROGRAMS: Readonly<Record<string, string>> = {
  dockerd: 'docker.io',
  docker: 'docker.io',
  containerd: 'containerd',
  runc: 'runc',
  tini: 'tini',
  iptables: 'iptables',
  ip: 'iproute2',
  bridge: 'iproute2',
  tc: 'iproute2',
  sshd: 'openssh-server',
  'ssh-keygen': 'openssh-client',
  'docker-registry': 'docker-registry',
  git: 'git',
  haproxy: 'haproxy',
  openssl: 'openssl',
  tcpdump: 'tcpdump',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  mount: 'mount',
  hostname: 'hostname',
  script: 'bsdutils',
};

const STATIC_BUSYBOX = 'static busybox';

/** Names of what is missing, in the order in which it is worth fixing; empty if a lab can be started. */
function missingPrerequisites(): string[] {
  if (process.platform !== 'linux') return ['Linux'];
  const missing = Object.keys(PROGRAMS).filter((program) => findProgram(program) === undefined);
  if (!hasStaticBusybox()) missing.push(STATIC_BUSYBOX);
  if (process.getuid?.() !== 0) return ['root', ...missing];
  if (missing.includes('unshare') || missing.includes('ip')) return missing;
  if (!canUnshare()) missing.push('the right to create namespaces (a privileged container has it)');
  if (!knowsFilesystem('overlay')) missing.push('overlayfs in the kernel');
  return missing;
}

/** Installs what is missing; gives a sentence that says why if it cannot, undefined if all is there. */
export async function installPrerequisites(): Promise<string | undefined> {
  const missing = missingPrerequisites();
  if (missing.length === 0) return undefined;
  if (missing.includes('Linux')) return 'The lab needs Linux: it is made of network namespaces.';
  if (missing.includes('root')) {
    return 'The lab needs root, to create namespaces and to install packages: run it with sudo.';
  }
  const packages = new Set(missing.flatMap((name) => packageOf(name) ?? []));
  if (packages.size > 0) {
    const refusal = await installPackages([...packages]);
    if (refusal !== undefined) return refusal;
  }
  const left = missingPrerequisites();
  return left.length === 0 ? undefined : `The lab still lacks: ${left.join(', ')}.`;
}

function packageOf(name: string): string | undefined {
  return name === STATIC_BUSYBOX ? 'busybox-static' : PROGRAMS[name];
}

export function findProgram(name: string): string | undefined {
  const directories = (CLEAN_ENVIRONMENT['PATH'] ?? '').split(':');
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A dynamic program names its loader within the first bytes; such a busybox would not start in an empty image. */
function hasStaticBusybox(): boolean {
  const path = findProgram('busybox');
  if (path === undefined) return false;
  const start = readFileSync(path).subarray(0, 4096);
  return !start.includes('/ld-linux') && !start.includes('/ld-musl');
}

function canUnshare(): boolean {
  const probe = [
    '--mount',
    '--net',
    '--pid',
    '--fork',
    '--mount-proc',
    'ip',
    'link',
    'add',
    'b0',
    'type',
    'bridge',
  ];
  return spawnSync('unshare', probe, { env: CLEAN_ENVIRONMENT, timeout: 10_000 }).status === 0;
}

function knowsFilesystem(name: string): boolean {
  const known = () => readFileSync('/proc/filesystems', 'utf8').split(/\s+/).includes(name);
  if (known()) return true;
  if (existsSync('/sbin/modprobe')) spawnSync('/sbin/modprobe', [name]);
  return known();
}
