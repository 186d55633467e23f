// What runs on this machine, read from /proc. The lab ends processes only by id, and knows its own by a mark
// in their environment: that needs no list on disk, so no crash can leave the list wrong.

import { readdirSync, readFileSync } from 'node:fs';
import { eventually } from './eventually.ts';

export const MARK = 'PLIMSOLL_LAB';

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function readEntry(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name stands in parentheses and may itself hold blanks and parentheses.
    const [state = '', parent = '0'] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, parent: Number(parent), state };
  } catch {
    return undefined; // gone between the listing and the reading
  }
}

function processTable(): ProcessEntry[] {
  return pids().flatMap((pid) => readEntry(pid) ?? []);
}

export function childrenOf(pid: number): number[] {
  return processTable()
    .filter((entry) => entry.parent === pid)
    .map((entry) => entry.pid);
}

/** The process and everything below it, parents before children. */
export function processTree(root: number): number[] {
  const table = processTable();
  const tree = [root];
  for (const pid of tree) {
    tree.push(...table.filter((entry) => entry.parent === pid).map((entry) => entry.pid));
  }
  return tree;
}

/** A zombie counts as gone: it runs nothing and waits only for its parent. */
export function isRunning(pid: number): boolean {
  const entry = readEntry(pid);
  return entry !== undefined && entry.state !== 'Z' && entry.state !== 'X';
}

/** Gone altogether: its parent has taken note, and its id no longer stands in /proc. */
export function isReaped(pid: number): boolean {
  return readEntry(pid) === undefined;
}

export function programOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function markedProcesses(mark: string): number[] {
  return pids().filter((pid) => pid !== process.pid && environmentOf(pid).includes(`${MARK}=${mark}`));
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // Already gone is what the caller wanted, or will notice by waiting.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** The programs that led into a namespace; each ends by itself when what it started has ended. */
const DOORS: readonly (string | undefined)[] = ['unshare', 'nsenter', 'setpriv'];
const DOOR_GRACE_MS = 2000;

/**
 * Ends everything that carries the mark; what lives in a marked process's PID namespace dies with it. Doors are
 * spared at first, for they take note of their children's end, which not every process 1 of a container does.
 */
export async function killMarked(mark: string): Promise<void> {
  const startedAt = performance.now();
  await eventually(`the end of the processes of ${mark}`, { deadlineMs: 15_000, intervalMs: 10 }, () => {
    const alive = markedProcesses(mark).filter(isRunning);
    const spareDoors = performance.now() - startedAt < DOOR_GRACE_MS;
    for (const pid of alive) {
      // A door that froze along with its child (see Daemon) has to be woken to see anything.
      signal(pid, spareDoors && DOORS.includes(programOf(pid)) ? 'SIGCONT' : 'SIGKILL');
    }
    return alive.length === 0;
  });
}
