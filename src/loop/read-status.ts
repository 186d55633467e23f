// Reads the controller's state for people out of its parts.

import { type Problem, problem } from '../kernel/errors.ts';
import type { HostId, ServiceKey } from '../kernel/ids.ts';
import type { Parts } from './parts.ts';
import {
  type ControllerStatus,
  type ServiceDescription,
  type ServiceStatus,
  serviceStatus,
} from './status.ts';

export interface ControllerCondition {
  /** Why nothing is done on the hosts; null: it is. */
  readonly reportOnly: string | null;
  readonly problems: readonly Problem[];
  /** A pass is due or an action is under way. */
  readonly isBusy: boolean;
}

function statusOf(parts: Parts, key: ServiceKey): ServiceStatus | null {
  const { sources, keeper, blocked } = parts;
  const memory = keeper.memory.services.get(key);
  const id = memory?.source;
  const isRead = id === undefined || sources.desired.commits.has(id);
  const state = isRead ? 'read' : sources.status().some((s) => s.id === id) ? 'unread' : 'gone';
  const desired = sources.desired.services.get(key) ?? null;
  const isSeen = (host: HostId): boolean => parts.fleet.view(host)?.state === 'fresh';
  return serviceStatus(key, desired, memory, blocked.get(key) ?? [], state, isSeen);
}

const MOVING = new Set<ServiceStatus['phase']>([
  'progressing',
  'rollingBack',
  'waiting',
  'removing',
  'degraded',
]);

function phaseOf(
  parts: Parts,
  services: readonly ServiceStatus[],
  condition: ControllerCondition,
): ControllerStatus['phase'] {
  if (condition.reportOnly !== null) return 'reportOnly';
  const sources = parts.sources.status();
  const isStarting = sources.some((s) => s.commit === null && s.problems.length === 0 && s.held === null);
  if (isStarting) return 'starting';
  if (services.some((s) => s.phase === 'failed')) return 'failed';
  if (condition.isBusy || services.some((s) => MOVING.has(s.phase))) return 'progressing';
  const isHeld =
    sources.some((s) => s.held !== null) || services.some((s) => s.phase === 'held' || s.phase === 'paused');
  if (isHeld) return 'held';
  return sources.some((s) => s.problems.length > 0) ? 'failed' : 'converged';
}

export function readStatus(parts: Parts, condition: ControllerCondition): ControllerStatus {
  const { sources, keeper, fleet } = parts;
  const keys = new Set([...sources.desired.services.keys(), ...keeper.memory.services.keys()]);
  const services = [...keys].sort().flatMap((key) => statusOf(parts, key) ?? []);
  const status = sources.status();
  const { reportOnly } = condition;
  const hint = 'Look at `plimsoll plan`, then `plimsoll approve`.';
  const lost = reportOnly === null ? [] : [problem('store/damaged', reportOnly, { hint })];
  return {
    commit: status[0]?.commit ?? null,
    phase: phaseOf(parts, services, condition),
    services,
    hosts: fleet.views().map((v) => ({ name: v.host, state: v.state, because: v.because })),
    sources: status,
    problems: [...lost, ...condition.problems],
  };
}

/** Everything about one service; null where it is not known. */
export async function readDescription(parts: Parts, key: ServiceKey): Promise<ServiceDescription | null> {
  const status = statusOf(parts, key);
  if (status === null) return null;
  const memory = parts.keeper.memory.services.get(key);
  return {
    ...status,
    stable: memory?.stable ?? null,
    rollout: memory?.rollout ?? null,
    instances: memory?.instances ?? [],
    quarantine: memory?.quarantine ?? [],
    blocked: parts.blocked.get(key) ?? [],
    history: await parts.keeper.history(key),
  };
}
