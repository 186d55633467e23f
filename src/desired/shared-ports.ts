// How many services one service may connect to by the same port. On one network all names lead to one address, where
// only the port tells services apart: each of them needs a network of its own, and a host has only so many.

import type { ServiceKey } from '../kernel/ids.ts';
import { LIMITS } from '../manifest/limits.ts';

interface Member {
  readonly service: ServiceKey;
  readonly port: number;
}

export function checkSharedPorts<M extends Member>(
  members: readonly M[],
  refuse: (excess: M, message: string) => void,
): void {
  const services = new Map<number, Set<ServiceKey>>();
  for (const member of members) {
    const { service, port } = member;
    const sharing = services.get(port) ?? new Set<ServiceKey>();
    services.set(port, sharing.add(service));
    if (sharing.size <= LIMITS.connectionNetworks) continue;
    const most = `at most ${LIMITS.connectionNetworks} services can be connected to by the same port`;
    refuse(member, `${service} is one too many by port ${port}: ${most}`);
  }
}
