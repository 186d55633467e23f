// Which root is in force, and the way from one to the next. No host may ever meet a certificate that it cannot
// check: first all trust both roots, then the new one signs, and only when no certificate of the old one can
// be valid any more is it trusted no longer.

import type { RootId } from '../kernel/ids.ts';
import { after, formatDuration, type Instant } from '../kernel/time.ts';
import { CLOCK_SKEW_MS } from '../kernel/validity.ts';
import type { Seen, SeenRoot, TrustAction } from './seen.ts';
import type { HostMemory, Phase, Root } from './state.ts';

const ROTATE_AT_LIFE = 0.8;
/** What changed nothing is tried again after so long. */
export const RETRY_MS = 60_000;

export interface FleetHost {
  readonly memory: HostMemory;
  readonly answers: boolean;
}

export interface PhaseStep {
  readonly phase: Phase;
  /** What the rotation waits for, in sentences. */
  readonly delays: readonly string[];
  readonly wakeAt: Instant | null;
}

/** On every host, whatever its clock says. */
const surelyExpiredAt = (expiresAt: Instant): Instant => after(expiresAt, CLOCK_SKEW_MS);

const rotateAt = ({ createdAt, expiresAt }: Root): Instant =>
  after(createdAt, (expiresAt - createdAt) * ROTATE_AT_LIFE);

const stay = (phase: Phase, delays: readonly string[] = [], wakeAt: Instant | null = null): PhaseStep => ({
  phase,
  delays,
  wakeAt,
});

const start = ({ id, createdAt, expiresAt }: SeenRoot): Root => ({
  id,
  createdAt,
  expiresAt,
  leavesExpireAt: null,
});

/** Made twice where a controller died in between: one of them is taken, always the same. */
function firstOf(roots: readonly SeenRoot[]): SeenRoot | undefined {
  return roots.toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))[0];
}

export function nextPhase(phase: Phase, fleet: readonly FleetHost[], seen: Seen, now: Instant): PhaseStep {
  switch (phase.kind) {
    case 'none': {
      const first = firstOf(seen.roots);
      return first === undefined
        ? stay(phase, [], after(now, RETRY_MS))
        : stay({ kind: 'steady', root: start(first) });
    }
    case 'steady': {
      const { root } = phase;
      const isDue = now >= rotateAt(root) || seen.replace === root.id;
      if (!isDue) return stay(phase, [], rotateAt(root));
      // One that is still to be forgotten must not be taken for the new one.
      const isAlone = seen.roots.every(({ id }) => id === root.id);
      return stay(isAlone ? { kind: 'making', root } : phase);
    }
    case 'making': {
      const fresh = firstOf(seen.roots.filter(({ id }) => id !== phase.root.id));
      return fresh === undefined
        ? stay(phase, [], after(now, RETRY_MS))
        : stay({ kind: 'spreading', old: phase.root, fresh: start(fresh) });
    }
    case 'spreading':
      return afterSpreading(phase, fleet, now);
    case 'replacing':
      return afterReplacing(phase, fleet, now);
  }
}

/** Null where the host can check certificates of the new root, or has none of its own to show to anybody. */
function whyNotTrusting({ memory, answers }: FleetHost, fresh: RootId, now: Instant): string | null {
  const { host, holds, certificatesExpireAt } = memory;
  if (holds?.trusts.includes(fresh) === true) return null;
  if (answers) return `the host ${host} does not trust the new root ${fresh} yet`;
  if (certificatesExpireAt === null || now >= surelyExpiredAt(certificatesExpireAt)) return null;
  const left = formatDuration(surelyExpiredAt(certificatesExpireAt) - now);
  return `the host ${host} does not answer and may not trust the new root ${fresh} yet: it is waited for until its certificate has expired, in ${left}`;
}

function afterSpreading(
  phase: Extract<Phase, { kind: 'spreading' }>,
  fleet: readonly FleetHost[],
  now: Instant,
): PhaseStep {
  const { old, fresh } = phase;
  const delays = fleet.flatMap((host) => whyNotTrusting(host, fresh.id, now) ?? []);
  // An expired root signs nothing and is trusted by nobody: there is nothing to be careful of.
  if (delays.length === 0 || now >= surelyExpiredAt(old.expiresAt)) {
    return stay({ kind: 'replacing', old, fresh });
  }
  const ends = fleet.flatMap(({ memory: { certificatesExpireAt }, answers }) =>
    answers || certificatesExpireAt === null ? [] : [surelyExpiredAt(certificatesExpireAt)],
  );
  return stay(phase, delays, earliest([...ends, surelyExpiredAt(old.expiresAt)], now));
}

function afterReplacing(
  phase: Extract<Phase, { kind: 'replacing' }>,
  fleet: readonly FleetHost[],
  now: Instant,
): PhaseStep {
  const { old, fresh } = phase;
  const showing = fleet.filter(({ memory: { holds } }) => holds !== null && holds.by !== fresh.id);
  const shown = showing.filter(({ answers }) => answers);
  const overAt = old.leavesExpireAt === null ? now : surelyExpiredAt(old.leavesExpireAt);
  if (shown.length === 0 && now >= overAt) return stay({ kind: 'steady', root: fresh });
  const delays = shown.map(
    ({ memory: { host } }) => `the host ${host} shows a certificate of the old root ${old.id}`,
  );
  if (now >= overAt) return stay(phase, delays);
  const silent = showing.filter(({ answers }) => !answers).map(({ memory: { host } }) => host);
  const those =
    silent.length === 0 ? '' : `, those of hosts that do not answer (${silent.join(', ')}) among them`;
  const expiry = `certificates of the old root ${old.id} are valid for another ${formatDuration(overAt - now)}${those}`;
  return stay(phase, [...delays, expiry], overAt);
}

/** The next of these instants that is still to come. */
export function earliest(instants: readonly (Instant | null)[], now: Instant): Instant | null {
  const coming = instants.filter((at): at is Instant => at !== null && at > now);
  return coming.reduce<Instant | null>((first, at) => (first === null || at < first ? at : first), null);
}

/** What the phase wants of the store. */
export function rootActions(phase: Phase, { roots }: Seen): readonly TrustAction[] {
  switch (phase.kind) {
    case 'none':
      return [{ kind: 'create-root', because: 'the mesh has no root yet' }];
    case 'making':
      return [{ kind: 'create-root', because: `the root ${phase.root.id} is to be replaced` }];
    default: {
      const kept = rootsOf(phase).map(({ id }) => id);
      const because = 'no host trusts it and no valid certificate is of it';
      return roots
        .filter(({ id }) => !kept.includes(id))
        .map(({ id }): TrustAction => ({ kind: 'forget-root', root: id, because }));
    }
  }
}

/** Trusted by all hosts, the oldest first. */
export function rootsOf(phase: Phase): readonly Root[] {
  switch (phase.kind) {
    case 'none':
      return [];
    case 'steady':
    case 'making':
      return [phase.root];
    default:
      return [phase.old, phase.fresh];
  }
}
