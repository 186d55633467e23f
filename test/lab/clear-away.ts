// Takes a lab off the machine: processes, mounts, network, cgroups, files. The end of every lab and the clearing
// of what a killed run left are the same work, done by what is there and not by what somebody wrote down.

import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tryCommand } from './command.ts';
import { eventually } from './eventually.ts';
import { removeBridge } from './network.ts';
import { killMarked } from './processes.ts';

const CGROUPS = '/sys/fs/cgroup';
/** Below this the containers of all labs have their cgroups: /plimsoll-lab/LAB/HOST/CONTAINER. */
export const CGROUP_PARENT = 'plimsoll-lab';

export async function clearAway(labId: string, directory: string): Promise<void> {
  await killMarked(labId);
  await removeBridge(labId);
  await unmountBelow(directory);
  await removeCgroups(labId);
  await rm(directory, { recursive: true, force: true });
}

async function unmountBelow(directory: string): Promise<void> {
  const mountPoints = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((mountPoint) => mountPoint.startsWith(`${directory}/`));
  for (const mountPoint of mountPoints.reverse()) await tryCommand('umount', ['--lazy', mountPoint]);
}

/** Version 1 has one hierarchy per controller, version 2 a single one; a cgroup directory is emptied by rmdir alone. */
async function removeCgroups(labId: string): Promise<void> {
  const hierarchies = [CGROUPS, ...subdirectories(CGROUPS)];
  const roots = hierarchies.map((hierarchy) => join(hierarchy, CGROUP_PARENT));
  // The kernel empties the cgroups of killed containers with a delay.
  await eventually(`the removal of the cgroups of ${labId}`, { deadlineMs: 10_000, intervalMs: 50 }, () => {
    for (const root of roots) removeCgroup(join(root, labId));
    return true;
  });
  for (const root of roots) {
    try {
      rmdirSync(root);
    } catch {
      // Not there, or another lab has cgroups in it.
    }
  }
}

function removeCgroup(path: string): void {
  for (const child of subdirectories(path)) removeCgroup(child);
  try {
    rmdirSync(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

function subdirectories(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(path, entry.name));
  } catch {
    return [];
  }
}
