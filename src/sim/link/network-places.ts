// How containers get into networks and out of them again, request by request as the real adapter does it, which
// says why.

import type { ContainerRequest, NetworkPlace } from '../../action/container-request.ts';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import { type Endpoint, isMember } from '../engine/container.ts';
import { createContainer } from '../engine/create.ts';
import type { Machine } from '../engine/machine.ts';
import { connectNetwork, disconnectNetwork, holderOf } from '../engine/network-places.ts';
import { removeContainer } from '../engine/remove.ts';
import type { Ask } from './call.ts';
import { changing, networksNamed, ordering, removing } from './changes.ts';
import { reading } from './report.ts';

/** The engine is asked for the first network when it creates, for the others afterwards. */
export async function makeContainer(ask: Ask, machine: Machine, request: ContainerRequest): Promise<string> {
  const [first, ...others] = request.networks;
  const plain = { ...request, networks: first === undefined ? [] : [first] };
  const id = await ask(
    changing('createContainer', request.name, 'create', () => createContainer(machine, plain)),
  );
  try {
    for (const { name, ...place } of others) await joinNetwork(ask, machine, name, id, place);
  } catch (error) {
    const removal = ordering(machine, 'removeContainer', id, 'remove', (container, reply) =>
      removeContainer(machine, container, false, reply),
    );
    await ask(removing(removal)).catch(() => {});
    throw error;
  }
  return id;
}

interface Wish {
  readonly network: string;
  readonly id: string;
  readonly place: NetworkPlace;
  readonly words: string;
}

export async function joinNetwork(
  ask: Ask,
  machine: Machine,
  network: string,
  id: string,
  place: NetworkPlace,
): Promise<void> {
  const wish = { network, id, place, words: `cannot connect container ${id} to network ${network}` };
  const named = await ask(networksNamed(machine, network));
  const [target] = named;
  if (target === undefined)
    throw new PlimsollError(problem('engine/not-found', `${wish.words}: network ${network} not found`));
  const ids = named.map((each) => each.id);
  const endpoint = memberOf(await ask(inspected(machine, wish)), wish, ids);
  if (endpoint !== null && isAt(endpoint, place)) return;
  await mustBeFree(ask, machine, target.id, wish);
  if (endpoint !== null) await ask(disconnection(machine, endpoint.networkId ?? target.id, id));
  try {
    await ask(connection(machine, target.id, id, place));
  } catch (error) {
    const now = await ask(inspected(machine, wish));
    const entered = memberOf(now, wish, ids);
    if (entered !== null && isAt(entered, place)) return;
    if (now?.wished === true) await forgetWish(ask, machine, target.id, id);
    throw error;
  }
}

/** What an inspection shows of a container and a network. */
interface Inspected {
  readonly sharesNetworkOf: string | null;
  readonly endpoint: Endpoint | null;
  /** It is not in it, but was refused. */
  readonly wished: boolean;
}

const inspected = (machine: Machine, { network, id }: Pick<Wish, 'network' | 'id'>) =>
  reading((): Inspected | null => {
    const container = machine.find(id);
    if (container === undefined) return null;
    const endpoint = container.endpoints.get(network);
    const isIn = endpoint !== undefined && isMember(container, endpoint);
    return {
      sharesNetworkOf: container.made.sharesNetworkOf,
      endpoint: isIn ? { ...endpoint } : null,
      wished: endpoint !== undefined && !isIn,
    };
  });

/** Its place in one of the networks; null where it is in none of them. */
function memberOf(
  found: Inspected | null,
  { id, words }: Wish,
  networks: readonly string[],
): Endpoint | null {
  if (found === null)
    throw new PlimsollError(problem('engine/not-found', `${words}: No such container: ${id}`));
  const { sharesNetworkOf, endpoint } = found;
  if (sharesNetworkOf !== null)
    throw new PlimsollError(
      problem('engine/rejected', `${words}: it shares the network of ${sharesNetworkOf}`),
    );
  if (endpoint === null) return null;
  const { networkId } = endpoint;
  return networkId === null || networks.includes(networkId) ? endpoint : null;
}

const isAt = (there: Endpoint, { aliases, address }: NetworkPlace): boolean =>
  aliases.every((alias) => there.aliases.includes(alias)) && (address === null || there.fixed === address);

async function mustBeFree(
  ask: Ask,
  machine: Machine,
  network: string,
  { id, place: { address }, words }: Wish,
): Promise<void> {
  if (address === null) return;
  const other = await ask(reading(() => holderOf(machine, network, address)));
  if (other !== null && other !== machine.find(id)?.id)
    throw new PlimsollError(problem('engine/conflict', `${words}: container ${other} has ${address}`));
}

const connection = (machine: Machine, network: string, id: string, place: NetworkPlace) =>
  ordering(machine, 'connectNetwork', id, 'network', (container, reply) =>
    reply(connectNetwork(machine, network, container, place)),
  );

const disconnection = (machine: Machine, network: string, id: string) =>
  removing(
    ordering(machine, 'disconnectNetwork', id, 'network', (container, reply) =>
      reply(disconnectNetwork(machine, network, container)),
    ),
  );

async function forgetWish(ask: Ask, machine: Machine, network: string, id: string): Promise<void> {
  try {
    await ask(connection(machine, network, id, { aliases: [], address: null }));
    await ask(disconnection(machine, network, id));
  } catch {
    // The refusal itself is what has to be told.
  }
}

/** No error where it is not in it, or where either is gone. */
export async function leaveNetwork(ask: Ask, machine: Machine, network: string, id: string): Promise<void> {
  const [named] = await ask(networksNamed(machine, network));
  if (named === undefined) return;
  try {
    await ask(disconnection(machine, named.id, id));
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error;
    const found = await ask(inspected(machine, { network, id }));
    if (found !== null && found.endpoint !== null) throw error;
    if (found?.wished === true) await forgetWish(ask, machine, named.id, id);
  }
}
