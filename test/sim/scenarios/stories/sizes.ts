// More and fewer replicas, and services that come and go.

import { service, shopOf } from '../../plain-shop.ts';
import { both, isQuiet, isSettled, type Scenario } from '../scenario.ts';
import { changed, commit, without, withService } from '../steps.ts';

export const SIZES: readonly Scenario[] = [
  {
    name: 'scale-up',
    shows: 'one replica becomes four',
    shop: shopOf(3, service('web')),
    steps: [commit('scales web to 4', changed('web', { replicas: 4 }))],
  },
  {
    name: 'scale-down',
    shows: 'four replicas become one',
    shop: shopOf(3, service('web', { replicas: 4, check: 'health' })),
    steps: [commit('scales web to 1', changed('web', { replicas: 1 }))],
  },
  {
    name: 'scale-to-none',
    shows: 'a service without replicas leaves nothing running, and comes back',
    shop: shopOf(2, service('web', { replicas: 2 })),
    steps: [
      commit('scales web to 0', changed('web', { replicas: 0 })),
      commit('scales web to 2', changed('web', { replicas: 2 }), both(isSettled, isQuiet)),
    ],
  },
  {
    name: 'prune',
    shows: 'a service that no commit wants any more goes, and its data stay',
    shop: shopOf(2, service('web', { replicas: 2 }), service('db', { hasVolume: true })),
    steps: [commit('removes db', without('db'))],
  },
  {
    name: 'prune-in-order',
    shows: 'what others depend on goes after them',
    shop: shopOf(2, service('mail'), service('db'), service('api', { replicas: 2, dependsOn: ['db'] })),
    steps: [commit('removes api and db', without('api', 'db'))],
  },
  {
    name: 'removed-and-wanted-again',
    shows: 'a service that was removed comes back with its data',
    shop: shopOf(2, service('web'), service('db', { hasVolume: true })),
    steps: [
      commit('removes db', without('db')),
      commit('wants db again', withService(service('db', { hasVolume: true, tag: '4' })), isQuiet),
    ],
  },
];
