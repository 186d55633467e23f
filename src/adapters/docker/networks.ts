// Networks. Docker may make two of one name when two requests meet (its CheckDuplicate is best effort, and
// a repeated create after a lost answer is just that): the one with the lowest id counts, by everybody's
// reckoning, and our own surplus one goes away again.

import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { ObservedNetwork } from '../../observed/report.ts';
import type { NetworkRequest } from '../../ports/host.ts';
import type { Engine } from './engine.ts';
import { ListedNetwork } from './engine-answers.ts';
import { inOrder, observeNetwork } from './observe-list.ts';
import { failedWith } from './session.ts';

type Labels = Readonly<Record<string, string>>;

export const networkPath = (id: string, verb = ''): string => `/networks/${encodeURIComponent(id)}${verb}`;

/** By id, the lowest first. */
export async function listNetworks(engine: Engine, name?: string): Promise<ObservedNetwork[]> {
  const listed = await engine.read(
    {
      method: 'GET',
      path: '/networks',
      ...(name === undefined ? {} : { query: { filters: { name: [name] } } }),
      attempt: 'cannot list networks',
    },
    ListedNetwork.array(),
  );
  // The engine's filter also finds names that merely contain the one asked for.
  const networks = listed
    .map(observeNetwork)
    .filter((network) => name === undefined || network.name === name);
  return inOrder(networks, ({ id }) => id);
}

const sameLabels = (a: Labels, b: Labels): boolean =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([key, value]) => b[key] === value);

/** Creates the network or finds the one that has the name already, whoever made it. */
export async function createNetwork(
  engine: Engine,
  { name, labels, subnet }: NetworkRequest,
): Promise<ObservedNetwork> {
  const attempt = `cannot create network ${name}`;
  const addresses = subnet === null ? {} : { IPAM: { Config: [{ Subnet: subnet }] } };
  const body = { Name: name, Driver: 'bridge', CheckDuplicate: true, Labels: labels, ...addresses };
  let refusal: unknown = null;
  try {
    await engine.send({ method: 'POST', path: '/networks/create', body, attempt });
  } catch (error) {
    if (!failedWith(error, 'engine/conflict')) throw error;
    refusal = error;
  }
  const [winner, ...twins] = await listNetworks(engine, name);
  if (winner === undefined) {
    // It was not the name that another one has.
    if (refusal !== null && subnet !== null) throw refusal;
    throw new PlimsollError(
      problem('engine/not-found', `${attempt}: somebody removed it in the same moment`),
    );
  }
  for (const twin of twins) {
    if (sameLabels(twin.labels, labels)) await removeTwin(engine, twin);
  }
  return winner;
}

/** One that is in use stays: containers would lose their network. */
async function removeTwin(engine: Engine, twin: ObservedNetwork): Promise<void> {
  try {
    await removeNetwork(engine, twin.id);
  } catch (error) {
    if (!failedWith(error, 'engine/conflict')) throw error;
  }
}

export function removeNetwork(engine: Engine, id: string): Promise<void> {
  const attempt = `cannot remove network ${id}`;
  return engine.send({ method: 'DELETE', path: networkPath(id), attempt, alsoFine: [404] });
}
