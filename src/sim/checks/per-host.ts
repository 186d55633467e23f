// No more replicas of a service on a host than may be (I4). A limit counts when a replica is placed: those that have
// their place keep it when a later commit sets a lower one, also if they have to be made anew.

import { instanceName } from '../../rollout/memory.ts';
import type { Effect, EffectOutcome } from '../link/observer.ts';
import type { Check } from './check.ts';
import type { InForce } from './in-force.ts';
import { instanceIn, type Written } from './ledger.ts';
import type { OwnPlace, Scene } from './scene.ts';
import { Violation } from './violation.ts';

export class PerHost implements Check {
  readonly #scene: Scene;
  readonly #inForce: InForce;
  /** By name: the limit under which a replica was placed; absent: before this check looked on, or it has lost its place. */
  readonly #placedUnder = new Map<string, number>();

  constructor(scene: Scene, inForce: InForce) {
    this.#scene = scene;
    this.#inForce = inForce;
  }

  /** Whoever loses its place is placed anew, perhaps under the same name. */
  durable({ services }: Written): void {
    for (const { before, after } of services)
      for (const instance of before?.instances ?? []) {
        if (before === null) continue;
        const name = instanceName(before, instance);
        if (instanceIn(after, instance.host, name) === null) this.#placedUnder.delete(name);
      }
  }

  landed({ kind, host, object }: Effect, outcome: EffectOutcome): void {
    const place = outcome === 'ok' ? this.#scene.findOwn(host, object) : null;
    if (place === null) return;
    const { name } = place.container;
    if (kind === 'createContainer' && !this.#placedUnder.has(name))
      this.#placedUnder.set(name, this.#limitOf(place.service));
    if (kind === 'startContainer') this.#mustBeFewEnough(place, [place]);
  }

  atRest(): void {
    for (const place of this.#scene.ours)
      if (place.container.run !== null) this.#mustBeFewEnough(place, this.#there(place));
  }

  /** As many as the limit allows now, or as one of those `placed` was placed under. */
  #mustBeFewEnough(place: OwnPlace, placed: readonly OwnPlace[]): void {
    if (this.#scene.world.isAmnesic) return;
    const limits = placed.map(({ container }) => this.#placedUnder.get(container.name) ?? 0);
    const most = Math.max(this.#limitOf(place.service), ...limits);
    const { length } = this.#there(place);
    if (length > most)
      throw new Violation('I4', `${length} of ${place.service} run on ${place.host.id}, at most ${most} may`);
  }

  /** What runs of its service on its host, itself too, and was not told to stop. */
  #there({ host, service }: OwnPlace): readonly OwnPlace[] {
    const { ours, stopped } = this.#scene;
    return ours.filter(
      (other) =>
        other.service === service &&
        other.host === host &&
        other.container.run !== null &&
        !stopped.has(other.container.id),
    );
  }

  /** By the commits that the service may follow, the most generous of them; where none is known, any number. */
  #limitOf(service: string): number {
    const limits = this.#inForce
      .of(service)
      .map((said) => (said === null ? 0 : (said.maxPerHost ?? Infinity)));
    return limits.length === 0 ? Infinity : Math.max(...limits);
  }
}
