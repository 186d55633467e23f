// What the commits of the last minutes allow together: a controller may be at any of them, since commits
// take their time, are held, or are rolled back.

import type { SimService } from '../shop/shop.ts';
import { allowedMissing } from '../shop/shop.ts';
import type { World } from '../world/world.ts';

export interface Allowance {
  /** Fewest replicas that must do their work while nothing fails by itself. */
  readonly fewest: number;
  /** Most containers that may be there. */
  readonly most: number;
  /** The weakest check of all. */
  readonly check: SimService['check'];
}

const WEAKNESS = ['none', 'health', 'probe'] as const;

const surge = (service: SimService): number =>
  service.strategy === 'recreate' || service.hasVolume ? 0 : service.maxSurge;

/** They are asked for at every event and change only with a commit. */
const known = new WeakMap<World, { readonly commits: number; readonly byService: Map<string, Allowance> }>();

/** Every shop that was ever committed counts: a person may have rolled back to it. */
export function allowanceOf(world: World, name: string): Allowance {
  let cache = known.get(world);
  if (cache?.commits !== world.shops.size) {
    cache = { commits: world.shops.size, byService: new Map() };
    known.set(world, cache);
  }
  const found = cache.byService.get(name) ?? computed(world, name);
  cache.byService.set(name, found);
  return found;
}

function computed(world: World, name: string): Allowance {
  let fewest = Number.POSITIVE_INFINITY;
  let most = 0;
  let check: SimService['check'] = 'probe';
  for (const { services } of world.shops.values()) {
    const service = services.get(name);
    if (service === undefined) {
      fewest = 0;
      continue;
    }
    fewest = Math.min(fewest, service.replicas - allowedMissing(service));
    most = Math.max(most, service.replicas + surge(service));
    if (WEAKNESS.indexOf(service.check) < WEAKNESS.indexOf(check)) check = service.check;
  }
  return { fewest: Math.max(0, fewest), most, check };
}
