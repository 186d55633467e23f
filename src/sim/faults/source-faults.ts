// What people and servers do to the repository and the registry.

import type { Random } from '../../ports/clock.ts';
import { chance, pick } from '../core/random.ts';
import { REGISTRY_OUTAGES } from '../registry/sim-registry.ts';
import { GOOD_TAGS } from '../shop/behaviour.ts';
import { changedConnections } from '../shop/connections.ts';
import { drawChange } from '../shop/draw.ts';
import { changedMore } from '../shop/draw-more.ts';
import { settled } from '../shop/furnish.ts';
import { imageName } from '../shop/shop.ts';
import { drawSweep } from '../shop/sweep.ts';
import { outageOf, type World } from '../world/world.ts';
import type { SourceFault } from './fault.ts';

const COPY_LOST_MS = 1_000;

/** Chance of faults: what was drawn before there was the next one stays as it was. */
export interface SourceChances {
  readonly usual: Random;
  readonly more: Random;
  readonly connections: Random;
}

function rewrite(world: World, { usual, connections }: SourceChances): string {
  if (world.shop.isEmpty) return 'there is nothing to rewrite';
  const shop = settled(changedConnections(connections, drawChange(usual, world.shop)).shop);
  const commits = world.repository.commits();
  const onto = commits.length > 1 ? pick(usual, commits.slice(0, -1)) : null;
  return world.forcePush(shop, onto);
}

/** The copies of sources are gone, and a new process has nothing to read. */
function loseCopies(world: World, random: Random): string {
  const which = pick(random, ['last', 'all'] as const);
  world.loseCopies(which);
  for (const process of world.processes) world.crash(process, COPY_LOST_MS, 'to lose its copies');
  return `the local copies of ${which === 'all' ? 'all sources' : 'the last source'} are lost`;
}

/** Strikes, and says in a few words what it hit. */
export function strikeSource(world: World, fault: SourceFault, chances: SourceChances): string {
  const { usual: random, more, connections } = chances;
  switch (fault.kind) {
    case 'commit': {
      if (world.shop.isEmpty) return 'there is nothing to change';
      const usual = drawChange(random, world.shop);
      const change = world.isPlain ? usual : changedMore(more, usual, world.isStoreSafe);
      const { shop, what } = changedConnections(connections, change);
      world.commit(shop, what);
      return what;
    }
    case 'brokenCommit': {
      if (world.shop.isEmpty) return 'there is nothing to break';
      // Whatever else it changes must not be seen either.
      const change = changedConnections(connections, drawChange(random, world.shop));
      const shop = settled(change.shop);
      const { what } = change;
      world.commit({ ...shop, broken: true }, `is broken and ${what}`);
      return 'a file that is no manifest';
    }
    case 'sweepingCommit': {
      if (world.shop.isEmpty) return 'there is nothing to remove';
      const { shop, what } = changedConnections(connections, drawSweep(random, world.shop));
      world.commit(shop, what);
      return what;
    }
    case 'forcePush':
      return rewrite(world, chances);
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
      return world.isPlain || chance(more, 0.6) ? 'the local copies stay' : loseCopies(world, more);
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
