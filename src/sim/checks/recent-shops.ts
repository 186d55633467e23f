// What the commits in force allow together: a controller may be at any of them, since commits take their time,
// wait for others, or are rolled back. How a service is deployed at all (a volume of its own, a fixed port) and
// how it is checked may be that of any commit: a person may have rolled back to it.

import { surgeOf } from '../shop/extras.ts';
import type { SimService, SimShop } from '../shop/shop.ts';
import { allowedMissing } from '../shop/shop.ts';
import { goesBySteps } from '../shop/steps.ts';
import type { World } from '../world/world.ts';
import type { InForce } from './in-force.ts';

export interface Allowance {
  /** Fewest replicas that must do their work while nothing fails by itself. */
  readonly fewest: number;
  /** Most containers that may be there. */
  readonly most: number;
  /** The weakest check of all. */
  readonly check: SimService['check'];
}

const WEAKNESS = ['none', 'health', 'probe'] as const;

/** By steps the new revision comes beside all of the stable one. */
function surge(service: SimService, shop: Pick<SimShop, 'stepsFrom'>): number {
  if (goesBySteps(service, shop)) return Math.max(service.replicas, surgeOf(service));
  return service.strategy === 'recreate' || service.hasVolume ? 0 : surgeOf(service);
}

export class RecentShops {
  readonly #world: World;
  readonly #inForce: InForce;
  /** They are asked for at every event and change only with commits. */
  readonly #known = new Map<string, Allowance>();
  #version = '';

  constructor(world: World, inForce: InForce) {
    this.#world = world;
    this.#inForce = inForce;
  }

  allowanceOf(name: string): Allowance {
    const version = `${this.#inForce.version} ${this.#world.shops.size}`;
    if (version !== this.#version) this.#known.clear();
    this.#version = version;
    const known = this.#known.get(name) ?? this.#computed(name);
    this.#known.set(name, known);
    return known;
  }

  #computed(name: string): Allowance {
    // Where somebody has removed everything the last shop has no services, and none that go by steps.
    const shop = [...this.#world.shops.values()].find(({ stepsFrom }) => stepsFrom !== undefined) ?? {};
    const ever = [...this.#world.shops.values()].flatMap(({ services }) => services.get(name) ?? []);
    const hasVolume = ever.some((service) => service.hasVolume);
    const port = ever.find((service) => service.port !== null)?.port ?? null;
    let fewest = Number.POSITIVE_INFINITY;
    let most = 0;
    for (const service of this.#inForce.of(name)) {
      if (service === null) {
        fewest = 0;
        continue;
      }
      fewest = Math.min(fewest, service.replicas - allowedMissing({ ...service, hasVolume, port }));
      most = Math.max(most, service.replicas + surge(service, shop));
    }
    let check: SimService['check'] = 'probe';
    for (const service of ever)
      if (WEAKNESS.indexOf(service.check) < WEAKNESS.indexOf(check)) check = service.check;
    return { fewest: Math.max(0, Number.isFinite(fewest) ? fewest : 0), most, check };
  }
}
