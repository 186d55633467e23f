// What a simulated engine does with networks, and how containers get into them and out again.

import { invariant } from '../../kernel/invariant.ts';
import { ok } from '../../kernel/result.ts';
import type { ObservedNetwork } from '../../observed/report.ts';
import type { NetworkRequest } from '../../ports/host.ts';
import { type Answer, refuse } from './answer.ts';
import type { Endpoint, SimContainer } from './container.ts';
import type { Machine } from './machine.ts';
import { happens } from './pace.ts';
import { freeAddress, type SimNetwork, takeAddress } from './subnets.ts';

/** All that is simulated. */
const WHOLE = /\.0\/24$/;

type Labels = Readonly<Record<string, string>>;

/** Requests for one name that are closer together than this may make two networks. */
const TWIN_WINDOW_MS = 250;
const PREDEFINED = ['bridge', 'host', 'none'];

/** What Docker makes when it is installed. */
export function addPredefinedNetworks(machine: Machine): void {
  for (const name of PREDEFINED)
    add(machine, name, {}, name === 'bridge' ? machine.subnets.take(() => false) : null);
}

function add(machine: Machine, name: string, labels: Labels, prefix: string | null): SimNetwork {
  const subnets = prefix === null ? [] : [`${prefix}.0/24`];
  const network: SimNetwork = {
    observed: { id: machine.newId(), name, labels, subnets },
    prefix,
    createdMs: machine.clock.monotonicMs(),
    used: new Set(),
    members: new Set(),
  };
  machine.networks.set(network.observed.id, network);
  machine.observedNetworks.drop();
  machine.changed();
  return network;
}

const named = (machine: Machine, name: string): readonly SimNetwork[] =>
  [...machine.networks.values()].filter(({ observed }) => observed.name === name);

/** By id or name; a name that two have is refused. */
function findNetwork(machine: Machine, idOrName: string): Answer<SimNetwork> {
  const byId = machine.networks.get(idOrName);
  if (byId !== undefined) return ok(byId);
  const [found, ...others] = named(machine, idOrName);
  if (found === undefined) return refuse('engine/not-found', `network ${idOrName} not found`);
  if (others.length === 0) return ok(found);
  const matches = others.length + 1;
  return refuse('engine/conflict', `network ${idOrName} is ambiguous (${matches} matches found on name)`);
}

/** What is asked for, or the next of the engine's own; or why not. */
function prefixFor(machine: Machine, subnet: string | null): Answer<string> {
  const isTaken = (prefix: string): boolean =>
    [...machine.networks.values()].some((network) => network.prefix === prefix);
  if (subnet !== null) {
    invariant(WHOLE.test(subnet), `${subnet} is a network of 256 addresses, as all of ours are`);
    const prefix = subnet.replace(WHOLE, '');
    if (isTaken(prefix))
      return refuse('engine/conflict', 'Pool overlaps with other one on this address space');
    return ok(prefix);
  }
  const prefix = machine.subnets.take(isTaken);
  if (prefix !== null) return ok(prefix);
  return refuse(
    'engine/failed',
    'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
  );
}

export function createNetwork(
  machine: Machine,
  { name, labels, subnet }: NetworkRequest,
): Answer<ObservedNetwork> {
  const twin = named(machine, name).at(-1);
  if (twin !== undefined) {
    const isClose = machine.clock.monotonicMs() - twin.createdMs < TWIN_WINDOW_MS;
    if (!isClose || !happens(machine.options.flaws.twinNetwork, machine.random))
      return refuse('engine/conflict', `network with name ${name} already exists`);
  }
  const prefix = prefixFor(machine, subnet);
  if (!prefix.ok) return prefix;
  const { observed } = add(machine, name, labels, prefix.value);
  machine.tell('network', 'create', observed.id);
  return ok(observed);
}

export function removeNetwork(machine: Machine, idOrName: string): Answer<void> {
  const found = findNetwork(machine, idOrName);
  if (!found.ok) return found;
  const { observed, members, prefix } = found.value;
  if (PREDEFINED.includes(observed.name))
    return refuse('engine/rejected', `${observed.name} is a pre-defined network and cannot be removed`);
  if (members.size > 0) {
    const words = `error while removing network: network ${observed.name} id ${observed.id} has active endpoints`;
    return refuse('engine/conflict', words);
  }
  machine.networks.delete(observed.id);
  if (prefix !== null) machine.subnets.giveBack(prefix);
  machine.observedNetworks.drop();
  machine.changed();
  machine.tell('network', 'destroy', observed.id);
  return ok(undefined);
}

/** Into one network, with an address of its own. */
function enter(
  machine: Machine,
  container: SimContainer,
  network: SimNetwork,
  endpoint: Endpoint,
): Answer<void> {
  const address = takeAddress(network);
  if (address === null && network.prefix !== null)
    return refuse('engine/failed', "no available IPv4 addresses on this network's address pools");
  endpoint.networkId = network.observed.id;
  endpoint.address = address;
  network.members.add(container.id);
  if (address !== null) machine.addresses.set(address, container);
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
  for (const [name, endpoint] of container.endpoints) {
    // Once it has been in a network, that one counts, whatever has the name by now.
    const found = findNetwork(machine, endpoint.networkId ?? name);
    const entered = found.ok ? enter(machine, container, found.value, endpoint) : found;
    if (!entered.ok) return entered;
  }
  return ok(undefined);
}

export function leaveAll(machine: Machine, container: SimContainer): void {
  for (const endpoint of container.endpoints.values()) leave(machine, container, endpoint);
}

/** The names of networks stay unknown to the engine until it starts the container. */
export function connectNetwork(
  machine: Machine,
  idOrName: string,
  container: SimContainer,
  aliases: readonly string[],
): Answer<void> {
  const found = findNetwork(machine, idOrName);
  if (!found.ok) return found;
  const { observed } = found.value;
  const present = container.endpoints.get(observed.name);
  const isIn = present?.networkId === observed.id && found.value.members.has(container.id);
  if (isIn) {
    const words = `endpoint with name ${container.name} already exists in network ${observed.name}`;
    return refuse('engine/conflict', words);
  }
  // It knows its networks by their names: in another one of the name it cannot stay.
  if (present !== undefined) leave(machine, container, present);
  const endpoint: Endpoint = { aliases, networkId: observed.id, address: null };
  if (container.isUp) {
    const entered = enter(machine, container, found.value, endpoint);
    if (!entered.ok) return entered;
  }
  container.endpoints.set(observed.name, endpoint);
  machine.touch(container);
  return ok(undefined);
}

export function disconnectNetwork(machine: Machine, idOrName: string, container: SimContainer): Answer<void> {
  const found = findNetwork(machine, idOrName);
  if (!found.ok) return found;
  const { name } = found.value.observed;
  const endpoint = container.endpoints.get(name);
  if (endpoint === undefined) {
    const words = `container ${container.id} is not connected to network ${name}`;
    return refuse('engine/failed', words);
  }
  container.endpoints.delete(name);
  machine.touch(container);
  leave(machine, container, endpoint);
  return ok(undefined);
}
