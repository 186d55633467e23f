// How a service passes from one version to the next: every strategy, and what a commit can change.

import { service, shopOf } from '../../plain-shop.ts';
import type { Scenario } from '../scenario.ts';
import { changed, commit } from '../steps.ts';

export const ROLLOUTS: readonly Scenario[] = [
  {
    name: 'first',
    shows: 'the first deployment: networks, a config, a private image, two services',
    shop: shopOf(
      2,
      service('web', { replicas: 2, config: 'colour = blue' }),
      service('worker', { check: 'none' }),
    ),
    steps: [],
  },
  {
    name: 'surge',
    shows: 'a rolling update that starts one more before it stops one',
    shop: shopOf(3, service('web', { replicas: 3 })),
    steps: [commit('sets web to 4', changed('web', { tag: '4' }))],
  },
  {
    name: 'surge-none',
    shows: 'a rolling update without surge: one is stopped before the next one starts',
    shop: shopOf(3, service('web', { replicas: 3, maxSurge: 0, maxUnavailable: 1, check: 'health' })),
    steps: [commit('sets web to 4', changed('web', { tag: '4' }))],
  },
  {
    name: 'surge-and-unavailable',
    shows: 'a rolling update that may start two more and miss one',
    shop: shopOf(2, service('web', { replicas: 4, maxSurge: 2, maxUnavailable: 1 })),
    steps: [commit('sets web to 2', changed('web', { tag: '2' }))],
  },
  {
    name: 'recreate',
    shows: 'all old ones are stopped before the first new one starts',
    shop: shopOf(2, service('web', { replicas: 2, strategy: 'recreate' })),
    steps: [commit('sets web to 4', changed('web', { tag: '4' }))],
  },
  {
    name: 'single-writer',
    shows: 'a database with a volume: one writer at most, on the host of its data',
    shop: shopOf(2, service('db', { hasVolume: true, tag: '3' })),
    steps: [commit('sets db to 2', changed('db', { tag: '2' }))],
  },
  {
    name: 'depends-on',
    shows: 'an api that waits for its database, at first and when both change',
    shop: shopOf(2, service('db', { hasVolume: true }), service('api', { replicas: 2, dependsOn: ['db'] })),
    steps: [
      commit('sets both to 4', (shop) => changed('api', { tag: '4' })(changed('db', { tag: '4' })(shop))),
    ],
  },
  {
    name: 'config',
    shows: 'a changed config is a new volume, new containers, and the old volume goes when nothing needs it',
    shop: shopOf(2, service('web', { replicas: 2, config: 'colour = blue' })),
    steps: [commit('paints web red', changed('web', { config: 'colour = red' }))],
  },
  {
    name: 'fixed-ports',
    shows: 'as many replicas as hosts with one port: each new one waits for the port of an old one',
    shop: shopOf(2, service('web', { replicas: 2, port: 8_080 })),
    steps: [commit('sets web to 4', changed('web', { tag: '4' }))],
  },
];
