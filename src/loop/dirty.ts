// Which services have to be looked at again, and when: so that a pass costs what changed, not what there
// is.

import type { ServiceKey } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';

export class DirtySet {
  #keys = new Set<ServiceKey>();
  readonly #wakeAt = new Map<ServiceKey, Instant>();
  #balancersAt: Instant | 'now' | null = null;

  add(key: ServiceKey): void {
    this.#keys.add(key);
  }

  addAll(keys: Iterable<ServiceKey>): void {
    for (const key of keys) this.#keys.add(key);
  }

  get isEmpty(): boolean {
    return this.#keys.size === 0 && this.#balancersAt !== 'now';
  }

  /** The load balancers have to be looked at, of whatever service. */
  addBalancers(): void {
    this.#balancersAt = 'now';
  }

  wakeBalancers(at: Instant): void {
    if (this.#balancersAt === 'now' || (this.#balancersAt !== null && this.#balancersAt <= at)) return;
    this.#balancersAt = at;
  }

  /** Whether the load balancers were due; from here on they are not. */
  takeBalancers(now: Instant): boolean {
    const isDue = this.#balancersAt === 'now' || (this.#balancersAt !== null && this.#balancersAt <= now);
    if (isDue) this.#balancersAt = null;
    return isDue;
  }

  /** Hands over what is due now and forgets it. */
  take(now: Instant): ReadonlySet<ServiceKey> {
    for (const [key, at] of this.#wakeAt) if (at <= now) this.#keys.add(key);
    const taken = this.#keys;
    this.#keys = new Set();
    for (const key of taken) this.#wakeAt.delete(key);
    return taken;
  }

  wake(key: ServiceKey, at: Instant): void {
    this.#wakeAt.set(key, at);
  }

  /** The earliest moment at which something is due; null where nothing is. */
  nextAt(): Instant | null {
    let next: Instant | null = this.#balancersAt === 'now' ? null : this.#balancersAt;
    for (const at of this.#wakeAt.values()) if (next === null || at < next) next = at;
    return next;
  }
}
