// Faults of machines and of the network to them. Each ends by itself after its time, and at the latest
// when the world is healed.

import type { Random } from '../../ports/clock.ts';
import { chance } from '../core/random.ts';
import type { LinkConditions, Way } from '../link/conditions.ts';
import { type SimHost, setConditions } from '../world/fleet.ts';
import type { World } from '../world/world.ts';
import type { MachineFault } from './fault.ts';
import { hostOf } from './victims.ts';

const WAYS: Readonly<Record<'both' | 'requests' | 'answers', Way>> = {
  both: 'cut',
  requests: 'cutToHost',
  answers: 'cutFromHost',
};

function lossy(random: Random): Partial<LinkConditions> {
  const part = (most: number): number => random.next() * most;
  return {
    requestLost: part(0.15),
    answerLost: part(0.2),
    answerLate: part(0.1),
    requestDoubled: part(0.15),
    requestMs: { minMs: 1, maxMs: 200 },
    answerMs: { minMs: 1, maxMs: 200 },
  };
}

function hazy(random: Random): Partial<LinkConditions> {
  return {
    readStale: 0.1 + random.next() * 0.4,
    staleMs: { minMs: 10, maxMs: 4_000 },
    eventLost: chance(random, 0.3) ? 1 : random.next() * 0.6,
    eventMs: { minMs: 1, maxMs: 800 },
  };
}

function withoutLosses({ requestMs, answerMs }: LinkConditions): Partial<LinkConditions> {
  return { requestLost: 0, answerLost: 0, answerLate: 0, requestDoubled: 0, requestMs, answerMs };
}

function withUsualSight({ readStale, staleMs, eventLost, eventMs }: LinkConditions): Partial<LinkConditions> {
  return { readStale, staleMs, eventLost, eventMs };
}

function flap(world: World, host: SimHost, times: number, periodMs: number): void {
  for (let n = 0; n < times; n += 1) {
    world.scheduler.after(2 * n * periodMs, () => setConditions(host, { way: 'cut' }));
    world.scheduler.after((2 * n + 1) * periodMs, () => setConditions(host, { way: 'open' }));
  }
}

export function strikeMachine(world: World, fault: MachineFault, random: Random): void {
  const host = hostOf(world, fault.host);
  const { engine } = host;
  host.isTroubled = true;
  const later = (afterMs: number, heal: () => void): void => {
    world.scheduler.after(afterMs, heal);
  };
  switch (fault.kind) {
    case 'cut':
      setConditions(host, { way: WAYS[fault.way] });
      later(fault.forMs, () => setConditions(host, { way: 'open' }));
      return;
    case 'flapping':
      flap(world, host, fault.times, fault.periodMs);
      return;
    case 'frozen':
      if (chance(random, 0.5)) {
        engine.freezeDaemon();
        later(fault.forMs, () => engine.thawDaemon());
        return;
      }
      setConditions(host, { way: 'halfOpen' });
      later(fault.forMs, () => setConditions(host, { way: 'open' }));
      return;
    case 'daemonCrash':
      if (chance(random, 0.7)) engine.crashDaemon();
      else engine.stopDaemon();
      later(fault.downMs, () => engine.startDaemon());
      return;
    case 'powerLoss':
      engine.losePower();
      later(fault.downMs, () => engine.boot());
      return;
    case 'hostDiskFull':
      engine.fillDisk();
      later(fault.forMs, () => engine.freeDisk());
      return;
    case 'slowHost':
      engine.slow(fault.factor);
      later(fault.forMs, () => engine.slow(1));
      return;
    case 'hazyHost':
      setConditions(host, hazy(random));
      later(fault.forMs, () => setConditions(host, withUsualSight(host.usual)));
      return;
    case 'lossyHost':
      setConditions(host, lossy(random));
      later(fault.forMs, () => setConditions(host, withoutLosses(host.usual)));
      return;
    default:
      fault satisfies never;
  }
}

/** Ends everything that a machine fault may have begun. */
export function healMachine(host: SimHost): void {
  setConditions(host, host.usual);
  const { engine } = host;
  engine.boot();
  engine.startDaemon();
  engine.thawDaemon();
  engine.freeDisk();
  engine.slow(1);
  engine.machine.reloadFailsUntilMs = 0;
  // Whoever paused one may not have been able to let it go on.
  for (const { id, status } of engine.machine.containers.values())
    if (status === 'paused') engine.people.unpause(id);
}
