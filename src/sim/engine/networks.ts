// What a simulated engine does with networks.

import { invariant } from '../../kernel/invariant.ts';
import { ok } from '../../kernel/result.ts';
import type { ObservedNetwork } from '../../observed/report.ts';
import type { NetworkRequest } from '../../ports/host.ts';
import { type Answer, refuse } from './answer.ts';
import type { Machine } from './machine.ts';
import { happens } from './pace.ts';
import type { SimNetwork } from './subnets.ts';

/** All that is simulated. */
const WHOLE = /\.0\/24$/;

/** Requests for one name that are closer together than this may make two networks. */
const TWIN_WINDOW_MS = 250;
const PREDEFINED = ['bridge', 'host', 'none'];

/** What Docker makes when it is installed. */
export function addPredefinedNetworks(machine: Machine): void {
  for (const name of PREDEFINED)
    add(
      machine,
      { name, labels: {}, subnet: null },
      name === 'bridge' ? machine.subnets.take(() => false) : null,
    );
}

function add(machine: Machine, { name, labels, subnet }: NetworkRequest, prefix: string | null): SimNetwork {
  const subnets = prefix === null ? [] : [`${prefix}.0/24`];
  const network: SimNetwork = {
    observed: { id: machine.newId(), name, labels, subnets },
    prefix,
    isSubnetGiven: subnet !== null,
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
export function findNetwork(machine: Machine, idOrName: string): Answer<SimNetwork> {
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

export function createNetwork(machine: Machine, request: NetworkRequest): Answer<ObservedNetwork> {
  const { name } = request;
  const twin = named(machine, name).at(-1);
  if (twin !== undefined) {
    const isClose = machine.clock.monotonicMs() - twin.createdMs < TWIN_WINDOW_MS;
    if (!isClose || !happens(machine.options.flaws.twinNetwork, machine.random))
      return refuse('engine/conflict', `network with name ${name} already exists`);
  }
  const prefix = prefixFor(machine, request.subnet);
  if (!prefix.ok) return prefix;
  const { observed } = add(machine, request, prefix.value);
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
