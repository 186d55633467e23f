// Lets a planned fault happen in a world: each kind is handed to those who know its part of it.

import type { Random } from '../../ports/clock.ts';
import type { World } from '../world/world.ts';
import { strikeBalancer } from './balancer-faults.ts';
import { strikeContainer, strikePerson } from './container-faults.ts';
import { strikeController } from './controller-faults.ts';
import { type Fault, type FaultKind, isBalancerFault, type PlannedFault } from './fault.ts';
import { strikeMachine } from './machine-faults.ts';
import { type SourceChances, strikeSource } from './source-faults.ts';

/** What people want, or what changes nothing for whoever does not look. */
const WANTED: ReadonlySet<FaultKind> = new Set([
  'commit',
  'brokenCommit',
  'sweepingCommit',
  'syncStorm',
  'tagMoved',
  'approves',
  'command',
]);

function lastsMs(fault: Fault): number {
  if (fault.kind === 'flapping') return 2 * fault.times * fault.periodMs;
  if ('forMs' in fault) return fault.forMs;
  return 'downMs' in fault ? fault.downMs : 0;
}

const chancesOf = (world: World, id: number, usual: Random): SourceChances => ({
  usual,
  more: world.stream(`fault/${id}/more`),
  connections: world.stream(`fault/${id}/connections`),
});

function note(world: World, fault: Fault): void {
  world.counts.add(`fault ${fault.kind}`);
  if (!WANTED.has(fault.kind))
    world.struckMs = Math.max(world.struckMs, world.scheduler.nowMs + lastsMs(fault));
}

export function strike(world: World, { id, fault }: PlannedFault): void {
  const random = world.stream(`fault/${id}`);
  note(world, fault);
  const told = `fault ${JSON.stringify(fault)}`;
  if (isBalancerFault(fault)) {
    world.trace.add(`${told}: ${strikeBalancer(world, fault, random)}`);
    return;
  }
  switch (fault.kind) {
    case 'cut':
    case 'flapping':
    case 'frozen':
    case 'daemonCrash':
    case 'powerLoss':
    case 'hostDiskFull':
    case 'slowHost':
    case 'hazyHost':
    case 'lossyHost':
      world.trace.add(told);
      strikeMachine(world, fault, random);
      return;
    case 'outOfMemory':
    case 'exits':
    case 'restartsUnseen':
    case 'unhealthy':
      world.trace.add(`${told}: ${strikeContainer(world, fault, random)}`);
      return;
    case 'stopsContainer':
    case 'removesContainer':
    case 'changesLimits':
    case 'disconnectsNetwork':
    case 'losesAlias':
    case 'pausesContainer':
    case 'foreignObject':
    case 'command':
    case 'approves':
      world.trace.add(`${told}: ${strikePerson(world, fault, random)}`);
      return;
    case 'crash':
    case 'crashAtEffect':
    case 'crashTwice':
    case 'suspended':
    case 'suspendedAtEffect':
    case 'suspendedAtWrite':
    case 'clockJump':
    case 'diskFull':
    case 'storeLost':
    case 'storeDamaged':
    case 'storeRestored':
      world.trace.add(told);
      strikeController(world, fault);
      return;
    case 'commit':
    case 'brokenCommit':
    case 'sweepingCommit':
    case 'forcePush':
    case 'branchDeleted':
    case 'emptied':
    case 'gitDown':
    case 'syncStorm':
    case 'registryDown':
    case 'tagMoved':
      world.trace.add(told);
      world.trace.add(`  ${fault.kind}: ${strikeSource(world, fault, chancesOf(world, id, random))}`);
      return;
    default:
      fault satisfies never;
  }
}
