// Shops whose hosts can reach each other, so that services connect across them. With chance of its own, so that those
// of other shops stay as they were.

import type { Random } from '../../ports/clock.ts';
import { chance } from '../core/random.ts';
import type { SimShop } from './shop.ts';

/** Where the load balancers of other hosts find that of this one. */
export const meshAddressOf = (host: string): string => `10.50.0.${host.replaceAll(/\D/g, '')}`;

/** Where services connect to each other, in half of the shops. */
export const meshed = (random: Random, shop: SimShop): SimShop =>
  shop.hasConnections === true && chance(random, 0.5) ? { ...shop, hasMesh: true } : shop;

/** Keys of a Host. */
export const meshKeys = (host: string, { hasMesh }: SimShop): object =>
  hasMesh === true ? { meshAddress: meshAddressOf(host) } : {};
