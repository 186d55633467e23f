// Services that connect to each other: their load balancer comes before them and goes after them, and no request is
// lost on the way.

import type { ServedPort, SimConnection } from '../../../../src/sim/shop/connections.ts';
import type { SimService } from '../../../../src/sim/shop/shop.ts';
import { service, shopOf } from '../../plain-shop.ts';
import type { Scenario } from '../scenario.ts';
import { changed, commit, without } from '../steps.ts';

const HTTP: ServedPort = { port: 8_080, protocol: 'http' };
const to = (name: string): SimConnection => ({ service: name, port: HTTP.port });
const serving = (name: string, change: Partial<SimService> = {}): SimService =>
  service(name, { serves: [HTTP], ...change });
const web = service('web', { connects: [to('api')] });

export const CONNECTIONS: readonly Scenario[] = [
  {
    name: 'connected',
    shows:
      'the first deployment of a service and of one that connects to it: the way is there before the first request',
    shop: shopOf(1, serving('api', { replicas: 2 }), web),
    steps: [],
  },
  {
    name: 'connected-update',
    shows: 'requests go on while what answers them is replaced',
    shop: shopOf(1, serving('api', { replicas: 2 }), web),
    steps: [commit('sets api to 4', changed('api', { tag: '4' }))],
  },
  {
    name: 'connected-removal',
    shows: 'what connects is removed before what it connects to, and then the load balancer',
    shop: shopOf(1, service('worker'), serving('api', { replicas: 2 }), web),
    steps: [commit('removes web and api', without('web', 'api'))],
  },
  {
    name: 'connected-to-more',
    shows: 'one more connection by the same port needs one more network',
    shop: shopOf(1, serving('api'), serving('cache'), web),
    steps: [
      commit('connects web to cache', changed('web', { connects: [to('api'), to('cache')] })),
      commit('disconnects web from api', changed('web', { connects: [to('cache')] })),
    ],
  },
];
