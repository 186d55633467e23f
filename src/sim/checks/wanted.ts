// Containers are made only on hosts where what was in force lets their services run (I7). The fleet and the
// services may be followed apart from each other: then a commit comes into force in two parts, the one before or
// long after the other, and in between the services of one commit belong on the hosts of another. Parts that
// were never in force together allow nothing.

import type { Effect, EffectOutcome } from '../link/observer.ts';
import { mayRunOn, type SimShop } from '../shop/shop.ts';
import type { Check } from './check.ts';
import type { Ledger } from './ledger.ts';
import type { OwnPlace, Scene } from './scene.ts';
import { Violation } from './violation.ts';

interface Pair {
  /** Only its hosts count. */
  readonly fleet: SimShop;
  /** Only its services count. */
  readonly said: SimShop;
}

export class Wanted implements Check {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  /** What was in force together at some moment, by the two commits. */
  readonly #together = new Map<string, Pair>();

  constructor(scene: Scene, ledger: Ledger) {
    this.#scene = scene;
    this.#ledger = ledger;
    this.durable();
  }

  durable(): void {
    const { fleet, source } = this.#ledger;
    const key = `${fleet?.accepted} ${source?.accepted}`;
    if (this.#together.has(key)) return;
    const [hosts, services] = [this.#shopOf(fleet?.accepted), this.#shopOf(source?.accepted)];
    if (hosts !== null && services !== null) this.#together.set(key, { fleet: hosts, said: services });
  }

  landed({ kind, host, object }: Effect, outcome: EffectOutcome): void {
    const isMade = kind === 'createContainer' && outcome === 'ok';
    const place = isMade ? this.#scene.findOwn(host, object) : null;
    if (place !== null) this.#mustBeWantedHere(place);
  }

  /** Its labels, its taints, and that something new may come. */
  #mustBeWantedHere(place: OwnPlace): void {
    for (const { fleet, said } of this.#together.values()) {
      const service = said.services.get(place.service);
      if (service !== undefined && mayRunOn(fleet, service, place.host.id)) return;
    }
    throw new Violation(
      'I7',
      `${place.container.name} is made on ${place.host.id}, where nothing that was in force wants it`,
    );
  }

  #shopOf(accepted: string | null | undefined): SimShop | null {
    for (const [commit, shop] of this.#scene.world.shops) if (commit === accepted) return shop;
    return null;
  }
}
