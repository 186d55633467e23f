// One step of the mesh's trust: from what is remembered and what is seen to what is to be done. `next` must be
// stored before the actions play; then a controller may die at any moment and the next one steps on.

import type { HostId, RootId } from '../kernel/ids.ts';
import { type Instant, instant } from '../kernel/time.ts';
import { leafValidity } from '../kernel/validity.ts';
import { needOf, wantedBy } from './equip.ts';
import { earliest, type FleetHost, nextPhase, rootActions, rootsOf } from './phase.ts';
import type { Seen, SeenHost, TrustAction } from './seen.ts';
import type { Attempt, HostMemory, Phase, Root, TrustState } from './state.ts';

export interface TrustStep {
  readonly next: TrustState;
  readonly actions: readonly TrustAction[];
  /** What waits, and what for: sentences for people. */
  readonly delays: readonly string[];
  /** When to ask again although nothing else has changed; null: never. */
  readonly wakeAt: Instant | null;
}

export function step(state: TrustState, seen: Seen, now: Instant): TrustStep {
  const fleet = seen.hosts.map((host) => lookAt(host, state.hosts));
  const hosts = fleet.map(({ memory }) => memory);
  const lost = rootsOf(state.phase).filter(({ id }) => !seen.roots.some((root) => root.id === id));
  if (lost.length > 0) {
    const delays = lost.map(({ id }) => `the root ${id} is missing in the store: no certificate is made`);
    return { next: { phase: state.phase, hosts }, actions: [], delays, wakeAt: null };
  }
  const moved = nextPhase(state.phase, fleet, seen, now);
  const wanted = wantedBy(moved.phase, now);
  const needs = wanted === null ? [] : fleet.map((host) => needOf(host, wanted, now));
  const equipping = needs.flatMap(({ action }) => action ?? []);
  const untilAt = leafValidity(now).expiresAt;
  const equipped = new Map(equipping.map(({ host, by, trusts }) => [host, { by, trusts, at: now }]));
  const phase =
    wanted !== null && equipped.size > 0 ? signedBy(moved.phase, wanted.by, untilAt) : moved.phase;
  // A phase that has just begun may be over as soon as it is looked at.
  const again = moved.phase.kind === state.phase.kind ? null : now;
  return {
    next: { phase, hosts: hosts.map((memory) => tried(memory, equipped, untilAt)) },
    actions: [...rootActions(phase, seen), ...equipping],
    delays: [...moved.delays, ...needs.flatMap(({ delay }) => delay ?? [])],
    wakeAt: again ?? earliest([moved.wakeAt, ...needs.map(({ wakeAt }) => wakeAt)], now),
  };
}

function lookAt({ host, holds }: SeenHost, memories: readonly HostMemory[]): FleetHost {
  const known = memories.find((memory) => memory.host === host);
  const memory = known ?? { host, holds: null, certificatesExpireAt: null, tried: null };
  if (holds === 'unanswered') return { memory, answers: false };
  const certificatesExpireAt = latest(memory.certificatesExpireAt, holds?.expiresAt ?? null);
  return { memory: { ...memory, holds, certificatesExpireAt }, answers: true };
}

function tried(memory: HostMemory, equipped: ReadonlyMap<HostId, Attempt>, untilAt: Instant): HostMemory {
  const attempt = equipped.get(memory.host);
  if (attempt === undefined) return memory;
  const certificatesExpireAt = latest(memory.certificatesExpireAt, untilAt);
  return { ...memory, certificatesExpireAt, tried: attempt };
}

function signedBy(phase: Phase, by: RootId, untilAt: Instant): Phase {
  const mark = (root: Root): Root =>
    root.id === by ? { ...root, leavesExpireAt: latest(root.leavesExpireAt, untilAt) } : root;
  switch (phase.kind) {
    case 'none':
      return phase;
    case 'steady':
    case 'making':
      return { ...phase, root: mark(phase.root) };
    default:
      return { ...phase, old: mark(phase.old), fresh: mark(phase.fresh) };
  }
}

const latest = (a: Instant | null, b: Instant | null): Instant | null =>
  a === null || b === null ? (a ?? b) : instant(Math.max(a, b));
