// Shops whose services are deployed by steps, with a part of the requests for the new revision. With chance of its own, so
// that those of other shops stay as they were; which steps a service has follows from its name and from a number of the shop.

import type { Random } from '../../ports/clock.ts';
import { between, chance } from '../core/random.ts';
import { isTight } from './extras.ts';
import type { SimService, SimShop } from './shop.ts';

/** Keys of a rollout. Some wait for a person, or for more requests than come in a world. */
const HTTP: readonly object[] = [
  {
    strategy: 'canary',
    steps: [{ weight: 10 }, { pause: '4s' }, { weight: 50 }, { pause: '4s' }],
    analysis: [],
  },
  { strategy: 'blueGreen', bake: '5s' },
  { strategy: 'canary', steps: [{ replicas: 1 }, { weight: 30 }, { pause: '6s' }], analysis: [], bake: '3s' },
  { strategy: 'canary', steps: [{ weight: 20 }, { pause: '3s' }, { analyze: {} }] },
  { strategy: 'canary', steps: [{ weight: 1 }, { confirm: {} }], analysis: [] },
  { strategy: 'blueGreen', promotion: 'manual', bake: '0s' },
];
/** Of connections there are no answers to compare. */
const TCP = HTTP.filter((_, at) => at !== 3);

/** Where services connect to each other, in half of the shops. */
export const stepped = (random: Random, shop: SimShop): SimShop =>
  shop.hasConnections === true && chance(random, 0.5)
    ? { ...shop, stepsFrom: between(random, 0, HTTP.length - 1) }
    : shop;

/** Two revisions of it can be there at once, and load balancers lead to it. */
export const goesBySteps = (service: SimService, { stepsFrom }: Pick<SimShop, 'stepsFrom'>): boolean =>
  stepsFrom !== undefined &&
  (service.serves ?? []).length > 0 &&
  service.strategy === 'rolling' &&
  !service.hasVolume &&
  !isTight(service);

/** Keys of a Service's rollout; none where it does not go by steps. */
export function stepKeys(service: SimService, shop: SimShop): object {
  if (!goesBySteps(service, shop)) return {};
  const kinds = service.serves?.some(({ protocol }) => protocol === 'http') === true ? HTTP : TCP;
  const sum = [...service.name].reduce((all, letter) => all + letter.charCodeAt(0), 0);
  return kinds[(sum + (shop.stepsFrom ?? 0)) % kinds.length] ?? {};
}
