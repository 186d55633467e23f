// Where the replicas of a service can be asked, and whether they should be.

import type { HostId } from '../kernel/ids.ts';
import { networkName } from '../kernel/owner.ts';
import type { FoundContainer } from '../observed/observed.ts';
import type { Replica } from '../proxy/traffic.ts';
import { type Instance, instanceName, type ServiceMemory } from '../rollout/memory.ts';
import type { Sight } from './sight.ts';

export interface Place extends Replica {
  readonly host: HostId;
  readonly instance: Instance;
}

function addressOf(
  found: readonly FoundContainer[],
  name: string,
  host: HostId,
  network: string,
): string | null {
  const there = found.find((f) => f.host === host && f.container.name === name)?.container;
  return there?.status === 'running' ? (there.networks[network]?.address ?? null) : null;
}

/** Null where it does not run. */
export const placeOf = (sight: Sight, row: ServiceMemory, instance: Instance): string | null =>
  addressOf(
    sight.found(row.key),
    instanceName(row, instance),
    instance.host,
    networkName(row.namespace, row.name),
  );

/** Those that run and have been ready once. What is not ready just now, or on its way out, is given nothing new. */
export function placesOf(row: ServiceMemory, sight: Sight): readonly Place[] {
  const found = sight.found(row.key);
  const network = networkName(row.namespace, row.name);
  return row.instances.flatMap((instance): Place[] => {
    const name = instanceName(row, instance);
    const address = addressOf(found, name, instance.host, network);
    if (address === null || !instance.hasServed) return [];
    const isServing = instance.intent === 'run' && instance.readyAt !== null;
    return [{ host: instance.host, instance, name, address, state: isServing ? 'serving' : 'leaving' }];
  });
}

/** Where nobody serves, what is meant to run is asked all the same: its load balancer sees for itself who answers. */
export function askedAnyway(places: readonly Place[]): readonly Place[] {
  if (places.some(({ state }) => state === 'serving')) return places;
  return places.map((place) => (place.instance.intent === 'run' ? { ...place, state: 'serving' } : place));
}
