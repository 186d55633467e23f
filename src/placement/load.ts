// Counts what is meant to be on each host, from the instance tables of all services, so that choosing a
// host costs the same however many services there are.

import type { HostId, ServiceKey } from '../kernel/ids.ts';
import type { Load } from './place.ts';

export interface Occupant {
  readonly service: ServiceKey;
  readonly host: HostId;
  readonly ports: readonly { readonly port: number; readonly protocol: 'tcp' | 'udp' }[];
}

export class LoadTable implements Load {
  /** Counts what is there already; null once that is done. Most plans place nothing and never ask. */
  #fill: ((table: LoadTable) => void) | null;
  readonly #totals = new Map<HostId, number>();
  readonly #services = new Map<string, number>();
  readonly #ports = new Map<string, number>();
  /** Who came to a port last. */
  readonly #holders = new Map<string, ServiceKey>();

  constructor(fill: (table: LoadTable) => void = () => {}) {
    this.#fill = fill;
  }

  /** Sums do not care for order: what is added before the table is filled counts all the same. */
  #filled(): this {
    const fill = this.#fill;
    this.#fill = null;
    fill?.(this);
    return this;
  }

  add(occupant: Occupant, by: 1 | -1 = 1): void {
    bump(this.#totals, occupant.host, by);
    bump(this.#services, `${occupant.host} ${occupant.service}`, by);
    for (const { port, protocol } of occupant.ports) {
      const key = `${occupant.host} ${protocol} ${port}`;
      bump(this.#ports, key, by);
      if (by === 1) this.#holders.set(key, occupant.service);
    }
  }

  remove(occupant: Occupant): void {
    this.add(occupant, -1);
  }

  total(host: HostId): number {
    return this.#filled().#totals.get(host) ?? 0;
  }

  ofService(host: HostId, service: ServiceKey): number {
    return this.#filled().#services.get(`${host} ${service}`) ?? 0;
  }

  portTaken(host: HostId, port: number, protocol: 'tcp' | 'udp'): boolean {
    return (this.#filled().#ports.get(`${host} ${protocol} ${port}`) ?? 0) > 0;
  }

  portHolder(host: HostId, port: number, protocol: 'tcp' | 'udp'): ServiceKey | null {
    return this.#filled().#holders.get(`${host} ${protocol} ${port}`) ?? null;
  }

  /** Marks a port that somebody else holds on the host. */
  blockPort(host: HostId, port: number, protocol: 'tcp' | 'udp'): void {
    bump(this.#ports, `${host} ${protocol} ${port}`, 1);
  }
}

function bump<K>(counts: Map<K, number>, key: K, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
