// On which of its networks a service reaches each other one. On one network all names lead to one address, where only
// the port tells services apart: two that listen on the same port need two. What containers were created with
// holds for as long as they are there, whatever a newer commit connects to.

import type { ConnectionSpec } from '../desired/container.ts';
import { type RevisionId, ServiceKey } from '../kernel/ids.ts';
import { LABEL } from '../kernel/owner.ts';
import type { FoundContainer } from '../observed/observed.ts';
import type { Draft } from './draft.ts';
import type { ChosenDoor } from './memory.ts';

/** What one revision connects to: each service with all the ports, so that its name has one address. */
function groups(connects: readonly ConnectionSpec[]): readonly Pick<ChosenDoor, 'service' | 'ports'>[] {
  const byService = Map.groupBy(connects, ({ service }) => service);
  return [...byService].map(([service, own]) => ({ service, ports: own.map(({ port }) => port).sort() }));
}

type Group = Pick<ChosenDoor, 'service' | 'ports'>;
const isSame = (a: Group, b: Group): boolean =>
  a.service === b.service &&
  a.ports.length === b.ports.length &&
  a.ports.every((port) => b.ports.includes(port));

function wantedGroups(draft: Draft): readonly Group[] {
  const ids = new Set<RevisionId>(draft.memory.instances.map(({ revision }) => revision));
  if (draft.memory.target !== null) ids.add(draft.memory.target);
  return [...ids].sort().flatMap((id) => groups(draft.revision(id)?.container.connects ?? []));
}

/** The lowest network on which no other service listens on one of these ports. */
function freeNetwork(doors: readonly ChosenDoor[], { service, ports }: Group): number {
  const taken = doors
    .filter((door) => door.service !== service && door.ports.some((port) => ports.includes(port)))
    .map(({ network }) => network);
  let network = 0;
  while (taken.includes(network)) network += 1;
  return network;
}

/** `shop/api:8080,9090=0 shop/db:5432=1`: so that who has lost the store finds what containers were created with. */
export const doorsLabel = (doors: readonly ChosenDoor[], connects: readonly ConnectionSpec[]): string =>
  groups(connects)
    .flatMap((group) => doors.find((one) => isSame(one, group)) ?? [])
    .map(({ service, ports, network }) => `${service}:${ports.join(',')}=${network}`)
    .join(' ');

function doorsIn(label: string): readonly ChosenDoor[] {
  return label.split(' ').flatMap((text): ChosenDoor[] => {
    const [, name, ports = '', network] = /^(.+):([\d,]+)=(\d+)$/.exec(text) ?? [];
    const service = ServiceKey.safeParse(name);
    if (!service.success) return [];
    return [{ service: service.data, ports: ports.split(',').map(Number), network: Number(network) }];
  });
}

/** Those remembered, and those that containers were created with of which nothing is remembered. */
export function knownDoors(
  remembered: readonly ChosenDoor[],
  found: readonly FoundContainer[],
): readonly ChosenDoor[] {
  const doors = [...remembered];
  for (const { container } of found)
    for (const door of doorsIn(container.labels[LABEL.doors] ?? ''))
      if (!doors.some((one) => isSame(one, door))) doors.push(door);
  return doors;
}

/** Follows whatever sets the target: chosen doors stay, new ones get a network, those that nobody uses are let go. */
export function chooseDoors(draft: Draft): void {
  const wanted = wantedGroups(draft);
  const before = knownDoors(draft.memory.doors, draft.input.found);
  if (wanted.length === 0 && before.length === 0) return;
  // What containers of a forgotten revision connect to only their labels say.
  const isForgotten = draft.memory.instances.some(({ revision }) => draft.revision(revision) === null);
  const isKept = (door: ChosenDoor): boolean => isForgotten || wanted.some((one) => isSame(one, door));
  const doors: ChosenDoor[] = before.filter(isKept);
  for (const group of wanted) {
    if (!doors.some((door) => isSame(door, group)))
      doors.push({ ...group, network: freeNetwork(doors, group) });
  }
  draft.set({ doors });
}

/** The network on which containers with these connections reach each service; those not chosen yet are left out. */
export function networkOf(
  doors: readonly ChosenDoor[],
  connects: readonly ConnectionSpec[],
): ReadonlyMap<ServiceKey, number> {
  const found = groups(connects).flatMap((group): (readonly [ServiceKey, number])[] => {
    const door = doors.find((one) => isSame(one, group));
    return door === undefined ? [] : [[group.service, door.network]];
  });
  return new Map(found);
}
