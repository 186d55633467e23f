// Who holds a lease, written so that another process can tell whether that one still lives. A restarted
// controller then takes over from its killed predecessor at once, and never from a living one: a
// process is called dead only where that is certain, i.e. within one boot and one PID namespace.

import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

interface ProcessIdentity {
  readonly boot: string;
  readonly pidNamespace: string;
  readonly pid: number;
  /** Clock ticks since boot: a PID is used again, a PID with its start time is not. */
  readonly startTicks: string;
}

const HOLDER = /^(\S+) pid=(\d+) start=(\d+) pidns=(\S+) boot=(\S+)$/;

function readOrNull(read: () => string): string | null {
  try {
    return read();
  } catch {
    // Not Linux, or not readable: then there is no certainty, and callers fall back to waiting.
    return null;
  }
}

/** The id of the machine's present boot; null where the system has none. */
export const currentBoot = (): string | null =>
  readOrNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());

const currentPidNamespace = (): string | null =>
  readOrNull(() => readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, ''));

/** State letter and start time of a process from /proc; the name before them may contain anything. */
function processStat(pid: number): { readonly state: string; readonly startTicks: string } | null {
  const stat = readOrNull(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTicks: fields[19] ?? '' };
}

function ownIdentity(): ProcessIdentity | null {
  const boot = currentBoot();
  const pidNamespace = currentPidNamespace();
  const stat = processStat(process.pid);
  if (boot === null || pidNamespace === null || stat === null) return null;
  return { boot, pidNamespace, pid: process.pid, startTicks: stat.startTicks };
}

/** The holder string of this process for leases: stable for its life, unlike that of any other. */
export function processHolder(controllerId: string): string {
  const name = `${controllerId}@${hostname() || 'localhost'}`;
  const own = ownIdentity();
  if (own === null) return `${name} run=${randomUUID()}`;
  return `${name} pid=${own.pid} start=${own.startTicks} pidns=${own.pidNamespace} boot=${own.boot}`;
}

/** A holder for people: `main@server, process 4711`. */
export function describeHolder(holder: string): string {
  const [, name, pid] = HOLDER.exec(holder) ?? [];
  return name === undefined ? holder : `${name}, process ${pid}`;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // EPERM: it lives and belongs to somebody else.
    return !(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH');
  }
}

/** Whether the process behind a holder string has certainly ended. False means: alive or unknown. */
export function holderIsDead(holder: string): boolean {
  const [, , pidText, startTicks, pidNamespace, boot] = HOLDER.exec(holder) ?? [];
  if (pidText === undefined || boot !== currentBoot() || pidNamespace !== currentPidNamespace()) return false;
  const pid = Number(pidText);
  const stat = processStat(pid);
  // /proc may hide the processes of others, so its silence alone proves nothing.
  if (stat === null) return !exists(pid);
  return stat.startTicks !== startTicks || stat.state === 'Z' || stat.state === 'X';
}
