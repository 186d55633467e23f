// No fewer replicas than a rollout has to spare, those on hosts that do not answer counted in (I4, I14).

import { isSick } from '../engine/behaviour.ts';
import type { SimContainer } from '../engine/container.ts';
import type { Effect } from '../link/observer.ts';
import { GOOD_TAGS } from '../shop/behaviour.ts';
import type { SimService } from '../shop/shop.ts';
import type { Check } from './check.ts';
import type { GivenUp } from './given-up.ts';
import type { Written } from './ledger.ts';
import type { LeftStanding } from './left-standing.ts';
import type { RecentShops } from './recent-shops.ts';
import type { OwnPlace, Scene } from './scene.ts';
import type { Tried } from './tried.ts';
import { isServing } from './truth.ts';
import { Violation } from './violation.ts';

/** How long a controller may not know yet that a container has failed: a report of every host is taken each minute. */
const UNAWARE_MS = 75_000;
/** How long a controller may not know yet that a check passes. */
const CHECKED_MS = 5_000;

function isSickAt({ run, behaviour }: SimContainer, nowMs: number): boolean {
  return run !== null && isSick(behaviour, nowMs - run.beganMs);
}

/**
 * Images have health checks of their own: what is sick, or has yet to be found well, does not serve, whatever its
 * service asks for.
 */
function serves(container: SimContainer, check: SimService['check'], nowMs: number): boolean {
  return container.health !== 'starting' && isServing(container, check, nowMs) && !isSickAt(container, nowMs);
}

/** It runs, and its checks cannot pass: it is sick, paused by somebody, or in no network where it could be asked. */
function isOut(container: SimContainer, check: SimService['check'], nowMs: number): boolean {
  const { run, endpoints } = container;
  if (run === null) return false;
  const isUnheard = check === 'probe' && endpoints.size === 0;
  return isUnheard || run.pausedAtMs !== null || isSickAt(container, nowMs);
}

export class Capacity implements Check {
  readonly #scene: Scene;
  readonly #recent: RecentShops;
  readonly #standing: LeftStanding;
  readonly #givenUp: GivenUp;
  readonly #tried: Tried;
  /** When containers last ceased to serve without having been told to. */
  readonly #failedAtMs = new Map<string, { readonly service: string; readonly atMs: number }>();
  #serving = new Map<string, string>();
  #out: ReadonlySet<string> = new Set();
  /** When containers whose checks could not pass have got well again. */
  readonly #wellAgainAtMs = new Map<string, number>();
  /** When the health check of containers passed for the first time. */
  readonly #foundWellAtMs = new Map<string, number>();
  /** Services that had all that they may not do without at least once: before that nobody can miss any. */
  readonly #established = new Set<string>();

  constructor(scene: Scene, recent: RecentShops, standing: LeftStanding, givenUp: GivenUp, tried: Tried) {
    this.#scene = scene;
    this.#tried = tried;
    this.#recent = recent;
    this.#standing = standing;
    this.#givenUp = givenUp;
  }

  durable({ services }: Written): void {
    for (const change of services) this.#standing.note(change);
  }

  issued({ kind, host, object }: Effect): void {
    if (kind !== 'stopContainer' && kind !== 'removeContainer') return;
    const place = this.#scene.findOwn(host, object);
    if (place !== null) this.#mustSpare(place);
  }

  /** No container that does its work is taken away where its service cannot spare it. */
  #mustSpare(place: OwnPlace): void {
    const { container, service } = place;
    const { world, stopped, ours } = this.#scene;
    if (world.isAmnesic || stopped.has(container.id) || !this.#established.has(service)) return;
    if (this.#tried.has(place)) return;
    if (this.#standing.has(place) || this.#givenUp.isUnknown(place, CHECKED_MS)) return;
    // A bad image may be sick in ways that the weakest check does not see.
    const tag = world.registry.imageOf(container.made.reference)?.tag;
    if (!GOOD_TAGS.some((good) => good === tag)) return;
    // What has turned sick since the last change of a machine is no fault of who stops another one.
    this.afterChange();
    const { fewest, check } = this.#recent.allowanceOf(service);
    const sinceMs = check === 'none' ? 0 : CHECKED_MS;
    if (fewest === 0 || !serves(container, check, this.#scene.nowMs - sinceMs)) return;
    // Its service may have no check, and its image one.
    const foundWellAtMs = this.#foundWellAtMs.get(container.id) ?? Number.NEGATIVE_INFINITY;
    if (this.#scene.nowMs - foundWellAtMs < CHECKED_MS) return;
    // What was out until now was found out, and its checks have yet to find it well.
    const wellAgainAtMs = this.#wellAgainAtMs.get(container.id) ?? Number.NEGATIVE_INFINITY;
    if (this.#scene.nowMs - wellAgainAtMs < CHECKED_MS) return;
    let serving = 0;
    for (const other of ours)
      if (other.service === service && !stopped.has(other.container.id) && !this.#isGone(other))
        serving += serves(other.container, check, this.#scene.nowMs) ? 1 : 0;
    let excused = 0;
    for (const [id, failure] of this.#failedAtMs) {
      // What serves again is counted as that.
      if (failure.service !== service || this.#serving.has(id)) continue;
      excused += this.#scene.nowMs - failure.atMs < UNAWARE_MS ? 1 : 0;
    }
    if (serving - 1 + excused < fewest)
      throw new Violation(
        'I4',
        `${container.name} is stopped, which leaves ${serving - 1} of at least ${fewest} of ${service} (${excused} failed a moment ago)`,
      );
  }

  /** Nobody counts with it. */
  #isGone(place: OwnPlace): boolean {
    return this.#standing.has(place) || this.#tried.has(place);
  }

  #noteHealth({ id, health }: SimContainer): void {
    if (health === 'starting') this.#foundWellAtMs.delete(id);
    else if (health === 'healthy' && !this.#foundWellAtMs.has(id))
      this.#foundWellAtMs.set(id, this.#scene.nowMs);
  }

  /** Notes which containers served and do not any more, without having been told to stop, and which do again. */
  afterChange(): void {
    const { stopped, nowMs } = this.#scene;
    const serving = new Map<string, string>();
    const out = new Set<string>();
    const tried = new Set<string>();
    const counts = new Map<string, number>();
    for (const place of this.#scene.ours) {
      const { container, service } = place;
      const { check } = this.#recent.allowanceOf(service);
      this.#noteHealth(container);
      if (isOut(container, check, nowMs)) out.add(container.id);
      else if (this.#out.has(container.id)) this.#wellAgainAtMs.set(container.id, nowMs);
      if (!serves(container, check, nowMs)) continue;
      if (this.#standing.has(place)) continue;
      if (this.#tried.has(place)) {
        tried.add(container.id);
        continue;
      }
      serving.set(container.id, service);
      counts.set(service, (counts.get(service) ?? 0) + 1);
    }
    for (const [service, count] of counts)
      if (count >= this.#recent.allowanceOf(service).fewest) this.#established.add(service);
    for (const [id, service] of this.#serving)
      if (!serving.has(id) && !stopped.has(id) && !tried.has(id))
        this.#failedAtMs.set(id, { service, atMs: nowMs });
    this.#serving = serving;
    this.#out = out;
  }
}
