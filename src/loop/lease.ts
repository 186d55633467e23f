// Only one controller acts. The lease is taken in the store, renewed at a third of its length, and given
// up by our own monotonic clock well before it ends for others.

import { type Problem, problem, toProblem } from '../kernel/errors.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Clock } from '../ports/clock.ts';
import type { Lease, Store } from '../ports/store.ts';

const LEASE_NAME = 'controller';

export interface LeaseKeeperOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly holder: string;
  readonly leaseMs: number;
  readonly onLost: (problem: Problem) => void;
  /** It had run out, and the store says that nobody else had it: what was due meanwhile is due still. */
  readonly onHeldAgain: () => void;
}

export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  #lease: Lease | null = null;
  #validUntilMs = 0;
  #cancel: () => void = () => {};
  #isReleased = false;
  /** The last renewal that began. */
  #renewal: Promise<void> = Promise.resolve();

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  get isHeld(): boolean {
    return this.#lease !== null && this.#options.clock.monotonicMs() < this.#validUntilMs;
  }

  /** What the writes of this controller are bound to; the store says whether it still counts. */
  get lease(): Lease | null {
    return this.#lease;
  }

  async acquire(): Promise<Result<void, Problem>> {
    const asked = await this.#ask();
    return asked.ok ? ok(undefined) : asked;
  }

  async #ask(): Promise<Result<Lease, Problem>> {
    const { clock, store, holder, leaseMs } = this.#options;
    const askedMs = clock.monotonicMs();
    const before = this.#lease;
    const asked = await store
      .acquireLease(LEASE_NAME, holder, leaseMs)
      .catch((e: unknown) => err(toProblem(e)));
    if (!asked.ok) return asked;
    // A renewal was under way when the lease was given back, and has taken it again.
    if (this.#isReleased) {
      await this.#giveBack(asked.value);
      return err(problem('store/lease', 'the lease was given back'));
    }
    if (before !== null && asked.value.epoch !== before.epoch) return this.#passedOn(asked.value);
    const hadRunOut = before !== null && !this.isHeld;
    this.#lease = asked.value;
    // Counted from before the question, so that it ends for us before it ends for others.
    this.#validUntilMs = askedMs + (leaseMs * 2) / 3;
    this.#renewIn(leaseMs / 3);
    if (hadRunOut && this.isHeld) this.#options.onHeldAgain();
    return asked;
  }

  /** Another controller held the lease in between: what we know of the store is from before its time. */
  async #passedOn(lease: Lease): Promise<Result<Lease, Problem>> {
    this.#lease = null;
    this.#validUntilMs = 0;
    await this.#giveBack(lease);
    const found = problem('store/lease', 'another controller held the lease in the meantime');
    this.#options.onLost(found);
    return err(found);
  }

  /** Where that fails it runs out by itself. */
  async #giveBack(lease: Lease): Promise<void> {
    await this.#options.store.releaseLease(lease).catch(() => {});
  }

  async release(): Promise<void> {
    this.#isReleased = true;
    this.#cancel();
    const lease = this.#lease;
    this.#lease = null;
    if (lease !== null) await this.#giveBack(lease);
    // It gives back what it has got meanwhile; until then nobody may close the store.
    await this.#renewal;
  }

  #renewIn(ms: number): void {
    this.#cancel = this.#options.clock.after(ms, () => {
      this.#renewal = this.#renew();
    });
  }

  async #renew(): Promise<void> {
    if (this.#lease === null) return;
    const renewed = await this.#ask();
    if (renewed.ok || this.#lease === null) return;
    // A damaged store does not get better: whoever looks after the process has to know at once.
    if (this.isHeld && renewed.error.code !== 'store/damaged') this.#renewIn(this.#options.leaseMs / 10);
    else this.#options.onLost(renewed.error);
  }
}
