// The way of a request from a container to a replica of another service: by the name in its /etc/hosts, the network,
// whoever has the address there, and the rules by which the load balancer behind it really serves.

import { LABEL } from '../../kernel/owner.ts';
import type { Telling } from '../../ports/load-balancer.ts';
import { servedBy } from '../engine/balancer.ts';
import type { SimContainer } from '../engine/container.ts';
import type { Machine } from '../engine/machine.ts';
import { inNetworkOf } from '../engine/network-places.ts';
import { elapsedMs } from '../engine/run.ts';

export type Connection = SimContainer['made']['spec']['connects'][number];
export type Pool = Telling['traffic']['pools'][number];
export type Replica = Pool['revisions'][number]['local'][number];

export interface Route {
  readonly anchor: SimContainer;
  readonly proxy: SimContainer;
  readonly mark: string;
  readonly pool: Pool;
}

/** A replica that the rules name, and who is there. */
export interface Attempt {
  readonly replica: Replica;
  /** Whoever has its address; null: nobody. */
  readonly there: SimContainer | null;
  /** Whether the load balancer is in its network at all. */
  readonly isJoined: boolean;
  readonly hasAnswered: boolean;
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

/** The way to the pool that answers for a connection; or why there is none. */
export function routeFrom(machine: Machine, consumer: SimContainer, to: Connection): Route | string {
  const address = addressOf(consumer, to);
  if (address === null) return 'it has no name for it';
  const anchor = machine.addresses.get(address);
  if (anchor === undefined) return `nobody has ${address}`;
  if (!reaches(machine, consumer, anchor, address)) return `it is not in the network of ${address}`;
  const proxy = inNetworkOf(machine, anchor).find((one) => kindOf(one) === 'proxy');
  const rules = proxy === undefined ? null : servedBy(machine, proxy);
  if (proxy === undefined || rules === null) return `nobody serves at ${address}`;
  const { doors, pools } = rules.traffic;
  const door = doors.find((one) => one.address === address && one.port === to.port);
  if (door === undefined) return `the rules ${rules.mark} have no door at ${address}:${to.port}`;
  const pool = pools.find((one) => one.to.service === door.to.service && one.to.port === door.to.port);
  return pool === undefined
    ? `the rules ${rules.mark} lead to nobody`
    : { anchor, proxy, mark: rules.mark, pool };
}

export const servingOf = ({ revisions }: Pool): readonly Replica[] =>
  revisions.flatMap(({ local }) => local.filter(({ state }) => state === 'serving'));

export function attempt(machine: Machine, { anchor }: Route, replica: Replica): Attempt {
  const there = machine.addresses.get(replica.address) ?? null;
  const isJoined = there !== null && reaches(machine, anchor, there, replica.address);
  return { replica, there, isJoined, hasAnswered: there !== null && isJoined && isWorking(machine, there) };
}
