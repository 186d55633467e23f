// The requests of a world: every container that connects to others asks them now and then, by whatever its load
// balancer serves by at that moment. So what is lost can be told from outside.

import type { Random } from '../../ports/clock.ts';
import { between, chance } from '../core/random.ts';
import type { PastRun, SimContainer } from '../engine/container.ts';
import type { Machine } from '../engine/machine.ts';
import type { SimHost } from '../world/fleet.ts';
import type { World } from '../world/world.ts';
import {
  type Attempt,
  attempt,
  type Connection,
  isWorking,
  kindOf,
  type Replica,
  type Route,
  routeFrom,
  servingOf,
} from './route.ts';

/**
 * unled: it never came to a load balancer that knows of it. unserved: there is no replica to lead to. unreached: none of
 * those named has answered. cut: it was being answered.
 */
export type RequestEnd = 'answered' | 'unled' | 'unserved' | 'unreached' | 'cut';

export interface EndedRequest {
  readonly host: SimHost;
  readonly consumer: SimContainer;
  readonly to: Connection;
  readonly end: RequestEnd;
  /** On the scheduler's clock. */
  readonly beganMs: number;
  /** Null where it is unled; then `because` says why. */
  readonly route: Route | null;
  readonly because: string;
  /** In their order; the last one took it, where one did. */
  readonly attempts: readonly Attempt[];
  /** Whose end has cut it; null where none has. */
  readonly cutBy: SimContainer | null;
  /** When that was, on the scheduler's clock. */
  readonly cutAtMs: number;
}

/** A process that a request needs until it is answered. */
interface Needed {
  readonly container: SimContainer;
  readonly run: PastRun | undefined;
}

/** Of those that have ended the one that did so first. */
function firstEnd(needed: readonly Needed[]): Needed | null {
  let first: Needed | null = null;
  for (const one of needed) {
    const atMs = one.run?.endedMs ?? null;
    if (atMs !== null && atMs < (first?.run?.endedMs ?? Number.POSITIVE_INFINITY)) first = one;
  }
  return first;
}

const EVERY_MS = 1_700;
const PROBABILITY = 0.3;
/** No world asks more than that. */
const MOST = 6_000;

/** Most are short; a few take longer than anybody waits for. */
function takesMs(random: Random): number {
  const roll = random.next();
  if (roll < 0.75) return between(random, 10, 1_500);
  return roll < 0.95 ? between(random, 1_500, 9_000) : between(random, 9_000, 50_000);
}

export class Requests {
  readonly #world: World;
  readonly #random: Random;
  #hasBegun = false;
  #count = 0;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.stream('requests');
  }

  /** From the first commit on in which a service connects to another one. */
  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#again();
  }

  #again(): void {
    this.#world.scheduler.after(EVERY_MS, () => {
      for (const host of this.#world.hosts.values()) this.#askFrom(host);
      if (this.#count < MOST) this.#again();
    });
  }

  #askFrom(host: SimHost): void {
    const { machine } = host.engine;
    for (const consumer of machine.containers.values()) {
      const { connects } = consumer.made.spec;
      if (connects.length === 0 || kindOf(consumer) !== 'container' || !isWorking(machine, consumer))
        continue;
      for (const to of connects) if (chance(this.#random, PROBABILITY)) this.#ask(host, consumer, to);
    }
  }

  #ask(host: SimHost, consumer: SimContainer, to: Connection): void {
    const { machine } = host.engine;
    const beganMs = this.#world.scheduler.nowMs;
    const lastsMs = takesMs(this.#random);
    this.#count += 1;
    const request = { host, consumer, to, beganMs, because: '', cutBy: null, cutAtMs: beganMs };
    const found = routeFrom(machine, consumer, to);
    if (typeof found === 'string') {
      this.#ended({ ...request, end: 'unled', route: null, because: found, attempts: [] });
      return;
    }
    const attempts = this.#try(machine, found);
    const led = { ...request, route: found, attempts };
    const there = attempts.at(-1);
    if (there === undefined) this.#ended({ ...led, end: 'unserved' });
    else if (!there.hasAnswered || there.there === null) this.#ended({ ...led, end: 'unreached' });
    else
      this.#answer(machine, led, { replica: there.replica, container: there.there, route: found, lastsMs });
  }

  /** One after the other until one takes it. */
  #try(machine: Machine, route: Route): readonly Attempt[] {
    const left: Replica[] = [...servingOf(route.pool)];
    const attempts: Attempt[] = [];
    while (left.length > 0 && attempts.at(-1)?.hasAnswered !== true) {
      const [next] = left.splice(between(this.#random, 0, left.length - 1), 1);
      if (next !== undefined) attempts.push(attempt(machine, route, next));
    }
    return attempts;
  }

  #answer(
    machine: Machine,
    led: Omit<EndedRequest, 'end'>,
    by: {
      readonly replica: Replica;
      readonly container: SimContainer;
      readonly route: Route;
      readonly lastsMs: number;
    },
  ): void {
    const { route, replica, container, lastsMs } = by;
    const needed = [led.consumer, route.anchor, route.proxy, container].map((one) => ({
      container: one,
      run: one.pastRuns.at(-1),
    }));
    const isGoingOn = (): boolean => needed.every(({ run }) => run?.endedMs === null);
    const { service, port } = led.to;
    const answering = {
      pool: `${service}:${port}`,
      replica: replica.name,
      address: replica.address,
      isGoingOn,
    };
    machine.answering.add(answering);
    this.#world.scheduler.after(lastsMs, () => {
      machine.answering.delete(answering);
      const cut = firstEnd(needed);
      const cutBy = cut?.container ?? null;
      const cutAtMs = cut?.run?.endedMs ?? led.beganMs;
      if (cutBy === led.consumer) this.#world.counts.add('request given up');
      else this.#ended({ ...led, end: cutBy === null ? 'answered' : 'cut', cutBy, cutAtMs });
    });
  }

  #ended(request: EndedRequest): void {
    this.#world.counts.add(`request ${request.end}`);
    this.#world.guard(() => this.#world.onlooker?.requested(request));
  }
}
