// Who answers on an address behind the machine: a probe goes past the engine, straight to a process.

import type { ProbeTarget } from '../../ports/host.ts';
import { isWell } from './behaviour.ts';
import type { SimContainer } from './container.ts';
import type { Machine } from './machine.ts';
import { inNetworkOf } from './network-places.ts';
import { elapsedMs } from './run.ts';

/** `unreachable`: nobody has the address, which a connection finds out by waiting. */
export type Reached =
  | { readonly kind: 'ok' }
  | { readonly kind: 'failed'; readonly because: string }
  | { readonly kind: 'silent' }
  | { readonly kind: 'unreachable' };

const OK_STATUS = 200;
const ERROR_STATUS = 500;
const REFUSED: Reached = { kind: 'failed', because: 'Connection refused' };

interface Door {
  readonly container: SimContainer;
  readonly port: number;
}

function doorAt(machine: Machine, address: string, port: number): Door | 'closed' | 'nobody' {
  const owner = machine.addresses.get(address);
  if (owner !== undefined) return { container: listenerIn(machine, owner, port), port };
  if (address !== '127.0.0.1' && address !== 'localhost') return 'nobody';
  const published = machine.ports.published(port);
  const behind = published === null ? undefined : machine.containers.get(published.container);
  if (published !== null && behind !== undefined)
    return { container: listenerIn(machine, behind, published.target), port: published.target };
  for (const container of machine.containers.values())
    if (container.run !== null && container.endpoints.has('host') && listensOn(container, port))
      return { container, port };
  return 'closed';
}

/** Who listens in the container's network; itself where nobody does. */
const listenerIn = (machine: Machine, container: SimContainer, port: number): SimContainer =>
  listensOn(container, port)
    ? container
    : (inNetworkOf(machine, container).find((other) => listensOn(other, port)) ?? container);

function listensOn({ behaviour }: SimContainer, port: number): boolean {
  const { listens } = behaviour;
  return listens !== null && (listens.ports === null || listens.ports.includes(port));
}

function answerOf(machine: Machine, container: SimContainer, target: ProbeTarget): Reached {
  const { behaviour } = container;
  const { listens } = behaviour;
  const elapsed = elapsedMs(machine, container);
  if (listens === null || elapsed < behaviour.startupMs) return REFUSED;
  if (target.kind === 'tcp') return { kind: 'ok' };
  if (listens.answers === 'silent') return { kind: 'silent' };
  const usual = listens.answers === 'ok' && isWell(behaviour, elapsed) ? OK_STATUS : ERROR_STATUS;
  const status = usual === OK_STATUS ? (listens.statusOf[target.path] ?? usual) : usual;
  if (status >= 200 && status < 400) return { kind: 'ok' };
  return { kind: 'failed', because: `it answered with status ${status}` };
}

/** What a connection made on the machine finds at this moment. */
export function reach(machine: Machine, target: ProbeTarget): Reached {
  const door = doorAt(machine, target.address, target.port);
  if (door === 'nobody') return { kind: 'unreachable' };
  if (door === 'closed') return REFUSED;
  const { container, port } = door;
  if (container.run === null || !listensOn(container, port)) return REFUSED;
  if (container.run.pausedAtMs !== null) return { kind: 'silent' };
  return answerOf(machine, container, { ...target, port });
}
