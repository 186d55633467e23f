// Hosts that do not answer when something is wanted of them, that leave meanwhile, and that come back. Only
// told, like the troubles.

import type { World } from '../../../../src/sim/world/world.ts';
import { service, shopOf } from '../../plain-shop.ts';
import { after, always, both, isQuiet, isSettled, type Scenario, said, since } from '../scenario.ts';
import { changed, commit, crash, cut, event, heal, without } from '../steps.ts';

const MINUTE_MS = 60_000;

const withHosts =
  (...hosts: readonly string[]) =>
  (shop: World['shop']): World['shop'] => ({ ...shop, hosts });

export const SILENCES: readonly Scenario[] = [
  {
    name: 'smaller-while-silent',
    shows: 'a replica that has to go and cannot be reached is told to wait, and goes when its host is back',
    shop: shopOf(3, service('web', { replicas: 3 })),
    steps: [
      cut('h3', isSettled),
      commit('scales web to 2', changed('web', { replicas: 2 }), said('host/unreachable')),
      heal('h3', after(20)),
    ],
  },
  {
    name: 'host-that-never-came',
    shows: 'a new host that does not answer is waited for a moment, and then named as the reason',
    shop: {
      ...shopOf(1, service('web', { strategy: 'recreate', zone: 'a' })),
      machines: ['h1', 'h2'],
      hostRules: new Map([['h1', { zone: 'a' }]]),
    },
    steps: [
      cut('h2', isSettled),
      commit(
        'sets web to 4, on h2',
        (shop) => ({
          ...changed('web', { tag: '4', zone: 'b' })(shop),
          hosts: ['h1', 'h2'],
          hostRules: new Map([
            ['h1', { zone: 'a' }],
            ['h2', { zone: 'b' }],
          ]),
        }),
        always,
      ),
      // Just when the first look at h2 has had its time, and before anything else asks for a new plan.
      commit('wants web on h1 again', changed('web', { tag: '4', zone: 'a' }), after(15.6)),
      heal('h2', after(5)),
    ],
  },
  {
    name: 'images-of-a-silent-host',
    shows: 'what was pulled on a host that does not answer is remembered, and removed when nothing needs it',
    shop: shopOf(2, service('web', { replicas: 2, history: 1 })),
    steps: [
      cut('h2', isSettled),
      crash(always),
      heal('h2', after(20)),
      commit('sets web to 2', changed('web', { tag: '2' })),
      commit('sets web to 4', changed('web', { tag: '4' }), both(isSettled, isQuiet)),
    ],
    end: both(isSettled, isQuiet),
  },
  {
    name: 'host-opens-again',
    shows: 'what waits for room goes on when a host takes new containers again',
    shop: {
      ...shopOf(2, service('web', { replicas: 2, maxPerHost: 1 })),
      hostRules: new Map([['h2', { isDrained: true }]]),
    },
    steps: [commit('opens h2', (shop) => ({ ...shop, hostRules: new Map() }), after(20))],
  },
  {
    name: 'gone-with-its-host',
    shows: 'a service that is removed together with its silent host leaves nothing in the store',
    shop: shopOf(2, service('web', { maxPerHost: 1, replicas: 2 }), service('db', { hasVolume: true })),
    steps: [
      cut('h1', isSettled),
      commit(
        'removes h1 and db',
        (shop) => changed('web', { replicas: 1 })(without('db')(withHosts('h2')(shop))),
        said('host/unreachable'),
      ),
    ],
    end: since(2 * MINUTE_MS, always),
  },
  {
    name: 'changed-while-silent',
    shows: 'what somebody has changed while a host was silent is put right as soon as it is back',
    shop: shopOf(1, service('web', { replicas: 4 })),
    steps: [
      cut('h1', isSettled),
      event('somebody sets limits on h1', said('host/unreachable'), (world) => {
        for (const { engine } of world.hosts.values())
          for (const { id, limits, restartPolicy } of engine.machine.containers.values())
            engine.people.update(id, { limits: { ...limits, memoryBytes: 32 * 2 ** 20 }, restartPolicy });
      }),
      heal('h1', always),
    ],
  },
  {
    name: 'given-up-and-back',
    shows: 'a host that was given up and comes back is taken for a new one: its configs are filled again',
    shop: shopOf(2, service('web', { replicas: 2, config: 'one', maxPerHost: 1 })),
    steps: [
      cut('h2', isSettled),
      commit(
        'removes h2',
        (shop) => changed('web', { replicas: 1 })(withHosts('h1')(shop)),
        said('host/unreachable'),
      ),
      heal('h2', after(120)),
      commit(
        'wants h2 again',
        (shop) => changed('web', { replicas: 2 })(withHosts('h1', 'h2')(shop)),
        always,
      ),
    ],
  },
];
