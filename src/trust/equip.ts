// Whether a host needs a new certificate or other roots, and why. Both come together: no private key of a host
// is kept, so whatever changes on it changes with a new one.

import type { RootId } from '../kernel/ids.ts';
import { after, formatDuration, type Instant, instant } from '../kernel/time.ts';
import { type FleetHost, RETRY_MS, rootsOf } from './phase.ts';
import type { TrustAction } from './seen.ts';
import type { Attempt, Holding, Phase } from './state.ts';

const RENEW_AT_LIFE_LEFT = 1 / 3;

export interface Wanted {
  readonly by: RootId;
  readonly trusts: readonly RootId[];
}

/** Null where no root can sign. */
export function wantedBy(phase: Phase, now: Instant): Wanted | null {
  const roots = rootsOf(phase);
  const signer = phase.kind === 'replacing' ? roots.at(-1) : roots[0];
  if (signer === undefined || now >= signer.expiresAt) return null;
  return { by: signer.id, trusts: roots.map(({ id }) => id) };
}

const renewAt = ({ startsAt, expiresAt }: Holding): Instant =>
  instant(expiresAt - (expiresAt - startsAt) * RENEW_AT_LIFE_LEFT);

const isSame = (a: readonly RootId[], b: readonly RootId[]): boolean =>
  a.length === b.length && a.every((id) => b.includes(id));

/** Null: it holds what it should. */
function whyOther(holds: Holding | null, { by, trusts }: Wanted): string | null {
  if (holds === null) return 'it has no certificate';
  if (holds.by !== by) return `its certificate is to be of the root ${by} instead of ${holds.by}`;
  if (!isSame(holds.trusts, trusts)) return `it is to trust ${trusts.join(' and ')} and no other root`;
  return null;
}

/** Null: its certificate will do for a while. */
function whyRenewed(holds: Holding | null, now: Instant): string | null {
  if (holds === null) return null;
  const { startsAt, expiresAt } = holds;
  if (now >= expiresAt) return `its certificate expired ${formatDuration(now - expiresAt)} ago`;
  if (now >= renewAt(holds)) return `its certificate expires in ${formatDuration(expiresAt - now)}`;
  // The clock is wrong or was. The present one is followed: if that is the wrong one, the next step after its
  // correction renews the certificate again, while one that starts in the future stays of no use until then.
  if (now < startsAt) {
    return `its certificate starts in ${formatDuration(startsAt - now)}: the clock of the controller went back`;
  }
  return null;
}

function isUnderWay(tried: Attempt, { by, trusts }: Wanted, now: Instant): boolean {
  if (tried.by !== by || !isSame(tried.trusts, trusts)) return false;
  return tried.at <= now && now < after(tried.at, RETRY_MS);
}

export interface HostNeed {
  readonly action: Extract<TrustAction, { kind: 'equip' }> | null;
  /** A sentence about a host that cannot be helped now. */
  readonly delay: string | null;
  readonly wakeAt: Instant | null;
}

export function needOf({ memory, answers }: FleetHost, wanted: Wanted, now: Instant): HostNeed {
  const { host, holds, tried } = memory;
  if (!answers) {
    const because = whyRenewed(holds, now);
    const delay = because === null ? null : `the host ${host} does not answer, and ${because}`;
    const isDue = because !== null || holds === null;
    return { action: null, delay, wakeAt: isDue ? null : renewAt(holds) };
  }
  const because = whyOther(holds, wanted) ?? whyRenewed(holds, now);
  if (because === null) return { action: null, delay: null, wakeAt: holds === null ? null : renewAt(holds) };
  if (tried !== null && isUnderWay(tried, wanted, now)) {
    return { action: null, delay: null, wakeAt: after(tried.at, RETRY_MS) };
  }
  const action = { kind: 'equip', host, ...wanted, issuedAt: now, because } as const;
  return { action, delay: null, wakeAt: after(now, RETRY_MS) };
}
