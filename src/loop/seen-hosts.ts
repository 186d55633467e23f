// What each host's load balancer holds of the mesh's trust, as far as it has said.

import type { HostId } from '../kernel/ids.ts';
import type { Plan, World } from '../plan/world.ts';
import type { SeenHost } from '../trust/seen.ts';

function holdsOf({ observed, balancers, memory, identities }: World, host: HostId): SeenHost['holds'] {
  const fact = balancers.get(host);
  const isSilent = fact === undefined || fact.problem !== null;
  if (isSilent || observed.hosts.get(host)?.state !== 'fresh') return 'unanswered';
  // Nobody has the key of what another controller made: it cannot be told again together with other rules.
  if (!identities.has(host)) return null;
  const told = memory.balancers.get(host)?.told.find(({ mark }) => mark === fact.mark);
  const identity = told?.identity ?? null;
  if (identity === null) return null;
  const { by, startsAt, expiresAt, trusts } = identity;
  return { by, startsAt, expiresAt, trusts };
}

/** Of the hosts that have a load balancer, or are to have one; none where nobody can ask another one. */
export function seenHosts(world: World, { balancers }: Plan): readonly SeenHost[] {
  const reachable = [...world.hosts.values()].filter(({ meshAddress }) => meshAddress !== null);
  if (reachable.length < 2) return [];
  return reachable
    .map(({ id }) => id)
    .filter((id) => balancers.waits.has(id) || world.memory.balancers.has(id))
    .map((host) => ({ host, holds: holdsOf(world, host) }));
}
