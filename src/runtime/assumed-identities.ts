// A plan without a controller makes no certificates: it assumes that each host gets one.

import type { Desired } from '../desired/desired.ts';
import { type HostId, RootId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import { leafValidity } from '../kernel/validity.ts';
import type { Identity } from '../traffic/told.ts';

const ROOT = RootId.parse('0'.repeat(12));

export function assumedIdentities({ hosts }: Desired, now: Instant): ReadonlyMap<HostId, Identity> {
  const identity = { id: 'assumed', by: ROOT, trusts: [ROOT], ...leafValidity(now) };
  return new Map([...hosts.keys()].map((id) => [id, identity]));
}
