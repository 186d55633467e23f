// Versions that do not work: rolled back, paused, frozen, superseded, or never found.
import type { World } from '../../../../src/sim/world/world.ts';
import { service, shopOf } from '../../plain-shop.ts';
import { isIn, runs, type Scenario } from '../scenario.ts';
import { changed, command, commit, event } from '../steps.ts';

/** A database that everything in the image waited for is back, say. */
function mendWeb(world: World): void {
  for (const { engine } of world.hosts.values())
    for (const container of engine.machine.containers.values())
      engine.changeBehaviour(container.id, { sickAfterMs: null });
}

export const FAILURES: readonly Scenario[] = [
  {
    name: 'rollback-crashing',
    shows: 'an image that exits at once is rolled back and quarantined',
    shop: shopOf(2, service('web', { replicas: 2, check: 'none' })),
    steps: [commit('sets web to crash', changed('web', { tag: 'crash' }))],
    end: isIn('held'),
  },
  {
    name: 'rollback-sick',
    shows: 'an image that never becomes ready is given up at its deadline',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [commit('sets web to sick', changed('web', { tag: 'sick' }))],
    end: isIn('held'),
  },
  {
    name: 'rollback-recreate',
    shows: 'a crashing image under `recreate`: the old version comes back',
    shop: shopOf(2, service('web', { replicas: 2, strategy: 'recreate' })),
    steps: [commit('sets web to crash', changed('web', { tag: 'crash' }))],
    end: isIn('held'),
  },
  {
    name: 'rollback-mended',
    shows: 'after a rollback the next commit is deployed as any other',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      commit('sets web to crash', changed('web', { tag: 'crash' })),
      commit('sets web to 4', changed('web', { tag: '4' }), isIn('held')),
    ],
  },
  {
    name: 'pause-and-resume',
    shows: '`onFailure: pause`: a person mends the cause and resumes',
    shop: shopOf(2, service('web', { onFailure: 'pause' })),
    steps: [
      commit('sets web to sick', changed('web', { tag: 'sick' })),
      event('somebody mends what made web sick', isIn('paused'), mendWeb),
      command('resume', 'web', isIn('paused')),
    ],
  },
  {
    name: 'pause-and-abort',
    shows: '`onFailure: pause`: a person gives the version up',
    shop: shopOf(2, service('web', { replicas: 2, onFailure: 'pause' })),
    steps: [
      commit('sets web to sick', changed('web', { tag: 'sick' })),
      command('abort', 'web', isIn('paused')),
    ],
    end: isIn('held'),
  },
  {
    name: 'freeze',
    shows: '`onFailure: freeze`: everything stays as it is until the next commit',
    shop: shopOf(2, service('web', { replicas: 2, onFailure: 'freeze' })),
    steps: [
      commit('sets web to sick', changed('web', { tag: 'sick' })),
      commit('sets web to 4', changed('web', { tag: '4' }), isIn('failed')),
    ],
  },
  {
    name: 'supersede',
    shows: 'a second commit in the middle of a rollout that makes no progress',
    shop: shopOf(3, service('web', { replicas: 3 })),
    steps: [
      commit('sets web to sick', changed('web', { tag: 'sick' })),
      commit('sets web to 4', changed('web', { tag: '4' }), runs('web', 'sick', 1)),
    ],
  },
  {
    name: 'supersede-back',
    shows: 'a second commit in the middle of a rollout takes the first one back',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      commit('sets web to late', changed('web', { tag: 'late' })),
      commit('sets web to 1', changed('web', { tag: '1' }), runs('web', 'late', 1)),
    ],
  },
  {
    name: 'image-missing',
    shows: 'a tag that is not in the registry changes nothing until it is mended',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      commit('sets web to gone', changed('web', { tag: 'gone' })),
      commit('sets web to 4', changed('web', { tag: '4' }), isIn('blocked')),
    ],
  },
];
