// The hosts of the fleet: one observer each, begun, replaced and ended as the manifests change.

import type { DesiredHost } from '../desired/desired.ts';
import { canonicalJson } from '../kernel/canonical.ts';
import type { ControllerId, HostId } from '../kernel/ids.ts';
import type { HostView } from '../observed/host-view.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Host } from '../ports/host.ts';
import { HostObserver } from './host-observer.ts';

export interface FleetOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly controller: ControllerId;
  readonly connect: (host: DesiredHost) => Host;
  readonly resyncMs: number;
  readonly auditMs: number;
  readonly onChange: (before: HostView, after: HostView) => void;
  readonly onRemoved: (host: HostId) => void;
}

/** What the connection depends on: a change of anything else keeps it. */
const connectionOf = (host: DesiredHost): string =>
  canonicalJson({ address: { ...host.address }, hostKeys: host.hostKeys, credential: host.credential });

export class Fleet {
  readonly #options: FleetOptions;
  readonly #observers = new Map<HostId, { observer: HostObserver; connection: string }>();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  views(): HostView[] {
    return [...this.#observers.values()].map(({ observer }) => observer.view);
  }

  view(id: HostId): HostView | undefined {
    return this.#observers.get(id)?.observer.view;
  }

  host(id: HostId): Host | undefined {
    return this.#observers.get(id)?.observer.host;
  }

  observer(id: HostId): HostObserver | undefined {
    return this.#observers.get(id)?.observer;
  }

  /** Brings the observers in line with the hosts that the manifests name. */
  async update(hosts: ReadonlyMap<HostId, DesiredHost>): Promise<void> {
    const ending: Promise<void>[] = [];
    for (const [id, { observer, connection }] of this.#observers) {
      const wanted = hosts.get(id);
      if (wanted !== undefined && connectionOf(wanted) === connection) continue;
      this.#observers.delete(id);
      ending.push(observer.stop());
      if (wanted === undefined) this.#options.onRemoved(id);
    }
    for (const host of hosts.values()) if (!this.#observers.has(host.id)) this.#begin(host);
    await Promise.all(ending);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#observers.values()].map(({ observer }) => observer.stop()));
  }

  #begin(host: DesiredHost): void {
    const { connect, onRemoved: _, ...options } = this.#options;
    const observer = new HostObserver({ ...options, host: connect(host) });
    this.#observers.set(host.id, { observer, connection: connectionOf(host) });
    observer.start();
  }
}
