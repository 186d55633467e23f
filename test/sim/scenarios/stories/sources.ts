// Commits that are held, refused or approved, and tags that move.

import { hasConverged } from '../../../../src/sim/run/judgement.ts';
import { imageName } from '../../../../src/sim/shop/shop.ts';
import type { World } from '../../../../src/sim/world/world.ts';
import { service, shopOf } from '../../plain-shop.ts';
import { type Condition, isHeld, isSettled, type Scenario } from '../scenario.ts';
import { approve, changed, commit, event, restartWithPull, without } from '../steps.ts';

const SMALL = { check: 'none' } as const;
const MANY = [
  service('web', SMALL),
  service('api', SMALL),
  service('worker', SMALL),
  service('db', SMALL),
  service('cache', SMALL),
  service('mail', SMALL),
];

const nothing = { hosts: [], services: new Map(), broken: false, isEmpty: true };

const isRefused: Condition = (world) =>
  world.active?.controller.status().sources.some(({ problems }) => problems.length > 0) ?? false;

function rewrite(world: World): void {
  const first = world.repository.commits()[0];
  if (first === undefined) throw new Error('a world has at least one commit');
  world.forcePush(changed('web', { tag: '4' })(world.shop), first);
  void world.active?.controller.sync(null).catch(() => {});
}

export const SOURCES: readonly Scenario[] = [
  {
    name: 'hold-and-approve',
    shows: 'a commit that removes five of six services is held until a person approves',
    shop: shopOf(2, ...MANY),
    steps: [commit('removes nearly all', without('api', 'worker', 'db', 'cache', 'mail')), approve(isHeld)],
  },
  {
    name: 'hold-and-take-back',
    shows: 'a held commit that is followed by a harmless one removes nothing',
    shop: shopOf(2, ...MANY),
    steps: [
      commit('removes nearly all', without('api', 'worker', 'db', 'cache', 'mail')),
      commit(
        'puts it back',
        () => ({ ...shopOf(2, ...MANY, service('web', { ...SMALL, tag: '4' })) }),
        isHeld,
      ),
    ],
  },
  {
    name: 'empty-and-approve',
    shows: 'a commit without any manifest is held; approved, it clears the hosts',
    shop: shopOf(2, service('web', { replicas: 2 }), service('worker', SMALL)),
    steps: [commit('removes everything', () => nothing), approve(isHeld)],
    end: hasConverged,
  },
  {
    name: 'forced-push',
    shows: 'a rewritten branch is held until a person approves',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      commit('sets web to 2', changed('web', { tag: '2' })),
      event('somebody rewrites the branch', isSettled, rewrite),
      approve(isHeld),
    ],
  },
  {
    name: 'broken-and-mended',
    shows: 'a commit that is no valid manifest is refused whole; the next one is deployed',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      commit('is broken', (shop) => ({ ...changed('web', { tag: '2' })(shop), broken: true })),
      commit('sets web to 4', changed('web', { tag: '4' }), isRefused),
    ],
  },
  {
    name: 'moved-tag',
    shows: 'a tag that was moved changes nothing until somebody restarts with --pull',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      event('somebody pushes the tag again', isSettled, (world) => {
        world.registry.push(`${imageName('web')}:1`);
      }),
      restartWithPull('web'),
    ],
  },
];
