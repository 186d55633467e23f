// Hosts that a commit took out of the fleet while they still run something: they stay connected until
// their instances have been moved, also across a restart of the controller.

import type { DesiredHost } from '../desired/desired.ts';
import type { HostId } from '../kernel/ids.ts';
import type { Store } from '../ports/store.ts';
import type { ServiceMemory } from '../rollout/memory.ts';
import { decodeHost, put, rowKey } from './rows.ts';

export class LeavingHosts {
  readonly #store: Store;
  readonly #hosts = new Map<HostId, DesiredHost>();

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
   * Notes the hosts that a new fleet lacks and that still have instances: before its commit is in force, or a
   * controller that dies in between would never hear of them again.
   */
  async note(
    before: ReadonlyMap<HostId, DesiredHost>,
    after: ReadonlyMap<HostId, DesiredHost>,
    services: Iterable<ServiceMemory>,
  ): Promise<void> {
    const busy = hostsOf(services);
    for (const [id, host] of before) {
      if (after.has(id) || !busy.has(id) || this.#hosts.has(id)) continue;
      this.#hosts.set(id, host);
      await this.#store.write([put(rowKey.host(id), host)]);
    }
  }

  /** Hosts that a commit has (back) in the fleet leave it no more. */
  async welcome(fleet: ReadonlyMap<HostId, DesiredHost>): Promise<void> {
    for (const id of fleet.keys()) await this.#forget(id);
  }

  /** Lets go of those that have nothing left; true where there were any. */
  async release(services: Iterable<ServiceMemory>): Promise<boolean> {
    if (this.#hosts.size === 0) return false;
    const busy = hostsOf(services);
    const empty = [...this.#hosts.keys()].filter((id) => !busy.has(id));
    for (const id of empty) await this.#forget(id);
    return empty.length > 0;
  }

  async #forget(id: HostId): Promise<void> {
    if (this.#hosts.delete(id)) await this.#store.write([{ kind: 'delete', key: rowKey.host(id) }]);
  }
}

function hostsOf(services: Iterable<ServiceMemory>): ReadonlySet<HostId> {
  const hosts = new Set<HostId>();
  for (const service of services) for (const instance of service.instances) hosts.add(instance.host);
  return hosts;
}
