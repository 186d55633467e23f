// The requests of a world: every container that connects to others asks them now and then, by whatever its load
// balancer serves by at that moment. So what is lost can be told from outside.

import { WHOLE_SHARE } from '../../kernel/share.ts';
import type { Random } from '../../ports/clock.ts';
import { between, chance } from '../core/random.ts';
import type { PastRun, SimContainer } from '../engine/container.ts';
import { countRequest } from '../engine/request-counts.ts';
import type { SimHost } from '../world/fleet.ts';
import type { World } from '../world/world.ts';
import {
  type Attempt,
  answeringOf,
  attempt,
  type Connection,
  drawnGroup,
  type Elsewhere,
  type Group,
  isCounted,
  isWorking,
  kindOf,
  type Refusal,
  type Route,
  routeFrom,
  routeOn,
  triedFor,
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
  /** Whose part of the requests it is in; null where it is unled. */
  readonly group: Group | null;
  /** In their order; the last one took it, where one did. */
  readonly attempts: readonly Attempt[];
  /** Of other hosts. */
  readonly refusals: readonly Refusal[];
  /** Whose end has cut it; null where none has. */
  readonly cutBy: SimContainer | null;
  /** The host of that one. */
  readonly cutOn: SimHost;
  /** When that was, on the scheduler's clock. */
  readonly cutAtMs: number;
}

/** A process that a request needs until it is answered. */
interface Needed {
  readonly host: SimHost;
  readonly container: SimContainer;
  readonly run: PastRun | undefined;
}

interface Tries {
  readonly attempts: Attempt[];
  readonly refusals: Refusal[];
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
    const beganMs = this.#world.scheduler.nowMs;
    const lastsMs = takesMs(this.#random);
    this.#count += 1;
    const nothing = {
      because: '',
      group: null,
      cutBy: null,
      cutOn: host,
      cutAtMs: beganMs,
      attempts: [],
      refusals: [],
    };
    const request = { ...nothing, host, consumer, to, beganMs };
    const found = routeFrom(host, consumer, to);
    if (typeof found === 'string') {
      this.#ended({ ...request, end: 'unled', route: null, because: found });
      return;
    }
    const group = this.#draw(found);
    const led = { ...request, route: found, group, ...this.#try(found, group) };
    const there = led.attempts.at(-1);
    if (there?.hasAnswered === true && there.there !== null)
      this.#answer(led, found, there, there.there, lastsMs);
    else
      this.#ended({
        ...led,
        end: led.attempts.length + led.refusals.length === 0 ? 'unserved' : 'unreached',
      });
  }

  #draw({ pool }: Route): Group | null {
    const isSplit = pool.revisions.length > 1;
    return drawnGroup(pool, isSplit ? between(this.#random, 0, WHOLE_SHARE - 1) : 0) ?? null;
  }

  /** One after the other until one takes it. */
  #try(near: Route, group: Group | null): Tries {
    const tries: Tries = { attempts: [], refusals: [] };
    for (const each of group === null ? [] : triedFor(group, near.pool))
      this.#each(each, tries, (next) => {
        if ('host' in next) this.#tryOn(near, next, tries);
        else tries.attempts.push(attempt(near, next));
      });
    return tries;
  }

  #tryOn(near: Route, other: Elsewhere, tries: Tries): void {
    const route = routeOn(this.#world.hosts.values(), near, other, this.#world.clock.now());
    const before = tries.attempts.length;
    if (typeof route !== 'string')
      for (const replicas of answeringOf(route.offered))
        this.#each(replicas, tries, (next) => tries.attempts.push(attempt(route, next)));
    if (tries.attempts.length > before) return;
    const because = typeof route === 'string' ? route : `its rules ${route.rules.mark} name nobody`;
    tries.refusals.push({ host: other.host, because });
  }

  /** In any order, until one has answered. */
  #each<T>(all: readonly T[], { attempts }: Tries, ask: (next: T) => void): void {
    const left = [...all];
    while (left.length > 0 && attempts.at(-1)?.hasAnswered !== true)
      for (const next of left.splice(between(this.#random, 0, left.length - 1), 1)) ask(next);
  }

  #answer(
    led: Omit<EndedRequest, 'end'>,
    near: Route,
    { route, replica }: Attempt,
    container: SimContainer,
    lastsMs: number,
  ): void {
    const needs = (host: SimHost, ...containers: readonly SimContainer[]): readonly Needed[] =>
      containers.map((one) => ({ host, container: one, run: one.pastRuns.at(-1) }));
    const needed = [
      ...needs(led.host, led.consumer, near.anchor, near.proxy),
      ...(route === near ? [] : needs(route.host, route.anchor, route.proxy)),
      ...needs(route.host, container),
    ];
    const { answering } = route.host.engine.machine;
    const isGoingOn = (): boolean => needed.every(({ run }) => run?.endedMs === null);
    const { service, port } = led.to;
    const pool = `${service}:${port}`;
    const own = { pool, replica: replica.name, address: replica.address, isGoingOn };
    answering.add(own);
    if (route !== near) this.#world.counts.add('request to another host');
    this.#world.scheduler.after(lastsMs, () => {
      answering.delete(own);
      const cut = firstEnd(needed);
      if (cut?.container === led.consumer) this.#world.counts.add('request given up');
      else if (cut === null) this.#ended({ ...led, end: 'answered' });
      else {
        const cutAtMs = cut.run?.endedMs ?? led.beganMs;
        this.#ended({ ...led, end: 'cut', cutBy: cut.container, cutOn: cut.host, cutAtMs });
      }
    });
  }

  /** By the load balancer that it came to, for the revision that it was drawn for; what had counted it may have ended. */
  #counted({ route, group, attempts, refusals, end, beganMs, cutBy, to }: EndedRequest): void {
    const run = route?.proxy.pastRuns.at(-1);
    if (route === null || group === null || run === undefined || cutBy === route.proxy) return;
    if (!isCounted(route.pool)) return;
    const { revision } = group;
    const tookMs = end === 'answered' ? this.#world.scheduler.nowMs - beganMs : null;
    const isRetried = attempts.length + refusals.length > 1;
    countRequest(run, { pool: `${to.service}:${to.port}`, revision, tookMs, isRetried });
  }

  #ended(request: EndedRequest): void {
    this.#counted(request);
    this.#world.counts.add(`request ${request.end}`);
    this.#world.guard(() => this.#world.onlooker?.requested(request));
  }
}
