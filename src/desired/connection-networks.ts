// On which of its networks a service reaches each service that it connects to. On one network all names lead
// to one address, where only the port tells services apart, so that two with the same port need two networks.

import type { ServiceKey } from '../kernel/ids.ts';
import { LIMITS } from '../manifest/limits.ts';

interface Member {
  readonly service: ServiceKey;
  readonly port: number;
}

/**
 * The lowest network on which no other service has one of its ports, in the order of the services' keys. A
 * service is on one network with all of its ports, or its name would have two addresses.
 */
export function networksOf<M extends Member>(
  members: readonly M[],
  refuse: (first: M, message: string) => void,
): ReadonlyMap<ServiceKey, number> {
  const networks = new Map<ServiceKey, number>();
  const taken: Set<number>[] = [];
  const byService = [...Map.groupBy(members, ({ service }) => service)];
  for (const [service, own] of byService.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const free = taken.findIndex((ports) => own.every(({ port }) => !ports.has(port)));
    const network = free === -1 ? taken.length : free;
    const [first] = own;
    if (network >= LIMITS.connectionNetworks && first !== undefined) {
      const ports = own.map(({ port }) => port).join(', ');
      const most = `at most ${LIMITS.connectionNetworks} services can be connected to by the same port`;
      refuse(first, `${service} is one too many by port ${ports}: ${most}`);
      continue;
    }
    taken[network] = new Set([...(taken[network] ?? []), ...own.map(({ port }) => port)]);
    networks.set(service, network);
  }
  return networks;
}
