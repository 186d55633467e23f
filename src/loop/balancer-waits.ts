// Why load balancers do not serve by what they are to be told, and since when: what passes in a moment is looked at
// often, and what lasts is told to people.

import type { HostId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';

interface Wait {
  readonly because: string;
  readonly since: Instant;
}

/** Being asked, told and asked again takes less. */
const LASTS_MS = 10_000;
/** By then looking twice a second has not helped. */
const URGENT_MS = 60_000;

export class BalancerWaits {
  #waits: ReadonlyMap<HostId, Wait> = new Map();
  #reasons: ReadonlyMap<HostId, string> = new Map();

  get reasons(): ReadonlyMap<HostId, string> {
    return this.#reasons;
  }

  /** `reasons`: as the last look has found them. */
  note(reasons: ReadonlyMap<HostId, string>, now: Instant): void {
    const before = this.#waits;
    this.#reasons = reasons;
    this.#waits = new Map(
      [...reasons].map(([host, because]) => {
        const known = before.get(host);
        return [host, known?.because === because ? known : { because, since: now }];
      }),
    );
  }

  /** It may be over in a moment. */
  isUrgent(host: HostId, now: Instant): boolean {
    const wait = this.#waits.get(host);
    return wait !== undefined && now - wait.since < URGENT_MS;
  }

  /** What has not passed by itself; null: nothing. */
  lasting(host: HostId, now: Instant): string | null {
    const wait = this.#waits.get(host);
    return wait === undefined || now - wait.since < LASTS_MS ? null : wait.because;
  }
}
