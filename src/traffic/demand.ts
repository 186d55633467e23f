// Who connects to whom, and on which hosts: from the containers that are meant to run, or still may, and from
// what their revisions declare. It decides for which services a host's load balancer is needed at all.

import type { Revision } from '../desired/revision.ts';
import type { HostId, RevisionId, ServiceKey } from '../kernel/ids.ts';
import { portName } from '../proxy/names.ts';
import type { ServicePort } from '../proxy/traffic.ts';
import { networkOf } from '../rollout/doors.ts';
import type { ServiceMemory } from '../rollout/memory.ts';

/** The containers of a service on one host reach a port of another service. */
export interface WantedDoor {
  readonly from: ServiceMemory;
  readonly to: ServicePort;
  /** Which of the networks of `from` it is reached on. */
  readonly network: number;
}

export interface Demand {
  readonly doors: ReadonlyMap<HostId, readonly WantedDoor[]>;
  /** By `portName`: the hosts with a door to it. */
  readonly askers: ReadonlyMap<string, ReadonlySet<HostId>>;
  /** Every port that somebody connects to, by its service. */
  readonly asked: ReadonlyMap<ServiceKey, readonly ServicePort[]>;
}

const byName = (a: ServicePort, b: ServicePort): number => (portName(a) < portName(b) ? -1 : 1);

type Reached = ServicePort & { readonly network: number };

/**
 * Of a revision that a store has forgotten all that its service reaches: what it was made with stands on its containers.
 * What has no network yet is chosen one in the next step of its service.
 */
function reachedBy({ doors }: ServiceMemory, revision: Revision | null): readonly Reached[] {
  if (revision === null)
    return doors.flatMap(({ service, ports, network }) => ports.map((port) => ({ service, port, network })));
  const { connects } = revision.container;
  const networks = networkOf(doors, connects);
  return connects.flatMap(({ service, port }): Reached[] => {
    const network = networks.get(service);
    return network === undefined ? [] : [{ service, port, network }];
  });
}

type DoorsByHost = ReadonlyMap<HostId, ReadonlyMap<string, WantedDoor>>;

interface Known {
  /** Of the row's instances, in their order. */
  readonly revisions: readonly (Revision | null)[];
  readonly doors: DoorsByHost;
}

/** Rows and revisions never change, and most stay from plan to plan. */
const known = new WeakMap<ServiceMemory, Known>();

/** What the replicas of a service on one host connect to, each once on each network. */
function doorsByHost(from: ServiceMemory, revision: (id: RevisionId) => Revision | null): DoorsByHost {
  const revisions = from.instances.map((instance) => revision(instance.revision));
  const before = known.get(from);
  if (before?.revisions.every((one, at) => one === revisions[at]) === true) return before.doors;
  const doors = findDoors(from, revisions);
  known.set(from, { revisions, doors });
  return doors;
}

function findDoors(from: ServiceMemory, revisions: readonly (Revision | null)[]): DoorsByHost {
  const doors = new Map<HostId, Map<string, WantedDoor>>();
  for (const [at, { host }] of from.instances.entries()) {
    for (const { service, port, network } of reachedBy(from, revisions[at] ?? null)) {
      const onHost = doors.get(host) ?? new Map<string, WantedDoor>();
      const to = { service, port };
      doors.set(host, onHost.set(`${portName(to)} ${network}`, { from, to, network }));
    }
  }
  return doors;
}

export function demandOf(
  services: Iterable<ServiceMemory>,
  revision: (id: RevisionId) => Revision | null,
): Demand {
  const doors = new Map<HostId, WantedDoor[]>();
  const askers = new Map<string, Set<HostId>>();
  const asked = new Map<ServiceKey, Map<string, ServicePort>>();
  for (const from of services) {
    for (const [host, wanted] of doorsByHost(from, revision)) {
      doors.set(host, [...(doors.get(host) ?? []), ...wanted.values()]);
      for (const { to } of wanted.values()) {
        const name = portName(to);
        askers.set(name, (askers.get(name) ?? new Set<HostId>()).add(host));
        asked.set(to.service, (asked.get(to.service) ?? new Map<string, ServicePort>()).set(name, to));
      }
    }
  }
  return {
    doors,
    askers,
    asked: new Map([...asked].map(([service, ports]) => [service, [...ports.values()].sort(byName)])),
  };
}
