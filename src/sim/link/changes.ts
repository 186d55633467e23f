// The changing calls of the port as requests to the engine, one by one as the real adapter sends them: a
// crash or a cut between two of them leaves what it would leave there.

import { PlimsollError, problem } from '../../kernel/errors.ts';
import { ok } from '../../kernel/result.ts';
import type { ObservedContainer, ObservedLimits, ObservedNetwork } from '../../observed/report.ts';
import type { NetworkRequest } from '../../ports/host.ts';
import { type Answer, noSuchContainer, type Reply } from '../engine/answer.ts';
import type { SimContainer } from '../engine/container.ts';
import type { Machine } from '../engine/machine.ts';
import { createNetwork, removeNetwork } from '../engine/networks.ts';
import { observe } from '../engine/observe.ts';
import type { Work } from '../engine/pace.ts';
import { updateContainer } from '../engine/update.ts';
import { type Ask, failedWith } from './call.ts';
import type { EffectKind } from './observer.ts';
import { reading } from './report.ts';
import type { WireRequest } from './transit.ts';

type Labels = Readonly<Record<string, string>>;

/** A request that changes something at one moment. */
export function changing<T>(
  kind: EffectKind,
  object: string,
  takes: Work,
  change: () => Answer<T>,
): WireRequest<T> {
  return {
    takes,
    effect: { kind, object },
    work: (reply) => {
      reply(change());
      return undefined;
    },
  };
}

/** A request to a container that takes as long as the container lets it. */
export function ordering(
  machine: Machine,
  kind: EffectKind,
  id: string,
  takes: Work,
  order: (container: SimContainer, reply: Reply<void>) => void,
): WireRequest<void> {
  return {
    takes,
    effect: { kind, object: machine.find(id)?.name ?? id },
    work: (reply) => {
      const container = machine.find(id);
      if (container === undefined) reply(noSuchContainer(id));
      else order(container, reply);
      return undefined;
    },
  };
}

/** A request to remove something: where it is gone already that is fine. */
export const removing = (request: WireRequest<void>): WireRequest<void> => ({
  ...request,
  whenGone: ok(undefined),
});

export const inspection = (machine: Machine, idOrName: string): WireRequest<ObservedContainer | null> =>
  reading(() => {
    const container = machine.find(idOrName);
    return container === undefined ? null : observe(container);
  });

export const networksNamed = (machine: Machine, name: string): WireRequest<readonly ObservedNetwork[]> =>
  reading(() => machine.observedNetworks.get().filter((network) => network.name === name));

const sameLabels = (a: Labels, b: Labels): boolean =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([key, value]) => b[key] === value);

export async function makeNetwork(
  ask: Ask,
  machine: Machine,
  request: NetworkRequest,
): Promise<ObservedNetwork> {
  const { name, labels, subnet } = request;
  let refusal: unknown = null;
  try {
    await ask(changing('createNetwork', name, 'network', () => createNetwork(machine, request)));
  } catch (error) {
    if (!failedWith(error, 'engine/conflict')) throw error;
    refusal = error;
  }
  const [winner, ...twins] = await ask(networksNamed(machine, name));
  if (winner === undefined) {
    if (refusal !== null && subnet !== null) throw refusal;
    const words = `cannot create network ${name}: somebody removed it in the same moment`;
    throw new PlimsollError(problem('engine/not-found', words));
  }
  for (const twin of twins) if (sameLabels(twin.labels, labels)) await removeTwin(ask, machine, twin);
  return winner;
}

/** One that is in use stays. */
async function removeTwin(ask: Ask, machine: Machine, { id, name }: ObservedNetwork): Promise<void> {
  try {
    await ask(removing(changing('removeNetwork', name, 'network', () => removeNetwork(machine, id))));
  } catch (error) {
    if (!failedWith(error, 'engine/conflict')) throw error;
  }
}

export async function changeLimits(
  ask: Ask,
  machine: Machine,
  id: string,
  change: { readonly limits: ObservedLimits; readonly restartPolicy: string },
): Promise<void> {
  await ask(
    ordering(machine, 'updateContainer', id, 'update', (container, reply) =>
      reply(updateContainer(machine, container, change)),
    ),
  );
  const { limits } = change;
  if (limits.memoryBytes !== null && limits.cpus !== null) return;
  const now = (await ask(inspection(machine, id)))?.limits;
  if (now === undefined) return;
  const stuck = [
    ...(limits.memoryBytes === null && now.memoryBytes !== null ? ['memory'] : []),
    ...(limits.cpus === null && now.cpus !== null ? ['CPU'] : []),
  ];
  if (stuck.length === 0) return;
  const words = `cannot take the ${stuck.join(' and ')} limit of container ${id} away`;
  throw new PlimsollError(problem('engine/rejected', words));
}
