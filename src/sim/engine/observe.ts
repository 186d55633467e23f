// What Docker's answers show of a container, in the words that the real adapter translates them to.

import type { ObservedContainer } from '../../observed/report.ts';
import { isMember, type SimContainer } from './container.ts';

function hostPortsOf(container: SimContainer): ObservedContainer['hostPorts'] {
  const ports = container.isUp ? container.bound : container.made.ports;
  const seen = new Set<string>();
  return ports.flatMap(({ port, protocol }) => {
    if (port === null || seen.has(`${port}/${protocol}`)) return [];
    seen.add(`${port}/${protocol}`);
    return [{ port, protocol }];
  });
}

function networksOf(container: SimContainer): ObservedContainer['networks'] {
  const networks: Record<string, { address: string | null; aliases: readonly string[] }> = {};
  for (const [name, endpoint] of container.endpoints) {
    if (!isMember(container, endpoint)) continue;
    const { address, aliases } = endpoint;
    networks[name] = { address: container.isUp ? address : null, aliases };
  }
  return networks;
}

/** The same object until the container changes. */
export function observe(container: SimContainer): ObservedContainer {
  if (container.observed !== null) return container.observed;
  const { made, status, isUp, limits } = container;
  container.observed = {
    id: container.id,
    name: container.name,
    labels: made.labels,
    imageId: made.image.id,
    status,
    health: container.health,
    startedAt: container.startedAt,
    finishedAt: container.finishedAt,
    exitCode: isUp || status === 'created' ? null : container.exitCode,
    outOfMemory: container.outOfMemory,
    restartCount: container.restartCount,
    restartPolicy: container.restartPolicy,
    networks: networksOf(container),
    sharesNetworkOf: made.sharesNetworkOf,
    hostPorts: hostPortsOf(container),
    volumes: made.mounts.map(({ volume }) => volume),
    limits,
  };
  return container.observed;
}

function sameNetworks(now: ObservedContainer, known: ObservedContainer): boolean {
  const names = Object.keys(now.networks);
  if (names.length !== Object.keys(known.networks).length) return false;
  const isUp = known.status === 'running' || known.status === 'paused';
  return names.every((name) => {
    const before = known.networks[name];
    return before !== undefined && (!isUp || before.address === now.networks[name]?.address);
  });
}

const portTexts = ({ hostPorts }: ObservedContainer): string =>
  hostPorts
    .map(({ port, protocol }) => `${port}/${protocol}`)
    .sort()
    .join();

/** Whether a list of containers, which shows little, shows no difference to what is known. */
export function isListedAsKnown(now: ObservedContainer, known: ObservedContainer): boolean {
  if (now === known) return true;
  if (now.status !== known.status || now.name !== known.name) return false;
  if (now.status === 'running' && now.health !== known.health) return false;
  const showsCode = now.status === 'exited' || now.status === 'restarting';
  if (showsCode && now.exitCode !== known.exitCode) return false;
  if (!sameNetworks(now, known)) return false;
  const isUp = now.status === 'running' || now.status === 'paused';
  return !isUp || portTexts(now) === portTexts(known);
}
