// Hosts that do not answer, hosts that leave, and a store that is gone.

import { hasConverged } from '../../../../src/sim/run/judgement.ts';
import { service, shopOf } from '../../plain-shop.ts';
import type { Condition } from '../scenario.ts';
import { isIn, isSettled, runs, type Scenario } from '../scenario.ts';
import { approve, changed, commit, cut, heal, loseStore } from '../steps.ts';

/** To a controller that began since, it is unknown. */
const isSilent =
  (name: string): Condition =>
  (world) =>
    world.active?.controller
      .status()
      .hosts.some(
        (host) => host.name === name && (host.state === 'unreachable' || host.state === 'unknown'),
      ) ?? false;

/** What is said of the service. */
const says =
  (name: string, what: string): Condition =>
  (world) =>
    world.active?.controller.status().services.some((s) => s.name === name && s.because.includes(what)) ??
    false;

const onlyReports: Condition = (world) => world.active?.controller.status().phase === 'reportOnly';

export const HOSTS: readonly Scenario[] = [
  {
    name: 'silent-host',
    shows: 'a host stops answering in the middle of a rollout, which waits for it and goes on',
    shop: shopOf(3, service('web', { replicas: 3, port: 8_080 })),
    steps: [
      commit('sets web to 4', changed('web', { tag: '4' })),
      cut('h3', runs('web', '4', 1)),
      heal('h3', (world) => isSilent('h3')(world) && isIn('progressing')(world)),
    ],
  },
  {
    name: 'silent-host-at-rest',
    shows: 'a commit while a host does not answer: the others go on as far as they may',
    shop: shopOf(3, service('web', { replicas: 3, maxUnavailable: 1 })),
    steps: [
      cut('h2', isSettled),
      commit('sets web to 4', changed('web', { tag: '4' }), isSilent('h2')),
      heal('h2', runs('web', '4', 3)),
    ],
  },
  {
    name: 'silent-host-recreate',
    shows:
      'nothing is stopped that none could follow while an old one may run on a host that does not answer',
    shop: shopOf(2, service('web', { replicas: 2, strategy: 'recreate' })),
    steps: [
      cut('h2', isSettled),
      commit('sets web to 4', changed('web', { tag: '4' }), isSilent('h2')),
      heal('h2', says('web', 'nothing is stopped')),
    ],
  },
  {
    name: 'silent-database',
    shows: 'the only writer of a volume is not started elsewhere while its host does not answer',
    shop: shopOf(2, service('db', { hasVolume: true }), service('web')),
    steps: [
      cut('h1', isSettled),
      commit('sets db to 4', changed('db', { tag: '4' }), isSilent('h1')),
      heal('h1', (world) => isSilent('h1')(world) && isIn('progressing', 'db')(world)),
    ],
  },
  {
    name: 'drained-host',
    shows: 'a host that leaves the repository is drained first',
    shop: shopOf(3, service('web', { replicas: 3 })),
    steps: [commit('removes h3', (shop) => ({ ...shop, hosts: ['h1', 'h2'] }))],
    end: hasConverged,
  },
  {
    name: 'lost-store',
    shows: 'a store that was lost is refilled from labels; nothing changes before a person approves',
    shop: shopOf(2, service('web', { replicas: 2 }), service('db', { hasVolume: true })),
    steps: [
      loseStore(isSettled),
      approve(onlyReports),
      commit('sets web to 4', changed('web', { tag: '4' })),
    ],
  },
];
