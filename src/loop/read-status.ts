// Reads the controller's state for people out of its parts.

import { type Problem, problem } from '../kernel/errors.ts';
import type { ServiceKey, SourceId } from '../kernel/ids.ts';
import type { HostView } from '../observed/host-view.ts';
import type { Parts } from './parts.ts';
import { refusedCommit, type SourceStatus, whyUnread } from './source-status.ts';
import {
  behind,
  type ControllerStatus,
  type HostStatus,
  type ServiceDescription,
  type ServiceStatus,
  type SourceState,
  serviceStatus,
  UNDER_WAY,
} from './status.ts';

export interface ControllerCondition {
  /** Why nothing is done on the hosts; null: it is. */
  readonly reportOnly: string | null;
  readonly problems: readonly Problem[];
  /** A pass is due or an action is under way. */
  readonly isBusy: boolean;
}

/** Whether a source was read since the controller started, and why not. */
export function sourceState(parts: Parts, id: SourceId): SourceState {
  if (parts.sources.desired.commits.has(id)) return { kind: 'read' };
  const status = parts.sources.status().find((s) => s.id === id);
  if (status === undefined) return { kind: 'gone' };
  const refused = refusedCommit(status);
  const told = parts.events
    .since(0)
    .find(
      (event) =>
        event.source === id &&
        (refused === null
          ? event.kind === 'source/unreadable'
          : event.kind === 'commit/rejected' && event.commit === refused),
    );
  const needsPerson = status.held !== null || status.problems.length > 0;
  return { kind: 'unread', because: whyUnread(status, told?.at ?? null), needsPerson };
}

/** Why a host is in its state, and that it leaves. */
export function hostReason(
  { sources, balancerWaits, options }: Parts,
  { host, state, because }: HostView,
): string {
  const waits = state === 'fresh' ? balancerWaits.lasting(host, options.clock.now()) : null;
  if (sources.desired.hosts.has(host))
    return waits === null ? because : `${because}; its load balancer is not as it should be yet: ${waits}`;
  return `${because}; it has left the fleet, and is let go when nothing of it is needed any more`;
}

/** The states of services at one moment, each worked out once. */
class Reading {
  readonly #parts: Parts;
  readonly #isFleetSeen: boolean;
  readonly #known = new Map<ServiceKey, ServiceStatus | null>();
  readonly #sources = new Map<SourceId, SourceState>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#isFleetSeen = parts.fleet.views().every((view) => view.state === 'fresh');
  }

  source(id: SourceId): SourceState {
    const known = this.#sources.get(id) ?? sourceState(this.#parts, id);
    this.#sources.set(id, known);
    return known;
  }

  /** Null where there is nothing to say of the service. */
  service(key: ServiceKey): ServiceStatus | null {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { sources, keeper, blocked, fleet } = this.#parts;
    const memory = keeper.memory.services.get(key);
    const desired = sources.desired.services.get(key) ?? null;
    const blockedBy = blocked.get(key) ?? [];
    const own = serviceStatus({
      key,
      desired,
      memory,
      blocked: blockedBy,
      source: memory === undefined ? { kind: 'read' } : this.source(memory.source),
      isFleetSeen: this.#isFleetSeen,
      isSeen: (host) => fleet.view(host)?.state === 'fresh',
      isInFleet: (host) => sources.desired.hosts.has(host),
    });
    // Dependencies run in no circle: the commit would have been refused.
    const others = (desired?.dependsOn ?? []).flatMap((other) => this.service(other) ?? []);
    const status = own === null ? null : behind(own, blockedBy, others);
    this.#known.set(key, status);
    return status;
  }

  /** Hosts that are remembered although nothing of the fleet has been read. */
  rememberedHosts(): readonly HostStatus[] {
    const { keeper, fleet, options } = this.#parts;
    const unread = options.sources
      .filter((source) => source.fleet)
      .map((source) => this.source(source.id))
      .find((source) => source.kind === 'unread');
    if (unread?.kind !== 'unread') return [];
    const { services, volumeHosts } = keeper.memory;
    const instances = [...services.values()].flatMap((memory) => memory.instances.map((i) => i.host));
    return [...new Set([...instances, ...volumeHosts.values()])]
      .filter((host) => fleet.view(host) === undefined)
      .sort()
      .map((name) => ({ name, state: 'unknown', because: `not connected: ${unread.because}` }));
  }
}

const NEEDS_PERSON = new Set<ServiceStatus['phase']>(['failed', 'blocked']);
const IS_HELD = new Set<ServiceStatus['phase']>(['held', 'paused']);

/** How the controller as a whole stands. `read`: the sources of which a commit was read since it started. */
export function overallPhase(
  sources: readonly SourceStatus[],
  read: ReadonlySet<SourceId>,
  services: readonly ServiceStatus[],
  condition: Pick<ControllerCondition, 'reportOnly' | 'isBusy'>,
): ControllerStatus['phase'] {
  if (condition.reportOnly !== null) return 'reportOnly';
  const isStarting = sources.some(
    ({ id, problems, held }) => !read.has(id) && problems.length === 0 && held === null,
  );
  if (isStarting) return 'starting';
  // While something is under way, it may be the answer to what failed before.
  if (!condition.isBusy && services.some((s) => s.phase === 'failed')) return 'failed';
  if (services.some((s) => UNDER_WAY.has(s.phase))) return 'progressing';
  // Put right, or waited for: a host that does not answer may be away for long.
  if (services.some((s) => s.phase === 'degraded')) return condition.isBusy ? 'progressing' : 'degraded';
  const isUnread = sources.some(({ id, held }) => held === null && !read.has(id));
  if (isUnread) return 'failed';
  if (condition.isBusy) return 'progressing';
  if (services.some((s) => NEEDS_PERSON.has(s.phase))) return 'failed';
  const isHeld = sources.some((s) => s.held !== null) || services.some((s) => IS_HELD.has(s.phase));
  if (isHeld) return 'held';
  return sources.some((s) => s.problems.length > 0) ? 'failed' : 'converged';
}

export function readStatus(parts: Parts, condition: ControllerCondition): ControllerStatus {
  const { sources, keeper, fleet } = parts;
  const reading = new Reading(parts);
  const keys = new Set([...sources.desired.services.keys(), ...keeper.memory.services.keys()]);
  const services = [...keys].sort().flatMap((key) => reading.service(key) ?? []);
  const status = sources.status();
  const { reportOnly } = condition;
  const hint = 'Look at `plimsoll plan`, then `plimsoll approve`.';
  const lost = reportOnly === null ? [] : [problem('store/damaged', reportOnly, { hint })];
  const seen = fleet.views().map((v) => ({ name: v.host, state: v.state, because: hostReason(parts, v) }));
  return {
    commit: status[0]?.commit ?? null,
    phase: overallPhase(status, new Set(sources.desired.commits.keys()), services, condition),
    services,
    hosts: [...seen, ...reading.rememberedHosts()],
    sources: status,
    problems: [...lost, ...condition.problems],
  };
}

/** Everything about one service; null where it is not known. */
export async function readDescription(parts: Parts, key: ServiceKey): Promise<ServiceDescription | null> {
  const status = new Reading(parts).service(key);
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
