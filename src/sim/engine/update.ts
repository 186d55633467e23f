// A change of a container's limits and restart policy, by Docker's rules: a null limit of memory or CPU is
// no request at all, that of reservation and processes is taken away.

import type { ResourceLimits } from '../../desired/container.ts';
import { ok } from '../../kernel/result.ts';
import { type Answer, refuse } from './answer.ts';
import type { SimContainer } from './container.ts';
import type { Machine } from './machine.ts';
import { scheduleLife } from './run.ts';
import { noticeEnd } from './start.ts';

const LEAST_MEMORY_BYTES = 6 * 1024 * 1024;

export interface ContainerUpdate {
  readonly limits: ResourceLimits;
  readonly restartPolicy: string;
}

export function updateContainer(
  machine: Machine,
  container: SimContainer,
  { limits, restartPolicy }: ContainerUpdate,
): Answer<void> {
  if (container.status === 'removing' || container.status === 'dead') {
    const words = `Cannot update container ${container.id}: Container is marked for removal and cannot be "update".`;
    return refuse('engine/conflict', words);
  }
  const memoryBytes = limits.memoryBytes ?? container.limits.memoryBytes;
  const { memoryReservationBytes } = limits;
  if (limits.memoryBytes !== null && limits.memoryBytes < LEAST_MEMORY_BYTES)
    return refuse('engine/rejected', 'Minimum memory limit allowed is 6MB');
  if (memoryBytes !== null && memoryReservationBytes !== null && memoryReservationBytes > memoryBytes) {
    const words = 'Minimum memory limit can not be less than memory reservation limit, see usage';
    return refuse('engine/rejected', words);
  }
  container.limits = { ...limits, memoryBytes, cpus: limits.cpus ?? container.limits.cpus };
  container.restartPolicy = restartPolicy;
  if (container.status === 'running') scheduleLife(machine, container, noticeEnd);
  machine.touch(container);
  machine.tellOf(container, 'update');
  return ok(undefined);
}
