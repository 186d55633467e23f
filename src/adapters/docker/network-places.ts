// How containers get into networks and out of them again. What engines (20.10) do with a second connection and
// with one that they refuse is of little use, so that everything is looked at first and afterwards:
// - One that does not run is connected to a network that it is in, and nothing changes; it is connected to one
//   that does not exist, or where another container has its address, and only its start fails.
// - One that runs and is refused an address keeps the wish for it: an inspection shows the network as its own,
//   without an endpoint; it cannot be disconnected from it, and its next start fails.

import type { NetworkPlace } from '../../action/container-request.ts';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { ObservedNetwork } from '../../observed/report.ts';
import { readContainer } from './containers.ts';
import { endpointBody } from './create-body.ts';
import type { Engine } from './engine.ts';
import { type InspectedContainer, NetworkMembers } from './engine-answers.ts';
import { listNetworks, networkPath } from './networks.ts';
import { isMember, sharedNetworkOf } from './observe-container.ts';

type Endpoint = InspectedContainer['NetworkSettings']['Networks'][string];

/** What is asked for: the networks of that name, the lowest id first, and the container's place in the first. */
interface Wish {
  readonly network: string;
  readonly id: string;
  readonly place: NetworkPlace;
  readonly attempt: string;
}

/** Afterwards the container is in the network and at this place in it, whether it was in it before or not. */
export async function connectNetwork(
  engine: Engine,
  network: string,
  id: string,
  place: NetworkPlace,
): Promise<void> {
  const wish = { network, id, place, attempt: `cannot connect container ${id} to network ${network}` };
  const named = await listNetworks(engine, network);
  const [target] = named;
  if (target === undefined)
    throw new PlimsollError(problem('engine/not-found', `${wish.attempt}: network ${network} not found`));
  const container = await containerOf(engine, wish);
  const endpoint = memberOf(container, network, named);
  if (endpoint !== null && isAt(endpoint, place)) return;
  // Who cannot have the address keeps what it has.
  await mustBeFree(engine, target.id, container.Id, wish);
  if (endpoint !== null) await disconnect(engine, endpoint.NetworkID || target.id, id);
  try {
    await connect(engine, target.id, wish);
  } catch (error) {
    const now = await containerOf(engine, wish);
    const entered = memberOf(now, network, named);
    // Somebody was quicker with the same.
    if (entered !== null && isAt(entered, place)) return;
    const wished = now.NetworkSettings.Networks[network];
    if (wished !== undefined && !isMember(now, wished)) await forgetWish(engine, target.id, wish);
    throw error;
  }
}

async function containerOf(engine: Engine, { id, attempt }: Wish): Promise<InspectedContainer> {
  const container = await readContainer(engine, id);
  if (container === null)
    throw new PlimsollError(problem('engine/not-found', `${attempt}: No such container: ${id}`));
  const other = sharedNetworkOf(container);
  if (other === null) return container;
  throw new PlimsollError(problem('engine/rejected', `${attempt}: it shares the network of ${other}`));
}

/** Its place in one of the networks; null where it is in none of them, whatever it wishes or has been in. */
function memberOf(
  container: InspectedContainer,
  network: string,
  named: readonly ObservedNetwork[],
): Endpoint | null {
  const endpoint = container.NetworkSettings.Networks[network];
  if (endpoint === undefined || !isMember(container, endpoint)) return null;
  const isThere = endpoint.NetworkID === '' || named.some(({ id }) => id === endpoint.NetworkID);
  return isThere ? endpoint : null;
}

const isAt = ({ Aliases, IPAMConfig }: Endpoint, { aliases, address }: NetworkPlace): boolean =>
  aliases.every((alias) => Aliases.includes(alias)) &&
  (address === null || IPAMConfig?.IPv4Address === address);

async function mustBeFree(
  engine: Engine,
  network: string,
  id: string,
  { place: { address }, attempt }: Wish,
): Promise<void> {
  if (address === null) return;
  const asked = { method: 'GET', path: networkPath(network), attempt } as const;
  const { Containers } = await engine.read(asked, NetworkMembers);
  for (const [other, { IPv4Address }] of Object.entries(Containers))
    if (other !== id && IPv4Address.replace(/\/.*$/, '') === address)
      throw new PlimsollError(problem('engine/conflict', `${attempt}: container ${other} has ${address}`));
}

const connect = (
  engine: Engine,
  network: string,
  { id, place, attempt }: Omit<Wish, 'network'>,
): Promise<void> =>
  engine.send({
    method: 'POST',
    path: networkPath(network, '/connect'),
    body: { Container: id, EndpointConfig: endpointBody(place) },
    attempt,
  });

/** Only a wish that can be had takes the place of one that cannot, and only what is had can be given up. */
async function forgetWish(engine: Engine, network: string, { id, attempt }: Pick<Wish, 'id' | 'attempt'>) {
  try {
    await connect(engine, network, { id, attempt, place: { aliases: [], address: null } });
    await disconnect(engine, network, id);
  } catch {
    // The refusal itself is what has to be told.
  }
}

const disconnect = (engine: Engine, network: string, id: string): Promise<void> =>
  engine.send({
    method: 'POST',
    path: networkPath(network, '/disconnect'),
    body: { Container: id },
    attempt: `cannot disconnect container ${id} from network ${network}`,
    alsoFine: [404],
  });

/** No error where it is not in it, or where either is gone. */
export async function disconnectNetwork(engine: Engine, network: string, id: string): Promise<void> {
  const [named] = await listNetworks(engine, network);
  if (named === undefined) return;
  try {
    await disconnect(engine, named.id, id);
  } catch (error) {
    if (!(error instanceof PlimsollError)) throw error;
    // The engine has no status of its own for one that is not in it.
    const there = await readContainer(engine, id);
    const endpoint = there?.NetworkSettings.Networks[network];
    if (there === null || endpoint === undefined) return;
    if (isMember(there, endpoint)) throw error;
    await forgetWish(engine, named.id, { id, attempt: error.problem.message });
  }
}
