// The networks that a service's containers are in, and the names by which they reach other services there.

import type { Revision } from '../desired/revision.ts';
import type { HostId } from '../kernel/ids.ts';
import { networkName } from '../kernel/owner.ts';
import { lastHost, subnetAround } from '../kernel/subnet.ts';
import { networkOf } from './doors.ts';
import type { Draft } from './draft.ts';

export interface JoinedNetwork {
  readonly index: number;
  readonly name: string;
  readonly aliases: readonly string[];
}

/** Its own first, where its replicas know each other by the name of the service. None for host and none mode. */
export function networksFor({ memory }: Draft, { container }: Revision): readonly JoinedNetwork[] {
  if (container.networkMode !== 'bridge') return [];
  const { namespace, name: service, doors } = memory;
  const indexes = new Set([0, ...networkOf(doors, container.connects).values()]);
  return [...indexes]
    .sort((a, b) => a - b)
    .map((index) => ({
      index,
      name: networkName(namespace, service, index),
      aliases: index === 0 ? [service] : [],
    }));
}

/**
 * `NAME:ADDRESS` for each name of what it connects to: the load balancer's address in one of its networks. Null while one
 * of these is not there: names are fixed when a container is created.
 */
export function namesFor(
  { memory, input }: Draft,
  host: HostId,
  { container }: Revision,
): readonly string[] | null {
  const { namespace, name: service, doors } = memory;
  const networks = networkOf(doors, container.connects);
  const names = container.connects.map((one) => {
    const network = networkName(namespace, service, networks.get(one.service) ?? 0);
    const subnet = subnetAround(input.hosts.get(host)?.networks.get(network)?.subnets[0] ?? '');
    return subnet === null ? null : one.names.map((each) => `${each}:${lastHost(subnet)}`);
  });
  return names.includes(null) ? null : [...new Set(names.flatMap((known) => known ?? []))];
}
