// What people command, and what they do to containers without asking.

import { NamespaceName, ServiceName } from '../../../../src/kernel/ids.ts';
import { networkName } from '../../../../src/kernel/owner.ts';
import { NAMESPACE } from '../../../../src/sim/shop/shop.ts';
import { service, shopOf } from '../../plain-shop.ts';
import { both, type Condition, isIn, isQuiet, isSettled, type Scenario } from '../scenario.ts';
import { changed, command, commit, meddle } from '../steps.ts';

const NETWORK = networkName(NamespaceName.parse(NAMESPACE), ServiceName.parse('web'));
const SMALL_MEMORY_BYTES = 32 * 2 ** 20;

const OLD_MS = 60_000;
/** What becomes sick at some age is well again for as long once it was restarted. */
const isOld: Condition = (world) => world.scheduler.nowMs >= OLD_MS && isSettled(world);

export const PEOPLE: readonly Scenario[] = [
  {
    name: 'restart',
    shows: 'a restart replaces every container, one after the other',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [command('restart', 'web')],
  },
  {
    name: 'rollback-by-hand',
    shows: 'a person goes back to the version before, which then holds',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [commit('sets web to 4', changed('web', { tag: '4' })), command('rollback', 'web')],
    end: isIn('held'),
  },
  {
    name: 'retry',
    shows: 'a quarantined version gets another chance when a person says so, and fails again',
    shop: shopOf(2, service('web', { replicas: 1, check: 'none' })),
    steps: [
      commit('sets web to crash', changed('web', { tag: 'crash' })),
      // What failed first has been cleared away: numbers and networks are free again.
      command('retry', 'web', both(isIn('held'), isQuiet)),
    ],
    end: isIn('held'),
  },
  {
    name: 'removed-by-hand',
    shows: 'a container that somebody removed is made anew',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      meddle('somebody removes a container', 'web', isSettled, ({ engine }, { id }) => {
        engine.people.remove(id);
      }),
    ],
  },
  {
    name: 'stopped-by-hand',
    shows: 'a container that somebody stopped is started again',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      meddle('somebody stops a container', 'web', isSettled, ({ engine }, { id }) => {
        engine.people.stop(id);
      }),
    ],
  },
  {
    name: 'limits-by-hand',
    shows: 'limits that somebody changed are put right in place',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      meddle('somebody changes the limits', 'web', isSettled, ({ engine }, { id, limits, restartPolicy }) => {
        engine.people.update(id, { limits: { ...limits, memoryBytes: SMALL_MEMORY_BYTES }, restartPolicy });
      }),
    ],
  },
  {
    name: 'disconnected-by-hand',
    shows: 'a container that somebody took out of its network is connected again',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      meddle('somebody disconnects a container', 'web', isSettled, ({ engine }, { id }) => {
        engine.people.disconnect(NETWORK, id);
      }),
    ],
  },
  {
    name: 'sick-replica',
    shows: 'a replica that becomes sick is restarted, and is well again',
    shop: shopOf(2, service('web', { replicas: 2, check: 'health' })),
    steps: [
      meddle('a replica becomes sick', 'web', isOld, ({ engine }, { id, run }) => {
        const forMs = run === null ? 0 : engine.machine.clock.monotonicMs() - run.beganMs;
        engine.changeBehaviour(id, { sickAfterMs: forMs });
      }),
    ],
  },
];
