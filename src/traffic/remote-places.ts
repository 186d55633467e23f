// Which other hosts are asked for replicas, and by which name: each offers some, and its rules change at a time of its own.

import type { HostId } from '../kernel/ids.ts';
import { poolKey, portName } from '../proxy/names.ts';
import type { PoolName, RemoteReplicas, ServicePort } from '../proxy/traffic.ts';
import type { Place } from './places.ts';
import { certainRules, type Sight } from './sight.ts';
import { offersOf, type Told } from './told.ts';

interface Asked {
  readonly to: ServicePort;
  readonly revision: PoolName;
}

/** Names by which the replicas may be known there: that of their group before those of their revisions. */
const namesFor = (revision: PoolName, there: readonly Place[]): readonly PoolName[] => [
  ...new Set<PoolName>([revision, ...there.map(({ instance }) => instance.revision), 'all']),
];

/**
 * By which name `other` may be asked by `host`: its own rules say so, all that may be in force. Under another name than that
 * of the group there must be nothing that does not belong to it. Null: by none.
 */
function nameThere(
  sight: Sight,
  { to, revision }: Asked,
  there: readonly Place[],
  { other, host }: { readonly other: HostId; readonly host: HostId },
): PoolName | null {
  const names = namesFor(revision, there);
  const rules = certainRules(sight, other);
  if (rules === null) {
    // Nobody knows: what was so stays so.
    const told = sight.balancers.get(host)?.told.at(-1)?.sendsTo ?? [];
    return names.find((name) => told.includes(`${poolKey(to, name)} ${other}`)) ?? null;
  }
  const own = new Set(there.map(({ name }) => name));
  const isOffered = (told: Told, name: PoolName): boolean => {
    const start = `${poolKey(to, name)} `;
    const offered = offersOf(told).filter((one) => one.startsWith(start));
    const isOfGroup = name === revision || offered.every((one) => own.has(one.slice(start.length)));
    return offered.length > 0 && isOfGroup && told.answers.includes(`${portName(to)} ${host}`);
  };
  if (rules.length === 0) return null;
  return names.find((name) => rules.every((told) => isOffered(told, name))) ?? null;
}

/** `places`: the replicas of a group, on all hosts. */
export function remoteOf(
  sight: Sight,
  asked: Asked,
  places: readonly Place[],
  host: HostId,
): RemoteReplicas[] {
  if (!sight.mesh.has(host)) return [];
  const serving = places.filter(
    ({ host: other, state }) => other !== host && state === 'serving' && sight.mesh.has(other),
  );
  return [...Map.groupBy(serving, (place) => place.host)]
    .flatMap(([other, there]): RemoteReplicas[] => {
      const as = nameThere(sight, asked, there, { other, host });
      return as === null ? [] : [{ host: other, as, replicas: there.length }];
    })
    .sort((a, b) => (a.host < b.host ? -1 : 1));
}
