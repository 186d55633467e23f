// Orders that people give while a rollout is under way or has failed, each with its effect.

import { service, shopOf } from '../../plain-shop.ts';
import {
  both,
  type Condition,
  isIn,
  isQuiet,
  isSettled,
  runs,
  type Scenario,
  type Step,
} from '../scenario.ts';
import { changed, command, commit, event } from '../steps.ts';

const always: Condition = () => true;

/** No image finds room on any host. */
const fillDisks = (isFull: boolean, when: Condition): Step =>
  event(isFull ? 'all disks are full' : 'there is room again', when, (world) => {
    for (const { engine } of world.hosts.values())
      if (isFull) engine.fillDisk();
      else engine.freeDisk();
  });

const isHeldUp = isIn('progressing');

export const ORDERS: readonly Scenario[] = [
  {
    name: 'pause-in-the-middle',
    shows: 'a rollout that a person pauses stands still until it is resumed',
    shop: shopOf(3, service('web', { replicas: 4 })),
    steps: [
      commit('sets web to 4', changed('web', { tag: '4' })),
      command('pause', 'web', runs('web', '4', 1)),
      command('resume', 'web', both(isIn('paused'), isQuiet)),
    ],
  },
  {
    name: 'rollback-unready',
    shows: 'an image that says of itself that it is not ready is given up at its deadline',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [commit('sets web to unready', changed('web', { tag: 'unready' }))],
    end: isIn('held'),
  },
  {
    name: 'freeze-and-retry',
    shows: '`onFailure: freeze`: a person mends the cause and tries the same version again',
    shop: shopOf(2, service('web', { onFailure: 'freeze' })),
    steps: [
      fillDisks(true, isSettled),
      commit('sets web to 4', changed('web', { tag: '4' }), always),
      fillDisks(false, isIn('failed')),
      command('retry', 'web', isIn('failed')),
    ],
  },
  {
    name: 'abort-the-first',
    shows: 'the first version of a service is given up by a person: there is nothing to go back to',
    shop: shopOf(1, service('web', { tag: 'unready' })),
    steps: [
      command('abort', 'web', both(isHeldUp, runs('web', 'unready', 1))),
      commit('sets web to 4', changed('web', { tag: '4' }), isIn('failed')),
    ],
  },
  {
    name: 'abort-a-restart',
    shows: 'a restart that is given up leaves what it has not replaced yet',
    shop: shopOf(3, service('web', { replicas: 4 })),
    steps: [
      command('restart', 'web', both(isSettled, isQuiet)),
      // Its first replica runs: whether it is started at all must not be a matter of chance.
      command('abort', 'web', both(isHeldUp, runs('web', '1', 5))),
    ],
  },
];
