// The load balancer's process in a simulated container: what it was told lies in its volume, so that it begins by the
// newest again.

import type { LoadBalancerCounts } from '../../kernel/request-counters.ts';
import { ok } from '../../kernel/result.ts';
import type { LoadBalancerState, ServerState, Telling } from '../../ports/load-balancer.ts';
import { type Answer, noSuchContainer, refuse } from './answer.ts';
import type { SimContainer } from './container.ts';
import type { Machine } from './machine.ts';
import { countsOf } from './request-counts.ts';
import { elapsedMs } from './run.ts';
import type { SimVolume } from './volume.ts';

const SECOND_MS = 1_000;

/** A request that a replica is answering, through the load balancer of its host. */
export interface Answering {
  readonly pool: string;
  /** By what name its load balancer was told of it, and where it has found it. */
  readonly replica: string;
  readonly address: string;
  /** Whoever asked, who passed it on and who answers are still the same processes. */
  readonly isGoingOn: () => boolean;
}

/** Where what it was told is kept. */
function volumeOf(machine: Machine, { made }: SimContainer): SimVolume | null {
  const [mount] = made.mounts;
  return mount === undefined ? null : (machine.volumes.get(mount.volume) ?? null);
}

/** Its process, running; a refusal where there is none. */
function running(machine: Machine, id: string): Answer<SimContainer> {
  const container = machine.find(id);
  if (container === undefined) return noSuchContainer(id);
  if (!container.isUp) return refuse('engine/conflict', `container ${container.name} is not running`);
  if (container.status === 'paused')
    return refuse(
      'engine/conflict',
      `container ${container.name} is paused, unpause the container before exec`,
    );
  return isBalancing(machine, container)
    ? ok(container)
    : refuse('proxy/silent', 'the load balancer does not answer');
}

const isBalancing = (machine: Machine, container: SimContainer): boolean =>
  container.run !== null &&
  container.run.pausedAtMs === null &&
  elapsedMs(machine, container) >= container.behaviour.startupMs;

/** What the process in the container serves by; null: by nothing. */
export const servedBy = (machine: Machine, container: SimContainer): Telling | null =>
  isBalancing(machine, container) ? (volumeOf(machine, container)?.rules ?? null) : null;

export function tellBalancer(machine: Machine, id: string, telling: Telling): Answer<void> {
  const found = running(machine, id);
  if (!found.ok) return found;
  const volume = volumeOf(machine, found.value);
  if (volume === null) return refuse('proxy/reload', 'it has no volume to keep its rules in');
  if ((volume.rules?.generation ?? 0) > telling.generation)
    return refuse('proxy/superseded', `it serves by newer rules than ${telling.mark}`);
  if (machine.clock.monotonicMs() < machine.reloadFailsUntilMs) {
    if (machine.reloadFailsUntilMs === Number.POSITIVE_INFINITY) machine.reloadFailsUntilMs = 0;
    return refuse('proxy/reload', 'no process came up by the new rules');
  }
  volume.rulesBefore = volume.rules;
  volume.rules = telling;
  machine.changed();
  return ok(undefined);
}

function sessionsOf({ answering }: Machine): LoadBalancerState['servers'] {
  const sessions = new Map<string, ServerState>();
  for (const { pool: backend, replica: server, address, isGoingOn } of answering) {
    if (!isGoingOn()) continue;
    const key = `${backend} ${server} ${address}`;
    const count = (sessions.get(key)?.sessions ?? 0) + 1;
    sessions.set(key, { backend, server, address, isUp: true, sessions: count, total: count });
  }
  return [...sessions.values()];
}

/** What it was told last is gone: it serves by what it was told before, as from a backup. */
export function setRulesBack(machine: Machine, container: SimContainer): boolean {
  const volume = volumeOf(machine, container);
  if (volume === null || volume.rulesBefore === null) return false;
  volume.rules = volume.rulesBefore;
  machine.changed();
  return true;
}

export function balancerState(machine: Machine, id: string): Answer<LoadBalancerState> {
  const found = running(machine, id);
  if (!found.ok) return found;
  const since = found.value.startedAt ?? machine.now();
  return ok({
    hash: servedBy(machine, found.value)?.mark ?? null,
    version: 'simulated',
    uptimeMs: Math.floor((machine.now() - since) / SECOND_MS) * SECOND_MS,
    servers: sessionsOf(machine),
  });
}

export function balancerCounts(machine: Machine, id: string): Answer<LoadBalancerCounts> {
  const found = running(machine, id);
  if (!found.ok) return found;
  const run = found.value.pastRuns.at(-1);
  return run === undefined ? refuse('proxy/silent', 'it has never begun') : ok(countsOf(id, run));
}
