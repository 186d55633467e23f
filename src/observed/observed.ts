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
  readonly byService: FoundIndex;
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

type ViewIndex = ReadonlyMap<ServiceKey, readonly FoundContainer[]>;

function indexView(view: HostView, controller: ControllerId): ViewIndex {
  const index = new Map<ServiceKey, FoundContainer[]>();
  for (const container of view.containers.values()) {
    const identity = identify(container, controller);
    if (identity === null) continue;
    const found = { host: view.host, container, identity };
    const list = index.get(identity.key);
    if (list === undefined) index.set(identity.key, [found]);
    else list.push(found);
  }
  return index;
}

/** Our containers of all views by service. Views are put together when asked for: a pass asks for few. */
export class FoundIndex {
  readonly #views: readonly ViewIndex[];

  constructor(views: readonly ViewIndex[]) {
    this.#views = views;
  }

  get(key: ServiceKey): readonly FoundContainer[] {
    return this.#views.flatMap((view) => view.get(key) ?? []);
  }

  has(key: ServiceKey): boolean {
    return this.#views.some((view) => view.has(key));
  }

  keys(): ReadonlySet<ServiceKey> {
    return new Set(this.#views.flatMap((view) => [...view.keys()]));
  }
}

const indexOf = new WeakMap<HostView, ViewIndex>();

/** Combines views; the labels of a view that did not change since the last call are not read again. */
export function observe(views: Iterable<HostView>, controller: ControllerId): Observed {
  const hosts = new Map<HostId, HostView>();
  const indexes: ViewIndex[] = [];
  for (const view of views) {
    hosts.set(view.host, view);
    let index = indexOf.get(view);
    if (index === undefined) {
      index = indexView(view, controller);
      indexOf.set(view, index);
    }
    indexes.push(index);
  }
  return { hosts, byService: new FoundIndex(indexes) };
}
