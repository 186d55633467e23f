// Which services a change concerns.

import type { Desired } from '../desired/desired.ts';
import type { ControllerId, ServiceKey } from '../kernel/ids.ts';
import { ownedContainer } from '../kernel/owner.ts';
import { isSameJson } from '../kernel/same-json.ts';
import type { HostView } from '../observed/host-view.ts';
import type { ObservedContainer } from '../observed/report.ts';

/** Services that a new Desired adds, changes or removes; every service where the hosts changed. */
export function changedByDesired(before: Desired, after: Desired): ReadonlySet<ServiceKey> | 'all' {
  if (!sameHosts(before, after)) return 'all';
  const changed = new Set<ServiceKey>();
  for (const [key, service] of after.services) {
    const old = before.services.get(key);
    if (old === service) continue;
    if (old === undefined || old.specHash !== service.specHash || old.source !== service.source)
      changed.add(key);
  }
  for (const key of before.services.keys()) if (!after.services.has(key)) changed.add(key);
  // A source that was read for the first time lets its forgotten services go.
  if (after.commits.size !== before.commits.size) return 'all';
  return changed;
}

function sameHosts(before: Desired, after: Desired): boolean {
  if (before.hosts === after.hosts) return true;
  if (before.hosts.size !== after.hosts.size) return false;
  for (const [id, host] of after.hosts) {
    const old = before.hosts.get(id);
    if (old !== host && !isSameJson({ ...old, span: null }, { ...host, span: null })) return false;
  }
  return true;
}

export interface ViewChange {
  readonly services: ReadonlySet<ServiceKey>;
  /** Images, networks, volumes or foreign containers changed: whoever waits may go on. */
  readonly mayUnblock: boolean;
  /** A container is another than before, or a network is: load balancers may have to be told. */
  readonly mayReroute: boolean;
  readonly stateChanged: boolean;
}

const isSame = (a: ObservedContainer | undefined, b: ObservedContainer | undefined): boolean =>
  a !== undefined && b !== undefined && isSameJson(a, b);

/** Each report brings maps of its own. */
const isSameMap = (a: HostView['networks'], b: HostView['networks']): boolean =>
  a === b || (a.size === b.size && [...a].every(([name, one]) => isSameJson(one, b.get(name) ?? null)));

export function changedByView(before: HostView, after: HostView, controller: ControllerId): ViewChange {
  const services = new Set<ServiceKey>();
  let mayUnblock =
    before.networks !== after.networks || before.volumes !== after.volumes || before.images !== after.images;
  let mayReroute = !isSameMap(before.networks, after.networks);
  const note = (container: ObservedContainer): void => {
    mayReroute = true;
    const owned = ownedContainer(container.labels, controller);
    if (owned === null) mayUnblock = true;
    else services.add(owned.key);
  };
  if (before.containers !== after.containers) {
    for (const [id, container] of after.containers)
      if (!isSame(before.containers.get(id), container)) note(container);
    for (const [id, container] of before.containers) if (!after.containers.has(id)) note(container);
  }
  return { services, mayUnblock, mayReroute, stateChanged: before.state !== after.state };
}
