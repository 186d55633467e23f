// What people and servers do to the repository and the registry.

import type { Random } from '../../ports/clock.ts';
import { pick } from '../core/random.ts';
import { REGISTRY_OUTAGES } from '../registry/sim-registry.ts';
import { GOOD_TAGS } from '../shop/behaviour.ts';
import { drawChange } from '../shop/draw.ts';
import { imageName } from '../shop/shop.ts';
import { outageOf, type World } from '../world/world.ts';
import type { SourceFault } from './fault.ts';

function rewrite(world: World, random: Random): string {
  if (world.shop.isEmpty) return 'there is nothing to rewrite';
  const { shop } = drawChange(random, world.shop);
  const commits = world.repository.commits();
  const onto = commits.length > 1 ? pick(random, commits.slice(0, -1)) : null;
  return world.forcePush(shop, onto);
}

/** Strikes, and says in a few words what it hit. */
export function strikeSource(world: World, fault: SourceFault, random: Random): string {
  switch (fault.kind) {
    case 'commit': {
      if (world.shop.isEmpty) return 'there is nothing to change';
      const { shop, what } = drawChange(random, world.shop);
      world.commit(shop, what);
      return what;
    }
    case 'brokenCommit': {
      if (world.shop.isEmpty) return 'there is nothing to break';
      // Whatever else it changes must not be seen either.
      const { shop, what } = drawChange(random, world.shop);
      world.commit({ ...shop, broken: true }, `is broken and ${what}`);
      return 'a file that is no manifest';
    }
    case 'forcePush':
      return rewrite(world, random);
    case 'branchDeleted': {
      world.repository.deleteBranch();
      world.scheduler.after(fault.forMs, () => world.restoreBranch());
      return 'main';
    }
    case 'emptied': {
      const before = world.shop;
      world.commit({ hosts: [], services: new Map(), broken: false, isEmpty: true }, 'removes everything');
      world.scheduler.after(fault.forMs, () => {
        if (world.shop.isEmpty) world.commit({ ...before, broken: false }, 'puts everything back');
      });
      return 'no manifests at all';
    }
    case 'gitDown':
      world.gitOutage = outageOf('git');
      world.scheduler.after(fault.forMs, () => {
        world.gitOutage = null;
      });
      return '';
    case 'syncStorm':
      for (let n = 0; n < fault.times; n += 1)
        world.scheduler.after(n * 20, () => void world.active?.controller.sync(null).catch(() => {}));
      return `${fault.times} times`;
    case 'registryDown':
      world.registry.outage = REGISTRY_OUTAGES[fault.how];
      world.scheduler.after(fault.forMs, () => {
        world.registry.outage = null;
      });
      return fault.how;
    case 'tagMoved': {
      const service = pick(random, [...world.shop.services.keys(), 'web']);
      const reference = `${imageName(service)}:${pick(random, GOOD_TAGS)}`;
      world.registry.push(reference);
      return reference;
    }
    default:
      return fault satisfies never;
  }
}
