// Stopping, restarting and pausing containers.

import { ok } from '../../kernel/result.ts';
import { type Answer, type Reply, refuse } from './answer.ts';
import type { SimContainer } from './container.ts';
import type { Machine } from './machine.ts';
import { duringRun, endRun, scheduleLife } from './run.ts';
import { cancelRestart, noticeEnd, startContainer } from './start.ts';

const KILLED = 137;

/** The process gets SIGTERM; in a grace of nothing it comes to nothing. */
export function sendSigterm(machine: Machine, container: SimContainer, graceMs: number): void {
  const { ignoresSigterm, stopMs, stopCode } = container.behaviour;
  if (ignoresSigterm || stopMs > graceMs || graceMs === 0) return;
  duringRun(machine, container, 'orders', stopMs, () => end(machine, container, stopCode));
}

/** SIGTERM, and SIGKILL at the end of its grace where the daemon is there to send it. */
function terminate(machine: Machine, container: SimContainer, graceMs: number): void {
  sendSigterm(machine, container, graceMs);
  const { run } = container;
  const { daemonEnds } = machine;
  duringRun(machine, container, 'orders', graceMs, () =>
    machine.whenUp(() => {
      if (container.run === run && machine.daemonEnds === daemonEnds) end(machine, container, KILLED);
    }),
  );
}

export function end(machine: Machine, container: SimContainer, code: number): void {
  endRun(machine, container, { code, outOfMemory: false }, noticeEnd);
}

export const isDown = ({ status, isUp }: SimContainer): boolean => !isUp && status !== 'restarting';

/** Calls back when it is down, at once where it is so already. */
export function bringDown(
  machine: Machine,
  container: SimContainer,
  graceMs: number,
  then: () => void,
): void {
  if (container.status === 'restarting') {
    container.stoppedByHand = true;
    cancelRestart(machine, container);
    then();
    return;
  }
  unpauseContainer(machine, container);
  machine.tellOf(container, 'kill');
  container.stoppedByHand = true;
  container.restartsCancelled = true;
  container.waiters.push(then);
  terminate(machine, container, graceMs);
}

/** Answers when it is down; one that is down already is fine. */
export function stopContainer(
  machine: Machine,
  container: SimContainer,
  graceMs: number,
  reply: Reply<void>,
): void {
  if (isDown(container)) reply(ok(undefined));
  else {
    bringDown(machine, container, graceMs, () => {
      machine.tellOf(container, 'stop');
      reply(ok(undefined));
    });
  }
}

export function restartContainer(
  machine: Machine,
  container: SimContainer,
  graceMs: number,
  reply: Reply<void>,
): void {
  const startAgain = (): void => {
    const started = startContainer(machine, container);
    if (started.ok) machine.tellOf(container, 'restart');
    reply(started);
  };
  if (isDown(container)) startAgain();
  else {
    bringDown(machine, container, graceMs, () => {
      machine.tellOf(container, 'stop');
      startAgain();
    });
  }
}

export function pauseContainer(machine: Machine, container: SimContainer): Answer<void> {
  const { run } = container;
  if (container.status !== 'running' || run === null)
    return refuse('engine/conflict', `Container ${container.id} is not running`);
  for (const cancel of run.life.splice(0)) cancel();
  run.pausedAtMs = machine.clock.monotonicMs();
  container.status = 'paused';
  // Docker says so as soon as nobody checks any more.
  if (container.health !== 'none') container.health = 'unhealthy';
  machine.touch(container);
  machine.tellOf(container, 'pause');
  return ok(undefined);
}

export function unpauseContainer(machine: Machine, container: SimContainer): Answer<void> {
  const { run } = container;
  if (container.status !== 'paused' || run === null || run.pausedAtMs === null)
    return refuse('engine/rejected', `Container ${container.id} is not paused`);
  run.beganMs += machine.clock.monotonicMs() - run.pausedAtMs;
  run.pausedAtMs = null;
  container.status = 'running';
  scheduleLife(machine, container, noticeEnd);
  machine.touch(container);
  machine.tellOf(container, 'unpause');
  return ok(undefined);
}
