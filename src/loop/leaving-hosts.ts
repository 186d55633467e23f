// Hosts that a commit took out of the fleet while they still run something: they stay connected until
// their instances have been moved and what is left of them was cleared away, also across a restart of the
// controller.

import type { DesiredHost } from '../desired/desired.ts';
import type { ControllerId, HostId } from '../kernel/ids.ts';
import { isOwnedBy } from '../kernel/owner.ts';
import type { HostView } from '../observed/host-view.ts';
import type { Store } from '../ports/store.ts';
import type { ServiceMemory } from '../rollout/memory.ts';
import { decodeHost, put, rowKey } from './rows.ts';

export class LeavingHosts {
  readonly #store: Store;
  readonly #hosts = new Map<HostId, DesiredHost>();
  /** What the last housekeeping found: no container of ours, or no answer yet. */
  readonly #found = new Map<HostId, 'empty' | 'silent'>();

  constructor(store: Store) {
    this.#store = store;
  }

  async load(): Promise<void> {
    for (const row of await this.#store.list('host/')) {
      const host = decodeHost(row);
      if (host.ok) this.#hosts.set(host.value.id, host.value);
    }
  }

  /** The hosts to be connected to: those of the fleet, and those that leave it. */
  with(fleet: ReadonlyMap<HostId, DesiredHost>): ReadonlyMap<HostId, DesiredHost> {
    return new Map([...this.#hosts, ...fleet]);
  }

  /**
   * Notes the hosts that a new fleet lacks: before its commit is in force, or a controller that dies in between
   * would never hear of them again.
   */
  async note(
    before: ReadonlyMap<HostId, DesiredHost>,
    after: ReadonlyMap<HostId, DesiredHost>,
  ): Promise<void> {
    for (const [id, host] of before) {
      if (after.has(id) || this.#hosts.has(id)) continue;
      this.#hosts.set(id, host);
      await this.#store.write([put(rowKey.host(id), host)]);
    }
  }

  /** Hosts that a commit has (back) in the fleet leave it no more. */
  async welcome(fleet: ReadonlyMap<HostId, DesiredHost>): Promise<void> {
    for (const id of fleet.keys()) {
      if (!this.#hosts.has(id)) continue;
      await this.#store.write([{ kind: 'delete', key: rowKey.host(id) }]);
      this.release(id);
    }
  }

  /**
   * Asked before each housekeeping: hosts that have no instance any more and do not answer, or have had no
   * container of ours since the last housekeeping, which has removed networks and images by now. A controller
   * that has begun asks none of them before it has read which hosts the fleet has, and then gives them time.
   */
  done(
    services: Iterable<ServiceMemory>,
    view: (id: HostId) => HostView | undefined,
    controller: ControllerId,
  ): readonly HostId[] {
    const busy = hostsOf(services);
    return [...this.#hosts.keys()].filter((id) => !busy.has(id) && this.#isDone(id, view(id), controller));
  }

  /** Lets go of a host whose row was deleted. */
  release(id: HostId): void {
    this.#hosts.delete(id);
    this.#found.delete(id);
  }

  #isDone(id: HostId, view: HostView | undefined, controller: ControllerId): boolean {
    if (view?.state === 'unreachable') return true;
    const found = view === undefined ? null : findingOf(view, controller);
    const isSame = found !== null && found === this.#found.get(id);
    if (found === null) this.#found.delete(id);
    else this.#found.set(id, found);
    return isSame;
  }
}

function findingOf(view: HostView, controller: ControllerId): 'empty' | 'silent' | null {
  if (view.state === 'unknown') return 'silent';
  const hasContainers = [...view.containers.values()].some((c) => isOwnedBy(c.labels, controller));
  return hasContainers || view.state !== 'fresh' ? null : 'empty';
}

function hostsOf(services: Iterable<ServiceMemory>): ReadonlySet<HostId> {
  const hosts = new Set<HostId>();
  for (const service of services) for (const instance of service.instances) hosts.add(instance.host);
  return hosts;
}
