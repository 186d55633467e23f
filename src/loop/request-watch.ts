// Asks load balancers now and then what they have counted of the requests to a new revision and to the stable one, while
// a rollout by steps compares the two. What is counted between two looks is told as one interval.

import { betweenLooks } from '../analysis/between-looks.ts';
import { addCounts, NO_LATENCIES, type RequestCounts } from '../analysis/measurement.ts';
import type { HostId, ServiceKey } from '../kernel/ids.ts';
import type { LoadBalancerCounts } from '../kernel/request-counters.ts';
import type { Instant } from '../kernel/time.ts';
import type { Clock } from '../ports/clock.ts';
import type { LoadBalancerDriver } from '../ports/load-balancer.ts';
import type { MeasuredInterval } from '../rollout/facts.ts';
import { pause } from './deadline.ts';

export interface RequestWatchOptions {
  readonly clock: Clock;
  readonly balancer: (host: HostId) => ReturnType<LoadBalancerDriver['on']> | undefined;
  readonly onMeasured: (service: ServiceKey) => void;
}

/** A rollout whose two sides are compared. */
export interface Compared {
  readonly sequence: number;
  /** `SERVICE:PORT`, as load balancers name what they count. */
  readonly pools: readonly string[];
  readonly canary: string;
  readonly stable: string;
  /** The load balancers that split its requests, by their containers. */
  readonly balancers: ReadonlyMap<HostId, string>;
}

interface Subject {
  compared: Compared;
  readonly stop: AbortController;
  seen: ReadonlyMap<HostId, LoadBalancerCounts | null> | null;
  /** When that was. */
  seenAt: Instant;
}

/** An analysis may look as often as it likes; each look is a command in a container of every host concerned. */
const LOOK_MS = 15_000;
const CALL_MS = 5_000;

const NONE: RequestCounts = { requests: 0, errors: 0, latencies: NO_LATENCIES };

export class RequestWatch {
  readonly #options: RequestWatchOptions;
  readonly #subjects = new Map<ServiceKey, Subject>();
  readonly #measured = new Map<ServiceKey, MeasuredInterval>();

  constructor(options: RequestWatchOptions) {
    this.#options = options;
  }

  /** The last interval of each. */
  get measured(): ReadonlyMap<ServiceKey, MeasuredInterval> {
    return this.#measured;
  }

  /** Brings what is watched in line with what is compared. */
  update(wanted: ReadonlyMap<ServiceKey, Compared>): void {
    for (const [service, subject] of this.#subjects) {
      if (wanted.get(service)?.sequence === subject.compared.sequence) continue;
      subject.stop.abort();
      this.#subjects.delete(service);
      this.#measured.delete(service);
    }
    for (const [service, compared] of wanted) {
      const subject = this.#subjects.get(service);
      if (subject === undefined) this.#begin(service, compared);
      else subject.compared = compared;
    }
  }

  stop(): void {
    for (const subject of this.#subjects.values()) subject.stop.abort();
    this.#subjects.clear();
  }

  #begin(service: ServiceKey, compared: Compared): void {
    const subject: Subject = {
      compared,
      stop: new AbortController(),
      seen: null,
      seenAt: this.#options.clock.now(),
    };
    this.#subjects.set(service, subject);
    void this.#follow(service, subject);
  }

  async #follow(service: ServiceKey, subject: Subject): Promise<void> {
    const { signal } = subject.stop;
    while (!signal.aborted) {
      await this.#look(service, subject);
      await pause(this.#options.clock, LOOK_MS, signal);
    }
  }

  async #look(service: ServiceKey, subject: Subject): Promise<void> {
    const { sequence, pools, canary, stable, balancers } = subject.compared;
    const { seen: before, seenAt: since } = subject;
    const at = this.#options.clock.now();
    const looks = await Promise.all(
      [...balancers].map(async ([host, container]) => ({
        host,
        before: before?.get(host) ?? null,
        now: await this.#ask(host, container, subject.stop.signal),
      })),
    );
    if (subject.stop.signal.aborted) return;
    const found = pools.map((pool) => betweenLooks(looks, { pool, canary, stable }));
    const [first] = found;
    if (first === undefined) return;
    subject.seen = first.seen;
    subject.seenAt = at;
    // The first look only says where counting begins.
    if (before === null) return;
    const sum = (side: 'canary' | 'stable'): RequestCounts =>
      found.reduce((all, { interval }) => addCounts(all, interval[side]), NONE);
    const gaps = first.gaps.map(({ host, because }) => `${host}: ${because}`);
    this.#measured.set(service, { since, at, sequence, canary: sum('canary'), stable: sum('stable'), gaps });
    this.#options.onMeasured(service);
  }

  /** Null: nobody says. */
  async #ask(host: HostId, container: string, signal: AbortSignal): Promise<LoadBalancerCounts | null> {
    const balancer = this.#options.balancer(host);
    if (balancer === undefined) return null;
    return balancer.measure(container, { deadlineMs: CALL_MS, signal }).catch(() => null);
  }
}
