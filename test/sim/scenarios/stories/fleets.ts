// Hosts that come and move, images that no registry gives, and what is left to go back to.

import { REGISTRY_OUTAGES } from '../../../../src/sim/registry/sim-registry.ts';
import type { SimShop } from '../../../../src/sim/shop/shop.ts';
import type { World } from '../../../../src/sim/world/world.ts';
import { service, shopOf } from '../../plain-shop.ts';
import { both, isHeld, isIn, isQuiet, isSettled, runs, type Scenario } from '../scenario.ts';
import { approve, changed, command, commit, event, without } from '../steps.ts';

const withAddress =
  (host: string) =>
  (shop: SimShop): SimShop => ({ ...shop, hostRules: new Map(shop.hostRules).set(host, { address: 1 }) });

const loseRegistry = (world: World): void => {
  world.registry.outage = REGISTRY_OUTAGES.unreachable;
};

/** Nothing is to be done any more, for the newest commit either. */
const isAtRest = both(
  both(isSettled, isQuiet),
  (world) => world.active?.controller.status().commit === world.repository.head,
);

const SIX = ['web', 'api', 'worker', 'db', 'cache', 'mail'].map((name) => service(name, { check: 'none' }));

export const FLEETS: readonly Scenario[] = [
  {
    name: 'moved-host',
    shows: 'a host that gets another address keeps what runs there, and is followed there',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      commit('gives h2 another address', withAddress('h2'), isAtRest),
      commit('sets web to 4', changed('web', { tag: '4' }), isAtRest),
    ],
  },
  {
    name: 'new-host',
    shows: 'a host that joins the fleet takes its part',
    shop: { ...shopOf(2, service('web', { replicas: 2, maxPerHost: 1 })), machines: ['h1', 'h2', 'h3'] },
    steps: [
      commit('adds h3', (shop) => ({ ...shop, hosts: ['h1', 'h2', 'h3'] }), isAtRest),
      commit('scales web to 3', changed('web', { replicas: 3 }), isAtRest),
    ],
  },
  {
    name: 'registry-gone',
    shows: 'a registry that fails once the first replica has been stopped costs nothing',
    shop: shopOf(3, service('web', { replicas: 3, strategy: 'recreate', maxPerHost: 1 })),
    steps: [
      commit('sets web to 4', changed('web', { tag: '4' })),
      event('the registry is gone', (world) => !runs('web', '1', 3)(world), loseRegistry),
    ],
  },
  {
    name: 'rollback-without-registry',
    shows: 'a person goes back while no registry answers: the images were kept',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      commit('sets web to 4', changed('web', { tag: '4' })),
      event('the registry is gone', isAtRest, loseRegistry),
      command('rollback', 'web', isAtRest),
    ],
    end: both(isIn('held'), runs('web', '1', 2)),
  },
  {
    name: 'rollback-past-a-failure',
    shows: 'going back by hand leaves out what has failed',
    shop: shopOf(2, service('web', { replicas: 1, check: 'none' })),
    steps: [
      commit('sets web to crash', changed('web', { tag: 'crash' })),
      commit('sets web to 4', changed('web', { tag: '4' }), both(isIn('held'), isQuiet)),
      command('rollback', 'web', isAtRest),
    ],
    end: both(isIn('held'), runs('web', '1', 1)),
  },
  {
    name: 'pinned-image',
    shows: 'an image that is named by its digest needs no registry where it is there',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      event('the registry is gone', isAtRest, loseRegistry),
      commit('pins the image of web', changed('web', { isPinned: true })),
    ],
  },
  {
    name: 'imported-image',
    shows: 'an image that somebody has imported runs where it is, and nowhere else',
    shop: shopOf(3, service('web', { replicas: 2, imported: ['h1', 'h3'] })),
    steps: [commit('sets web to 4', changed('web', { tag: '4' }))],
  },
  {
    name: 'many-removed',
    shows: 'a commit that removes five of six services waits for a person, one that removes one does not',
    shop: shopOf(2, ...SIX),
    steps: [commit('removes five', without('web', 'api', 'worker', 'db', 'cache')), approve(isHeld)],
  },
];
