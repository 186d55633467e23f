// How containers get into the networks of a simulated engine and out again, and into another one's network.

import type { NetworkPlace } from '../../action/container-request.ts';
import { ok } from '../../kernel/result.ts';
import { type Answer, noSuchContainer, refuse } from './answer.ts';
import { type Endpoint, isMember, type SimContainer } from './container.ts';
import type { Machine } from './machine.ts';
import { findNetwork } from './networks.ts';
import { freeAddress, isWithin, type SimNetwork, takeAddress, takeThis } from './subnets.ts';

/** Null in a network that has none. */
function addressIn(network: SimNetwork, fixed: string | null): Answer<string | null> {
  if (fixed === null) {
    const address = takeAddress(network);
    if (address !== null || network.prefix === null) return ok(address);
    return refuse('engine/failed', "no available IPv4 addresses on this network's address pools");
  }
  const given = mustBeGiven(network, fixed);
  if (!given.ok) return given;
  if (!isWithin(network, fixed)) {
    const words = `Invalid address ${fixed}: It does not belong to any of this network's subnets`;
    return refuse('engine/rejected', words);
  }
  return takeThis(network, fixed) ? ok(fixed) : refuse('engine/conflict', 'Address already in use');
}

function mustBeGiven({ isSubnetGiven }: SimNetwork, fixed: string | null): Answer<void> {
  if (fixed === null || isSubnetGiven) return ok(undefined);
  const words =
    'user specified IP address is supported only when connecting to networks with user configured subnets';
  return refuse('engine/rejected', words);
}

/** Into one network, with an address of its own. */
function enter(
  machine: Machine,
  container: SimContainer,
  network: SimNetwork,
  endpoint: Endpoint,
): Answer<void> {
  const address = addressIn(network, endpoint.fixed);
  if (!address.ok) return address;
  endpoint.networkId = network.observed.id;
  endpoint.address = address.value;
  network.members.add(container.id);
  if (address.value !== null) machine.addresses.set(address.value, container);
  machine.tell('network', 'connect', network.observed.id, { container: container.id });
  return ok(undefined);
}

function leave(machine: Machine, container: SimContainer, endpoint: Endpoint): void {
  const network = endpoint.networkId === null ? undefined : machine.networks.get(endpoint.networkId);
  if (network?.members.delete(container.id) !== true) return;
  if (endpoint.address !== null) {
    freeAddress(network, endpoint.address);
    machine.addresses.delete(endpoint.address);
  }
  endpoint.address = null;
  machine.tell('network', 'disconnect', network.observed.id, { container: container.id });
}

/** All of a container's networks, as it starts. Where one cannot be had it may be in some of them. */
export function enterAll(machine: Machine, container: SimContainer): Answer<void> {
  const { sharesNetworkOf } = container.made;
  if (sharesNetworkOf !== null) return share(machine, container, sharesNetworkOf);
  for (const [name, endpoint] of container.endpoints) {
    // Once it has been in a network, that one counts, whatever has the name by now.
    const found = findNetwork(machine, endpoint.networkId ?? name);
    const entered = found.ok ? enter(machine, container, found.value, endpoint) : found;
    if (!entered.ok) return entered;
  }
  return ok(undefined);
}

function share(machine: Machine, container: SimContainer, idOrName: string): Answer<void> {
  const other = machine.find(idOrName);
  if (other === undefined) return noSuchContainer(idOrName);
  if (!other.isUp)
    return refuse('engine/conflict', `cannot join network of a non running container: ${other.id}`);
  container.sharedRun = other.run;
  return ok(undefined);
}

export function leaveAll(machine: Machine, container: SimContainer): void {
  container.sharedRun = null;
  for (const endpoint of container.endpoints.values()) leave(machine, container, endpoint);
}

/** Who is in the container's network at present: itself, and those that share it. */
export function inNetworkOf(machine: Machine, container: SimContainer): readonly SimContainer[] {
  const { run } = container;
  if (run === null) return [container];
  return [container, ...[...machine.containers.values()].filter(({ sharedRun }) => sharedRun === run)];
}

/** The names of networks stay unknown to the engine until it starts the container. */
export function connectNetwork(
  machine: Machine,
  idOrName: string,
  container: SimContainer,
  { aliases, address }: NetworkPlace,
): Answer<void> {
  const found = findNetwork(machine, idOrName);
  if (!found.ok) return found;
  const given = mustBeGiven(found.value, address);
  if (!given.ok) return given;
  const { observed, members } = found.value;
  if (container.made.sharesNetworkOf !== null)
    return refuse(
      'engine/rejected',
      'container sharing network namespace with another container or host cannot be connected to any other network',
    );
  const present = container.endpoints.get(observed.name);
  if (present?.networkId === observed.id && members.has(container.id)) {
    const words = `endpoint with name ${container.name} already exists in network ${observed.name}`;
    return refuse('engine/conflict', words);
  }
  // One that does not run is not connected twice, which the engine passes over in silence.
  const isKnown = present !== undefined && findNetwork(machine, present.networkId ?? observed.name).ok;
  if (!container.isUp && isKnown) return ok(undefined);
  // It knows its networks by their names: in another one of the name it cannot stay.
  if (present !== undefined) leave(machine, container, present);
  const endpoint: Endpoint = { aliases, fixed: address, networkId: null, address: null };
  container.endpoints.set(observed.name, endpoint);
  const entered = container.isUp ? enter(machine, container, found.value, endpoint) : ok(undefined);
  if (!container.isUp) endpoint.networkId = observed.id;
  machine.touch(container);
  return entered;
}

export function disconnectNetwork(machine: Machine, idOrName: string, container: SimContainer): Answer<void> {
  const found = findNetwork(machine, idOrName);
  if (!found.ok) return found;
  const { name } = found.value.observed;
  const endpoint = container.endpoints.get(name);
  if (endpoint === undefined || !isMember(container, endpoint)) {
    const words = `container ${container.id} is not connected to network ${name}`;
    return refuse('engine/failed', words);
  }
  container.endpoints.delete(name);
  machine.touch(container);
  leave(machine, container, endpoint);
  return ok(undefined);
}

/** Id of the container that has the address in the network. */
export function holderOf(machine: Machine, idOrName: string, address: string): string | null {
  const found = findNetwork(machine, idOrName);
  const owner = machine.addresses.get(address);
  return found.ok && owner !== undefined && found.value.members.has(owner.id) ? owner.id : null;
}
