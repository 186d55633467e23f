// How many replicas of each service people were told are ready. They are told again whenever that changes, also
// since a host went silent or came back: no row changes by that.

import type { ServiceKey } from '../kernel/ids.ts';

export class ReadyCounts {
  readonly #told = new Map<ServiceKey, number>();

  /** Whether it is news that so many are ready. `before`: what counts where nothing was told of the service yet. */
  isNews(key: ServiceKey, before: number, now: number): boolean {
    const was = this.#told.get(key) ?? before;
    this.#told.set(key, now);
    return was !== now;
  }

  forget(key: ServiceKey): void {
    this.#told.delete(key);
  }
}
