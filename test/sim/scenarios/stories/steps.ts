// Services that are deployed by steps, with a part of the requests for the new revision.

import type { ServedPort } from '../../../../src/sim/shop/connections.ts';
import type { SimService, SimShop } from '../../../../src/sim/shop/shop.ts';
import { service, shopOf } from '../../plain-shop.ts';
import { isIn, runs, type Scenario } from '../scenario.ts';
import { changed, command, commit } from '../steps.ts';

const HTTP: ServedPort = { port: 8_080, protocol: 'http' };
const web = service('web', { connects: [{ service: 'api', port: HTTP.port }] });

/** By which steps `api` is deployed: its number in the simulator's list. */
const BY = { oneReplica: 0, blueGreen: 5, tenPerCent: 4, compared: 1, confirmed: 2 } as const;

const shopBy = (steps: keyof typeof BY, api: Partial<SimService> = {}): SimShop => ({
  ...shopOf(1, service('api', { serves: [HTTP], replicas: 2, check: 'probe', ...api }), web),
  stepsFrom: BY[steps],
});
const update = commit('sets api to 4', changed('api', { tag: '4' }));

export const STEPS: readonly Scenario[] = [
  {
    name: 'canary',
    shows: 'a new revision gets 10 % of the requests, then half, then all',
    shop: shopBy('tenPerCent'),
    steps: [update],
  },
  {
    name: 'canary-aborted',
    shows: 'a person gives a new revision up in the middle of its steps',
    shop: shopBy('confirmed'),
    steps: [
      update,
      command('abort', 'api', runs('api', '4', 1)),
      commit('sets api to 2', changed('api', { tag: '2' }), isIn('held', 'api')),
      command('promote', 'api', runs('api', '2', 1)),
    ],
  },
  {
    name: 'canary-superseded',
    shows: 'a third revision begins its steps while the second one is in the middle of its own',
    shop: shopBy('confirmed'),
    steps: [
      update,
      commit('sets api to 2', changed('api', { tag: '2' }), runs('api', '4', 1)),
      command('promote', 'api', runs('api', '2', 1)),
    ],
  },
  {
    name: 'blue-green',
    shows: 'all requests go over to the new revision at once, and the old one stays whole for a while',
    shop: shopBy('blueGreen'),
    steps: [update],
  },
];

/** Told without crashes. */
export const MORE_STEPS: readonly Scenario[] = [
  {
    name: 'canary-confirmed',
    shows: 'a new revision waits for a person with 1 % of the requests',
    shop: shopBy('confirmed'),
    steps: [update, command('promote', 'api', runs('api', '4', 1))],
  },
  {
    name: 'canary-sick',
    shows: 'a new revision that does not become ready never gets a request',
    shop: shopBy('oneReplica'),
    steps: [
      commit('sets api to sick', changed('api', { tag: 'sick' })),
      commit('sets api to 4', changed('api', { tag: '4' }), isIn('held', 'api')),
    ],
  },
];
