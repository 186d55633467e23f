// What happens to the daemon and to the machine as a whole, and what the tables look like afterwards. Who is
// started again, and with which exit code the others are found, was measured on Docker 20.10.24.

import type { SimContainer } from './container.ts';
import type { Machine } from './machine.ts';
import { happens } from './pace.ts';
import { duringRun, endUnseen, scheduleLife } from './run.ts';
import { isRestartedBy, launch, noticeEnd, takeDown } from './start.ts';
import { end, sendSigterm } from './stop.ts';

/** Docker's --shutdown-timeout. */
const LONGEST_SHUTDOWN_MS = 15_000;
const KILLED = 137;
/** What Docker writes down about a process whose end nobody saw. */
const UNKNOWN_END = 255;

/** What a daemon had in mind dies with it. */
function forgetPlans(machine: Machine): void {
  machine.daemon = 'down';
  machine.daemonEnds += 1;
  machine.backlog = [];
  machine.events.forget();
  for (const container of machine.containers.values()) {
    container.waiters = [];
    container.cancelRestart?.();
    container.cancelRestart = null;
  }
  machine.changed();
}

/** SIGKILL to the daemon: processes live on until it is started again. */
export function crashDaemon(machine: Machine): void {
  forgetPlans(machine);
  machine.shutdownEndsMs = 0;
}

/** An orderly stop of the daemon; without live-restore the processes are told to end. */
export function stopDaemon(machine: Machine): void {
  forgetPlans(machine);
  if (machine.options.engine.liveRestore) return;
  for (const container of machine.containers.values()) {
    const graceMs = Math.min(container.made.spec.stopGraceMs, LONGEST_SHUTDOWN_MS);
    if (container.run === null) continue;
    sendSigterm(machine, container, graceMs);
    // The stopping daemon sends SIGKILL itself, and waits for the last one before it ends.
    duringRun(machine, container, 'orders', graceMs, () => end(machine, container, KILLED));
    const { ignoresSigterm, stopMs } = container.behaviour;
    const tookMs = ignoresSigterm ? graceMs : Math.min(stopMs, graceMs);
    machine.shutdownEndsMs = Math.max(machine.shutdownEndsMs, machine.clock.monotonicMs() + tookMs);
  }
}

/** The daemon comes back and puts its tables in order before it takes requests. */
export function startDaemon(machine: Machine): void {
  machine.daemon = 'up';
  machine.changed();
  const wanted = [...machine.containers.values()].filter((container) => restore(machine, container));
  const { flaws } = machine.options;
  const isEarly = new Set(
    wanted.filter(({ made }) => made.sharesNetworkOf !== null && happens(flaws.sharerFirst, machine.random)),
  );
  for (const container of isEarly) launch(machine, container);
  for (const container of wanted) if (!isEarly.has(container)) launch(machine, container);
}

/** True where its policy wants it started. */
function restore(machine: Machine, container: SimContainer): boolean {
  if (container.status === 'removing') {
    container.status = 'dead';
    machine.touch(container);
  }
  if (container.status === 'dead') return false;
  const { liveRestore } = machine.options.engine;
  if (container.run !== null && liveRestore) {
    // Checks that fell due while nobody made them are made now.
    if (container.run.pausedAtMs === null) scheduleLife(machine, container, noticeEnd);
    return false;
  }
  // Without live-restore a new daemon ends what it finds alive, and takes that for the wish of somebody.
  const { ignoresSigterm, stopCode } = container.behaviour;
  if (endUnseen(machine, container, { code: ignoresSigterm ? KILLED : stopCode, outOfMemory: false }))
    container.stoppedByHand = true;
  if (container.isUp) {
    const unseen = { code: UNKNOWN_END, outOfMemory: false, at: machine.now(), ranMs: 0 };
    takeDown(machine, container, container.end ?? unseen);
  }
  if (container.isUp || container.status === 'restarting') {
    container.status = 'exited';
    machine.touch(container);
  }
  // One that has never run waits for its first start, whatever its policy.
  return container.startedAt !== null && isRestartedBy(container, container.exitCode);
}

/** Every process is gone at once, and nobody saw it. */
export function losePower(machine: Machine): void {
  forgetPlans(machine);
  machine.shutdownEndsMs = 0;
  machine.isPowered = false;
  for (const container of machine.containers.values()) {
    endUnseen(machine, container, { code: UNKNOWN_END, outOfMemory: false });
    container.end = null;
  }
  machine.changed();
}

export function freezeDaemon(machine: Machine): void {
  if (machine.daemon === 'up') machine.daemon = 'frozen';
  machine.changed();
}

export function thawDaemon(machine: Machine): void {
  if (machine.daemon !== 'frozen') return;
  machine.daemon = 'up';
  machine.changed();
  for (const work of machine.backlog.splice(0)) work();
}
