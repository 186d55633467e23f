// Observed: the views of all hosts, and our containers found in them by service.

import type { ControllerId, HostId, ServiceKey } from '../kernel/ids.ts';
import { type OwnedContainer, ownedContainer } from '../kernel/owner.ts';
import type { HostView } from './host-view.ts';
import type { ObservedContainer } from './report.ts';

export interface FoundContainer {
  readonly host: HostId;
  readonly container: ObservedContainer;
  readonly identity: OwnedContainer;
}

export interface Observed {
  readonly hosts: ReadonlyMap<HostId, HostView>;
  /** Our containers by the service that their labels name, in no particular order. */
  readonly byService: ReadonlyMap<ServiceKey, readonly FoundContainer[]>;
}

/** Labels never change, and a container that did not change keeps its object from view to view. */
const identityOf = new WeakMap<ObservedContainer, Map<ControllerId, OwnedContainer | null>>();

function identify(container: ObservedContainer, controller: ControllerId): OwnedContainer | null {
  const known = identityOf.get(container) ?? new Map<ControllerId, OwnedContainer | null>();
  let identity = known.get(controller);
  if (identity === undefined) {
    identity = ownedContainer(container.labels, controller);
    identityOf.set(container, known.set(controller, identity));
  }
  return identity;
}

function foundIn(view: HostView, controller: ControllerId): FoundContainer[] {
  const found: FoundContainer[] = [];
  for (const container of view.containers.values()) {
    const identity = identify(container, controller);
    if (identity !== null) found.push({ host: view.host, container, identity });
  }
  return found;
}

const indexOf = new WeakMap<HostView, readonly FoundContainer[]>();

/** Combines views; the labels of a view that did not change since the last call are not read again. */
export function observe(views: Iterable<HostView>, controller: ControllerId): Observed {
  const hosts = new Map<HostId, HostView>();
  const byService = new Map<ServiceKey, FoundContainer[]>();
  for (const view of views) {
    hosts.set(view.host, view);
    let found = indexOf.get(view);
    if (found === undefined) {
      found = foundIn(view, controller);
      indexOf.set(view, found);
    }
    for (const one of found) {
      const list = byService.get(one.identity.key);
      if (list === undefined) byService.set(one.identity.key, [one]);
      else list.push(one);
    }
  }
  return { hosts, byService };
}
