// What happens to the controller's own process, clock and disk.

import type { SimProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';
import type { ControllerFault } from './fault.ts';

const STANDBY_MS = 5_000;
/** Long enough for the one that was suspended to be alone for a while. */
const OTHER_DOWN_MS = 20_000;

interface Suspension {
  readonly forMs: number;
  readonly otherDies: boolean;
}

function stop(world: World, process: SimProcess, forMs: number): void {
  world.trace.add(`${process.name} is suspended for ${forMs / 1_000} s`);
  process.clock.stop();
}

/** The process is stopped with SIGSTOP; another one stands by and takes over once the lease has run out. */
function suspend(world: World, forMs: number): void {
  const suspended = world.active;
  if (suspended === null) return;
  stop(world, suspended, forMs);
  world.boot(STANDBY_MS);
  world.scheduler.after(forMs, () => suspended.clock.resume());
}

/** Stopped in the middle of something, for longer than its lease; the one that took over may be gone by then. */
function suspendLong(world: World, suspended: SimProcess, { forMs, otherDies }: Suspension): void {
  world.counts.add('suspended in the middle');
  stop(world, suspended, forMs);
  world.boot(STANDBY_MS);
  world.scheduler.after(forMs, () => {
    const other = world.active;
    if (otherDies && other !== null) world.crash(other, OTHER_DOWN_MS, 'before the one it replaced goes on');
    suspended.clock.resume();
  });
}

function crash(world: World, downMs: number, why: string): void {
  for (const process of world.processes) if (process.isAlive) world.crash(process, downMs, why);
}

export function strikeController(world: World, fault: ControllerFault): void {
  const { scheduler, disk } = world;
  switch (fault.kind) {
    case 'crash':
      crash(world, fault.downMs, 'by chance');
      return;
    case 'crashAtEffect':
      world.trapdoor = { when: fault.when, downMs: fault.downMs };
      return;
    case 'crashTwice':
      crash(world, fault.downMs, 'by chance');
      scheduler.after(fault.downMs + fault.againMs, () => crash(world, fault.downMs, 'once more'));
      return;
    case 'suspended':
      suspend(world, fault.forMs);
      return;
    case 'suspendedAtEffect':
      world.snare = { at: fault.when, catches: (process) => suspendLong(world, process, fault) };
      return;
    case 'suspendedAtWrite':
      world.snare = { at: fault.stage, catches: (process) => suspendLong(world, process, fault) };
      return;
    case 'clockJump':
      world.clock.jump(fault.byMs);
      // Certificates are not valid yet, or no more.
      for (const host of world.hosts.values())
        host.balancerStruckMs = Math.max(host.balancerStruckMs, scheduler.nowMs);
      return;
    case 'diskFull':
      disk.isFull = true;
      scheduler.after(fault.forMs, () => {
        disk.isFull = false;
      });
      return;
    case 'storeLost':
      world.isAmnesic = true;
      crash(world, 2_000, 'to lose its store');
      disk.lose();
      return;
    case 'storeDamaged':
      world.isAmnesic = true;
      disk.damage = 'a page does not match its checksum';
      scheduler.after(fault.forMs, () => {
        crash(world, 2_000, 'to get its store repaired');
        if (!world.restoreBackup()) disk.lose();
      });
      return;
    case 'storeRestored':
      if (world.backup === null) return;
      world.isAmnesic = true;
      crash(world, 2_000, 'to get an older store');
      world.restoreBackup();
      return;
    default:
      fault satisfies never;
  }
}

/** Ends everything that a controller fault may have begun. */
export function healController(world: World): void {
  world.trapdoor = null;
  world.snare = null;
  world.disk.isFull = false;
  if (world.disk.damage !== null) {
    crash(world, 1_000, 'to get its store repaired');
    if (!world.restoreBackup()) world.disk.lose();
  }
  for (const process of world.processes) process.clock.resume();
  world.boot(1_000);
}
