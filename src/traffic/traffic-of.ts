// What the load balancer of a host is to be told: the doors of the containers there, and who answers behind them.

import type { HostId } from '../kernel/ids.ts';
import { networkName } from '../kernel/owner.ts';
import { formatSubnet, lastHost, subnetAround } from '../kernel/subnet.ts';
import { doorName, poolKey, portName } from '../proxy/names.ts';
import type { Door, LocalPool, Pool, PoolCheck, ServicePort, Traffic } from '../proxy/traffic.ts';
import type { Instance } from '../rollout/memory.ts';
import type { WantedDoor } from './demand.ts';
import { askedAnyway, type Place, placesOf } from './places.ts';
import { remoteOf } from './remote-places.ts';
import type { Sight } from './sight.ts';
import { groupsOf, offeredBy } from './split.ts';
import type { Told } from './told.ts';

/** In the anchor's network namespace: the host publishes the ports. */
const EVERYWHERE = '0.0.0.0';

function doorOf({ from, to, network }: WantedDoor, host: HostId, { hosts }: Sight): Door | null {
  const name = networkName(from.namespace, from.name, network);
  const subnet = subnetAround(hosts.get(host)?.networks.get(name)?.subnets[0] ?? '');
  if (subnet === null) return null;
  return {
    from: from.key,
    to,
    network,
    address: lastHost(subnet),
    port: to.port,
    subnet: formatSubnet(subnet),
  };
}

function protocolOf({ service, port }: ServicePort, { desired }: Sight): Pool['protocol'] {
  const served = desired.get(service)?.serves.find((one) => one.port === port);
  // It serves the port no more, and containers of an earlier commit may still connect to it: so anything passes.
  return served?.protocol ?? 'tcp';
}

function checkOf({ service, port }: ServicePort, { desired }: Sight): PoolCheck {
  const provider = desired.get(service);
  const readiness = provider?.probes.readiness ?? null;
  const check = readiness?.check;
  const timeoutMs = readiness?.timeoutMs ?? 1_000;
  if (check?.kind !== 'http' || check.scheme !== 'http' || check.port !== port)
    return { kind: 'tcp', timeoutMs };
  const host = Object.entries(check.headers).find(([name]) => name.toLowerCase() === 'host')?.[1];
  return { kind: 'http', path: check.path, hostHeader: host ?? provider?.name ?? 'localhost', timeoutMs };
}

function askersOf({ demand, mesh }: Sight, to: ServicePort, host: HostId): readonly HostId[] {
  if (!mesh.has(host)) return [];
  return [...(demand.askers.get(portName(to)) ?? [])]
    .filter((other) => other !== host && mesh.has(other))
    .sort();
}

const localOf = (places: readonly Place[], host: HostId): LocalPool['local'] =>
  places
    .filter((place) => place.host === host)
    .map(({ name, address, state }) => ({ name, address, state }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

/**
 * Null where neither a container here nor another host asks this one for it. One whose replicas here do not run at the
 * moment is kept: with the last pool goes the load balancer, and whatever is being answered through it.
 */
function poolOf(sight: Sight, to: ServicePort, host: HostId): Pool | null {
  const row = sight.services.get(to.service);
  const places = row === undefined ? [] : placesOf(row, sight);
  const askedBy = askersOf(sight, to, host);
  const isAskedHere = sight.demand.askers.get(portName(to))?.has(host) ?? false;
  const isOnHost = row?.instances.some((instance) => instance.host === host) ?? false;
  if (!isAskedHere && (askedBy.length === 0 || !isOnHost)) return null;
  const groups = groupsOf(row);
  const of = (has: (instance: Instance) => boolean): readonly Place[] =>
    askedAnyway(places.filter(({ instance }) => has(instance)));
  const offered = row === undefined || askedBy.length === 0 ? [] : offeredBy(row, groups);
  return {
    to,
    protocol: protocolOf(to, sight),
    check: checkOf(to, sight),
    revisions: groups.map(({ has, revision, ...group }) => ({
      revision,
      ...group,
      local: localOf(of(has), host),
      remote: isAskedHere ? remoteOf(sight, { to, revision }, of(has), host) : [],
    })),
    offered: offered
      .map(({ revision, has }): LocalPool => ({ revision, local: localOf(of(has), host) }))
      .filter(({ local }) => local.length > 0),
    askedBy,
  };
}

export function trafficOf(sight: Sight, host: HostId): Traffic {
  const doors = (sight.demand.doors.get(host) ?? [])
    .flatMap((wanted) => doorOf(wanted, host, sight) ?? [])
    .sort((a, b) => (doorName(a) < doorName(b) ? -1 : 1));
  const pools = [...sight.demand.asked.values()]
    .flat()
    .flatMap((to) => poolOf(sight, to, host) ?? [])
    .sort((a, b) => (portName(a.to) < portName(b.to) ? -1 : 1));
  const others = new Set(
    pools.flatMap((p) => [...p.askedBy, ...p.revisions.flatMap((r) => r.remote.map(({ host: o }) => o))]),
  );
  const peers = [...others].sort().flatMap((other) => {
    const mesh = sight.mesh.get(other);
    return mesh === undefined ? [] : [{ host: other, ...mesh }];
  });
  const own = sight.mesh.get(host);
  const mesh = own === undefined ? null : { address: EVERYWHERE, ports: own.ports };
  const identity = sight.identities.get(host)?.id ?? null;
  // Routes are refused when manifests are resolved.
  return { host, doors, pools, peers, mesh, identity, ingress: null };
}

/** What a rollout has to know of these rules once they have been sent. */
export function toldBy({ doors, pools }: Traffic): Omit<Told, 'mark' | 'at' | 'identity'> {
  const led = pools.flatMap(({ to, revisions }) =>
    revisions.map((group) => ({
      key: poolKey(to, group.revision),
      to,
      group,
      isSplit: revisions.length > 1,
    })),
  );
  const offered: readonly { readonly key: string; readonly group: LocalPool }[] = pools.flatMap(
    ({ to, offered: all }) => all.map((group) => ({ key: poolKey(to, group.revision), group })),
  );
  const local = (of: typeof offered, state: string) =>
    of.flatMap(({ key, group }) =>
      group.local.filter((r) => r.state === state).map(({ name, address }) => ({ key, name, address })),
    );
  const named = (of: typeof offered, state: string): string[] => [
    ...new Set(local(of, state).map(({ key, name }) => `${key} ${name}`)),
  ];
  const all = [...led, ...offered];
  return {
    serving: named(led, 'serving'),
    offers: named(offered, 'serving'),
    addresses: [...new Set(local(all, 'serving').map(({ address }) => address))],
    leaving: named(all, 'leaving'),
    shares: led
      .filter(({ isSplit }) => isSplit)
      .map(({ to, group }) => `${portName(to)} ${group.revision} ${group.share}`),
    doors: doors.map(({ from, to }) => `${from} ${portName(to)}`),
    sendsTo: led.flatMap(({ to, group }) =>
      group.remote.map((remote) => `${poolKey(to, remote.as)} ${remote.host}`),
    ),
    answers: pools.flatMap((pool) => pool.askedBy.map((host) => `${portName(pool.to)} ${host}`)),
  };
}
