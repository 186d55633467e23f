// The way of a request from a container to a replica of another service: by the name in its /etc/hosts, the network,
// whoever has the address there, and the rules by which the load balancer behind it really serves; and from there on,
// where these rules say so, by the load balancer of another host.

import { LABEL } from '../../kernel/owner.ts';
import type { Instant } from '../../kernel/time.ts';
import type { Telling } from '../../ports/load-balancer.ts';
import { servedBy } from '../engine/balancer.ts';
import type { SimContainer } from '../engine/container.ts';
import type { Machine } from '../engine/machine.ts';
import { inNetworkOf } from '../engine/network-places.ts';
import { elapsedMs } from '../engine/run.ts';
import { meshAddressOf } from '../shop/mesh.ts';
import type { SimHost } from '../world/fleet.ts';
import { trustsEachOther } from '../world/sim-authority.ts';

export type Connection = SimContainer['made']['spec']['connects'][number];
export type Pool = Telling['traffic']['pools'][number];
export type Group = Pool['revisions'][number];
export type Replica = Group['local'][number];
type Offered = Pool['offered'][number];

/** A load balancer that a request comes to, and what its rules say of the service that is asked for. */
export interface Route {
  readonly host: SimHost;
  readonly anchor: SimContainer;
  readonly proxy: SimContainer;
  readonly rules: Telling;
  readonly pool: Pool;
}

/** A replica that the rules name, and who is there. */
export interface Attempt {
  /** By the load balancer of the replica's host: that of the consumer, or another one. */
  readonly route: Route;
  readonly replica: Replica;
  /** Whoever has its address; null: nobody. */
  readonly there: SimContainer | null;
  /** Whether the load balancer is in its network at all. */
  readonly isJoined: boolean;
  readonly hasAnswered: boolean;
}

/** Another host, which the rules name, leads to nobody. */
export interface Refusal {
  readonly host: string;
  readonly because: string;
}

export const kindOf = ({ made }: SimContainer): string | undefined => made.labels[LABEL.kind];

export const isWorking = (machine: Machine, container: SimContainer): boolean =>
  container.run !== null &&
  container.run.pausedAtMs === null &&
  elapsedMs(machine, container) >= container.behaviour.startupMs;

/** The address that it finds under the names of what it connects to; null where it has no such name. */
function addressOf({ made }: SimContainer, { names }: Connection): string | null {
  const entry = made.hosts.find((host) => names.some((name) => host.startsWith(`${name}:`)));
  return entry?.slice(entry.indexOf(':') + 1) ?? null;
}

/** Whether both are in the network in which `other` has the address. */
function reaches(machine: Machine, from: SimContainer, other: SimContainer, address: string): boolean {
  for (const endpoint of other.endpoints.values()) {
    if (endpoint.address !== address || endpoint.networkId === null) continue;
    return machine.networks.get(endpoint.networkId)?.members.has(from.id) === true;
  }
  return false;
}

/** The process in the network of an anchor, and what it serves by; null: nobody answers there. */
function behind(machine: Machine, anchor: SimContainer): Pick<Route, 'proxy' | 'rules'> | null {
  const proxy = inNetworkOf(machine, anchor).find((one) => kindOf(one) === 'proxy');
  const rules = proxy === undefined ? null : servedBy(machine, proxy);
  return proxy === undefined || rules === null ? null : { proxy, rules };
}

const poolFor = ({ traffic }: Telling, { service, port }: Pool['to']): Pool | undefined =>
  traffic.pools.find(({ to }) => to.service === service && to.port === port);

/** The way to the pool that answers for a connection; or why there is none. */
export function routeFrom(host: SimHost, consumer: SimContainer, to: Connection): Route | string {
  const { machine } = host.engine;
  const address = addressOf(consumer, to);
  if (address === null) return 'it has no name for it';
  const anchor = machine.addresses.get(address);
  if (anchor === undefined) return `nobody has ${address}`;
  if (!reaches(machine, consumer, anchor, address)) return `it is not in the network of ${address}`;
  const found = behind(machine, anchor);
  if (found === null) return `nobody serves at ${address}`;
  const { rules } = found;
  const door = rules.traffic.doors.find((one) => one.address === address && one.port === to.port);
  if (door === undefined) return `the rules ${rules.mark} have no door at ${address}:${to.port}`;
  const pool = poolFor(rules, door.to);
  return pool === undefined ? `the rules ${rules.mark} lead to nobody` : { host, anchor, ...found, pool };
}

/** By which name another host is asked for replicas. */
export interface Elsewhere {
  readonly host: string;
  readonly revision: Offered['revision'];
}

/** The way on to another host, as HAProxy takes it: its address and port, both certificates, its rules. */
export function routeOn(
  hosts: Iterable<SimHost>,
  near: Route,
  { host: other, revision }: Elsewhere,
  now: Instant,
): (Route & { readonly offered: Offered }) | string {
  const peer = near.rules.traffic.peers.find(({ host }) => host === other);
  if (peer === undefined) return 'it has no address for it';
  const host = [...hosts].find(({ id }) => meshAddressOf(id) === peer.address);
  if (host === undefined) return `nobody has ${peer.address}`;
  const { machine } = host.engine;
  const published = machine.ports.published(peer.ports[near.pool.protocol]);
  const anchor = published === null ? undefined : machine.containers.get(published.container);
  if (anchor === undefined || !isWorking(machine, anchor)) return 'nothing listens there';
  const found = behind(machine, anchor);
  if (found === null || found.rules.traffic.mesh === null) return 'no load balancer answers there';
  if (!trustsEachOther(near.rules.credentials, found.rules.credentials, now))
    return 'they do not trust each other';
  const pool = poolFor(found.rules, near.pool.to);
  if (pool?.askedBy.some((asker) => asker === near.host.id) !== true)
    return `its rules ${found.rules.mark} do not answer ${near.host.id}`;
  const offered = pool.offered.find((one) => one.revision === revision);
  if (offered === undefined) return `its rules ${found.rules.mark} name nobody of ${revision}`;
  return { host, anchor, ...found, pool, offered };
}

const localOf = ({ revisions }: Pool): readonly Replica[] => revisions.flatMap(({ local }) => local);

export const servingOf = (pool: Pool): readonly Replica[] =>
  localOf(pool).filter(({ state }) => state === 'serving');

/** What other hosts are led to: also those that leave, behind the others. */
export const answeringOf = ({ local }: Offered): readonly (readonly Replica[])[] => [
  local.filter(({ state }) => state === 'serving'),
  local.filter(({ state }) => state === 'leaving'),
];

const remoteOf = ({ remote }: Group): readonly Elsewhere[] =>
  remote.map(({ host, as }) => ({ host, revision: as }));

/** The other hosts that the rules lead to. */
export const elsewhereOf = ({ revisions }: Pool): readonly Elsewhere[] => revisions.flatMap(remoteOf);

/** Whom a request is tried with that was drawn for a group: one after the other, each in any order. */
export const triedFor = (own: Group, { revisions }: Pool): readonly (readonly (Replica | Elsewhere)[])[] => {
  const standIns = own.isFallback ? [] : revisions.filter((one) => one !== own && one.isFallback);
  return [own, ...standIns].map((group) => [
    ...group.local.filter(({ state }) => state === 'serving'),
    ...remoteOf(group),
  ]);
};

/** The group that a number below all shares together falls to. */
export function drawnGroup({ revisions }: Pool, draw: number): Group | undefined {
  let below = 0;
  return revisions.find(({ share }) => {
    below += share;
    return draw < below;
  });
}

export function attempt(route: Route, replica: Replica): Attempt {
  const { machine } = route.host.engine;
  const there = machine.addresses.get(replica.address) ?? null;
  const isJoined = there !== null && reaches(machine, route.anchor, there, replica.address);
  const hasAnswered = there !== null && isJoined && isWorking(machine, there);
  return { route, replica, there, isJoined, hasAnswered };
}

/** Whether load balancers count the requests to a pool by revision. */
export const isCounted = ({ protocol, revisions }: Pool): boolean =>
  protocol === 'http' && revisions.length > 1;
