// Whether a replica is given requests from everywhere that it should be, and whether it may still be given some:
// what rollouts wait for before they let an old replica go, and before they stop it.

import type { ConnectionSpec } from '../desired/container.ts';
import type { HostId, RevisionId } from '../kernel/ids.ts';
import { portName } from '../proxy/names.ts';
import type { ServicePort } from '../proxy/traffic.ts';
import { type Instance, instanceName, type ServiceMemory } from '../rollout/memory.ts';
import type { Routing } from '../rollout/routing.ts';
import { placeOf } from './places.ts';
import { certainRules, possibleRules, type Sight } from './sight.ts';
import { offersOf, type Told } from './told.ts';

const isSeen = ({ hosts }: Sight, host: HostId): boolean => hosts.get(host)?.state === 'fresh';

/** What is in its way, as far as that is known. */
function why({ waits }: Sight, host: HostId): string {
  const because = waits.get(host);
  return because === undefined ? '' : ` (${because})`;
}

/** The hosts that ask others for the port, as far as the mesh reaches and they can be told anything. */
function remoteAskers(sight: Sight, to: ServicePort, host: HostId): readonly HostId[] {
  const askers = [...(sight.demand.askers.get(portName(to)) ?? [])];
  return askers.filter((other) => other !== host && sight.mesh.has(other) && sight.mesh.has(host));
}

/** Names of a port's pools by which an entry of some rules has this one: `POOL WHAT`. */
function poolsWith(entries: readonly string[], to: ServicePort, what: string): readonly string[] {
  const port = portName(to);
  return entries
    .filter((entry) => entry.endsWith(` ${what}`))
    .map((entry) => entry.slice(0, -what.length - 1))
    .filter((pool) => pool === port || pool.startsWith(`${port}.`));
}

function whyNotServing(sight: Sight, to: ServicePort, name: string, host: HostId): string | null {
  const isAskedHere = sight.demand.askers.get(portName(to))?.has(host) ?? false;
  const others = remoteAskers(sight, to, host);
  if (!isAskedHere && others.length === 0) return null;
  const rules = certainRules(sight, host);
  const isServing = (told: Told): boolean => poolsWith(told.serving, to, name).length > 0;
  if (rules === null || rules.length === 0 || !rules.every(isServing))
    return `the load balancer on ${host} does not send it requests yet${why(sight, host)}`;
  const late = others
    .filter((other) => isSeen(sight, other))
    .find((other) => {
      const told = certainRules(sight, other);
      // By a name under which it is certainly found there.
      const isAsked = ({ sendsTo }: Told): boolean =>
        poolsWith(sendsTo, to, host).some((pool) =>
          rules.every((there) => offersOf(there).includes(`${pool} ${name}`)),
        );
      return told === null || !told.every(isAsked);
    });
  if (late === undefined) return null;
  return `the load balancer on ${late} does not ask ${host} for it yet${why(sight, late)}`;
}

function whyStillNamed(sight: Sight, to: ServicePort, name: string, host: HostId): string | null {
  const rules = possibleRules(sight, host);
  if (rules === null) return `nobody knows by which rules the load balancer on ${host} serves`;
  if (rules.some((told) => poolsWith([...told.serving, ...told.offers], to, name).length > 0))
    return `the load balancer on ${host} still sends it requests${why(sight, host)}`;
  // The last one there of a pool: others must ask elsewhere first.
  const last = rules.flatMap((told) =>
    poolsWith(told.leaving, to, name).filter(
      (pool) => !offersOf(told).some((one) => one.startsWith(`${pool} `)),
    ),
  );
  if (last.length === 0) return null;
  const asking = remoteAskers(sight, to, host)
    .filter((other) => isSeen(sight, other))
    .find((other) => {
      const told = possibleRules(sight, other);
      return (
        told === null || told.some(({ sendsTo }) => last.some((pool) => sendsTo.includes(`${pool} ${host}`)))
      );
    });
  if (asking === undefined) return null;
  return `the load balancer on ${asking} still asks ${host} for it${why(sight, asking)}`;
}

const first = <T>(items: readonly T[], why: (item: T) => string | null): string | null => {
  for (const item of items) {
    const because = why(item);
    if (because !== null) return because;
  }
  return null;
};

/** Why the containers of a service with these connections find no way to them on a host yet; null: they do. */
export function whyNoDoors(
  sight: Sight,
  row: ServiceMemory,
  host: HostId,
  connects: readonly ConnectionSpec[],
): string | null {
  if (connects.length === 0) return null;
  const rules = certainRules(sight, host);
  const late = connects.find((to) => {
    const door = `${row.key} ${portName(to)}`;
    return rules === null || rules.length === 0 || !rules.every(({ doors }) => doors.includes(door));
  });
  if (late === undefined) return null;
  return `the load balancer on ${host} does not lead to ${late.service} yet${why(sight, host)}`;
}

function whyNotShared(sight: Sight, to: ServicePort, revision: RevisionId, share: number): string | null {
  const askers = [...(sight.demand.askers.get(portName(to)) ?? [])].filter((host) => isSeen(sight, host));
  const late = askers.find((host) => {
    const told = certainRules(sight, host);
    return (
      told === null || !told.every(({ shares }) => shares.includes(`${portName(to)} ${revision} ${share}`))
    );
  });
  return late === undefined ? null : `the load balancer on ${late} goes by other shares${why(sight, late)}`;
}

/** Of a service; null where nobody connects to it: then nothing has to be waited for. */
export function routingOf(sight: Sight, row: ServiceMemory): Routing | null {
  const ports = sight.demand.asked.get(row.key) ?? [];
  if (ports.length === 0) return null;
  const name = (instance: Instance): string => instanceName(row, instance);
  return {
    whyNotServing: (instance) =>
      first(ports, (to) => whyNotServing(sight, to, name(instance), instance.host)),
    whyStillNamed: (instance) =>
      first(ports, (to) => whyStillNamed(sight, to, name(instance), instance.host)),
    whyNotShared: (revision, share) => first(ports, (to) => whyNotShared(sight, to, revision, share)),
    isAddressed: (instance) => {
      const address = placeOf(sight, row, instance);
      const rules = possibleRules(sight, instance.host);
      return address !== null && (rules?.some(({ addresses }) => addresses.includes(address)) ?? true);
    },
    sessions: (instance) => {
      const fact = sight.facts.get(instance.host);
      if (fact === undefined || fact.problem !== null) return null;
      const address = placeOf(sight, row, instance);
      return { count: address === null ? 0 : (fact.sessions.get(address) ?? 0), at: fact.at };
    },
  };
}
