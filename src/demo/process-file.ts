// Which process holds something, written into a file: the lock of a directory or an engine, and the way to
// find and end what an earlier demo left running when it was killed.

import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { missing } from './command.ts';

const LOOK_AGAIN_MS = 50;
const KILLED_MS = 5_000;
const PS_MS = 5_000;

export function readPid(file: string): number | null {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isSafeInteger(pid) && pid > 1 ? pid : null;
  } catch {
    return null;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  return !isZombie(pid);
}

/** Ended, and not yet taken note of by its parent. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}

/** Whether the process's command line holds `text`: process ids are used again, by anybody. */
export function isCalledWith(pid: number, text: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').includes(text);
  } catch {
    // No /proc on this system, or no such process.
    const listed = spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { timeout: PS_MS });
    return listed.status === 0 && listed.stdout.toString().includes(text);
  }
}

/** Takes the lock for this process. Rejects while another process that lives has it. */
export function lock(file: string, purpose: string): () => void {
  const holder = readPid(file);
  if (holder !== null && holder !== process.pid && isAlive(holder)) {
    throw missing(
      `another demo (process ${holder}) uses ${purpose}`,
      `End it first; if process ${holder} is no demo, remove ${file}.`,
    );
  }
  rmSync(file, { force: true });
  writeFileSync(file, String(process.pid), { flag: 'wx' });
  return () => {
    if (readPid(file) === process.pid) rmSync(file, { force: true });
  };
}

/** Asks the process to end, and kills it when `graceMs` are over. Resolves when it is gone. */
export async function endProcess(pid: number, graceMs: number): Promise<void> {
  for (const [name, waitMs] of [
    ['SIGTERM', graceMs],
    ['SIGKILL', KILLED_MS],
  ] as const) {
    if (!isAlive(pid)) return;
    process.kill(pid, name);
    const giveUpAt = performance.now() + waitMs;
    while (isAlive(pid) && performance.now() < giveUpAt) await sleep(LOOK_AGAIN_MS);
  }
}
