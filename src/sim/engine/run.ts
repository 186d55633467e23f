// The life of a process: it ends by itself, is killed for want of memory, becomes healthy or sick, is
// paused and goes on. All of it happens whether the engine is there to see it or not.

import type { SimContainer } from './container.ts';
import { nextVerdict } from './health.ts';
import type { Machine } from './machine.ts';

const KILLED = 137;
const PAST_RUNS_KEPT = 20;
const SECOND_MS = 1_000;

export type OnEnd = (machine: Machine, container: SimContainer) => void;

export function beginRun(machine: Machine, container: SimContainer, onEnd: OnEnd): void {
  const beganMs = machine.clock.monotonicMs();
  container.run = { beganMs, pausedAtMs: null, life: [], orders: [] };
  container.pastRuns.push({ beganMs, endedMs: null, counted: new Map() });
  if (container.pastRuns.length > PAST_RUNS_KEPT) container.pastRuns.shift();
  scheduleLife(machine, container, onEnd);
}

/** Calls back unless the run has ended, or `life` is set anew, by then. */
export function duringRun(
  machine: Machine,
  container: SimContainer,
  kind: 'life' | 'orders',
  delayMs: number,
  callback: () => void,
): void {
  const { run } = container;
  if (run === null) return;
  run[kind].push(machine.clock.after(Math.max(0, delayMs), callback));
}

/** How long the process has run, without pauses. */
export function elapsedMs(machine: Machine, container: SimContainer): number {
  const { run } = container;
  if (run === null) return 0;
  return (run.pausedAtMs ?? machine.clock.monotonicMs()) - run.beganMs;
}

/** When memory runs out, after the start; null where it does not. */
function outOfMemoryAtMs({ behaviour, limits }: SimContainer): number | null {
  const { memory } = behaviour;
  if (memory === null || limits.memoryBytes === null) return null;
  const leftBytes = limits.memoryBytes - memory.startBytes;
  if (leftBytes <= 0) return 0;
  if (memory.growthBytesPerS <= 0) return null;
  return (leftBytes / memory.growthBytesPerS) * SECOND_MS;
}

/** Sets what lies ahead of the process, anew after a pause or a change of its limits. */
export function scheduleLife(machine: Machine, container: SimContainer, onEnd: OnEnd): void {
  const { run } = container;
  if (run === null) return;
  for (const cancel of run.life.splice(0)) cancel();
  const elapsed = elapsedMs(machine, container);
  const { exits } = container.behaviour;
  if (exits !== null) {
    duringRun(machine, container, 'life', exits.afterMs - elapsed, () =>
      endRun(machine, container, { code: exits.code, outOfMemory: false }, onEnd),
    );
  }
  const dieAtMs = outOfMemoryAtMs(container);
  if (dieAtMs !== null) {
    duringRun(machine, container, 'life', dieAtMs - elapsed, () => killForMemory(machine, container, onEnd));
  }
  scheduleHealth(machine, container);
}

/** Only the daemon runs health checks: what it cannot run is run when it is back. */
function scheduleHealth(machine: Machine, container: SimContainer): void {
  const { run } = container;
  const verdict = nextVerdict(container, elapsedMs(machine, container));
  if (verdict === null) return;
  duringRun(machine, container, 'life', verdict.atMs - elapsedMs(machine, container), () =>
    machine.whenUp(() => {
      if (container.run !== run) return;
      setHealth(machine, container, verdict.health);
      scheduleHealth(machine, container);
    }),
  );
}

export function setHealth(machine: Machine, container: SimContainer, health: 'healthy' | 'unhealthy'): void {
  if (container.health === health) return;
  container.health = health;
  machine.touch(container);
  machine.tellOf(container, 'health_status');
}

export function killForMemory(machine: Machine, container: SimContainer, onEnd: OnEnd): void {
  if (container.run === null) return;
  machine.whenUp(() => machine.tellOf(container, 'oom'));
  endRun(machine, container, { code: KILLED, outOfMemory: true }, onEnd);
}

interface HowItEnds {
  readonly code: number;
  readonly outOfMemory: boolean;
}

/** The process ends; the engine notices when it can. */
export function endRun(machine: Machine, container: SimContainer, how: HowItEnds, onEnd: OnEnd): void {
  if (endUnseen(machine, container, how)) machine.whenUp(() => onEnd(machine, container));
}

/** The process ends, and nobody looks; false where there is none. */
export function endUnseen(machine: Machine, container: SimContainer, how: HowItEnds): boolean {
  const { run } = container;
  if (run === null) return false;
  container.end = { ...how, at: machine.now(), ranMs: elapsedMs(machine, container) };
  for (const cancel of [...run.life, ...run.orders]) cancel();
  container.run = null;
  const past = container.pastRuns.at(-1);
  if (past !== undefined) past.endedMs = machine.clock.monotonicMs();
  machine.changed();
  return true;
}
