// Starting containers, and what the engine does when one of them ends: Docker's restart policies with their
// back-off.

import { ok } from '../../kernel/result.ts';
import { type Answer, diskFull, refuse } from './answer.ts';
import type { ProcessEnd, SimContainer } from './container.ts';
import { hasHealthCheck } from './health.ts';
import type { Machine } from './machine.ts';
import { enterAll, leaveAll } from './network-places.ts';
import { beginRun } from './run.ts';
import { writeData } from './volumes.ts';

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 60_000;
/** Who has run for so long begins with the shortest back-off again. */
const CALM_MS = 10_000;
const NOT_EXECUTABLE = 127;
const START_FAILED = 128;

/** Starts it where it does not run. */
export function startContainer(machine: Machine, container: SimContainer): Answer<void> {
  if (container.status === 'paused')
    return refuse('engine/conflict', 'cannot start a paused container, try unpause instead');
  if (container.status === 'removing' || container.status === 'dead')
    return refuse('engine/conflict', 'container is marked for removal and cannot be started');
  // For Docker a container that waits for its next restart is a running one.
  if (container.isUp || container.status === 'restarting') return ok(undefined);
  return launch(machine, container);
}

/** A start by request (or by the daemon's own start), which forgets earlier restarts. */
export function launch(machine: Machine, container: SimContainer): Answer<void> {
  return bringUp(machine, container, true);
}

function bringUp(machine: Machine, container: SimContainer, isAsked: boolean): Answer<void> {
  const prepared = prepare(machine, container);
  if (!prepared.ok) {
    leaveAll(machine, container);
    machine.ports.release(container.id);
    if (container.exitCode === 0) container.exitCode = START_FAILED;
    machine.touch(container);
    return prepared;
  }
  if (isAsked) {
    container.restartCount = 0;
    container.backoffMs = 0;
    container.stoppedByHand = false;
    container.restartsCancelled = false;
  }
  container.status = 'running';
  container.startedAt = machine.now();
  container.exitCode = 0;
  container.outOfMemory = false;
  container.health = hasHealthCheck(container) ? 'starting' : 'none';
  writeData(machine, container);
  beginRun(machine, container, noticeEnd);
  machine.touch(container);
  machine.tellOf(container, 'start');
  return ok(undefined);
}

/** Network, ports and the program itself, in Docker's order. */
function prepare(machine: Machine, container: SimContainer): Answer<void> {
  const { made, name, behaviour } = container;
  if (machine.isDiskFull) return diskFull('failed to create the files of the container: open');
  const entered = enterAll(machine, container);
  if (!entered.ok) return entered;
  const bound = machine.ports.bind(container.id, made.ports);
  if (!bound.ok) {
    const { port, byDocker } = bound.error;
    const doing = `driver failed programming external connectivity on endpoint ${name}`;
    return refuse(
      'engine/port-taken',
      byDocker
        ? `${doing}: Bind for ${port} failed: port is already allocated`
        : `${doing}: Error starting userland proxy: listen tcp4 ${port}: bind: address already in use`,
    );
  }
  container.bound = bound.value;
  if (behaviour.cannotStart === null) return ok(undefined);
  container.exitCode = NOT_EXECUTABLE;
  return refuse('engine/rejected', `OCI runtime create failed: ${behaviour.cannotStart}`);
}

/** The engine sees that the process has ended, and starts it again where the policy says so. */
export function noticeEnd(machine: Machine, container: SimContainer): void {
  const { end } = container;
  if (end === null) return;
  takeDown(machine, container, end);
  if (wantsRestart(container, end)) {
    container.restartCount += 1;
    container.status = 'restarting';
    container.cancelRestart = machine.clock.after(container.backoffMs, () =>
      machine.whenUp(() => restartByPolicy(machine, container)),
    );
  } else container.status = 'exited';
  machine.touch(container);
  machine.tellOf(container, 'die');
  for (const waiter of container.waiters.splice(0)) waiter();
}

/** What an end leaves in the tables; the next state is the caller's. */
export function takeDown(machine: Machine, container: SimContainer, end: ProcessEnd): void {
  container.end = null;
  container.exitCode = end.code;
  container.outOfMemory = end.outOfMemory;
  container.finishedAt = end.at;
  // Docker says so as soon as nobody checks any more.
  if (container.health !== 'none') container.health = 'unhealthy';
  leaveAll(machine, container);
  machine.ports.release(container.id);
  container.bound = [];
}

function wantsRestart(container: SimContainer, { code, ranMs }: ProcessEnd): boolean {
  if (container.restartPolicy === 'no' || container.restartsCancelled) return false;
  if (ranMs >= CALM_MS) container.backoffMs = 0;
  container.backoffMs =
    container.backoffMs === 0 ? FIRST_BACKOFF_MS : Math.min(2 * container.backoffMs, LONGEST_BACKOFF_MS);
  return isRestartedBy(container, code);
}

/** Whether its policy alone wants a container that ended with `code` to run. */
export function isRestartedBy(container: SimContainer, code: number): boolean {
  const [policy, most = '0'] = container.restartPolicy.split(':');
  switch (policy) {
    case 'always':
      return true;
    case 'unless-stopped':
      return !container.stoppedByHand;
    case 'on-failure':
      return code !== 0 && (most === '0' || container.restartCount < Number(most));
    default:
      return false;
  }
}

function restartByPolicy(machine: Machine, container: SimContainer): void {
  if (container.status !== 'restarting') return;
  container.cancelRestart = null;
  if (bringUp(machine, container, false).ok) return;
  // No event tells of this.
  container.status = 'exited';
  machine.touch(container);
}

/** A container that waits for its next restart stays down. */
export function cancelRestart(machine: Machine, container: SimContainer): void {
  container.cancelRestart?.();
  container.cancelRestart = null;
  if (container.status !== 'restarting') return;
  container.status = 'exited';
  machine.touch(container);
}
