// Draws a shop, and what people change in it from commit to commit.

import type { Random } from '../../ports/clock.ts';
import { between, chance, pick } from '../core/random.ts';
import { BAD_TAGS, GOOD_TAGS } from './behaviour.ts';
import type { SimService, SimShop } from './shop.ts';

export const NAMES: readonly string[] = ['web', 'api', 'worker', 'db', 'cache', 'mail'];
const FIRST_PORT = 8_000;

function drawService(random: Random, name: string, hosts: number, earlier: readonly string[]): SimService {
  const at = NAMES.indexOf(name);
  const hasVolume = name === 'db' || chance(random, 0.1);
  const port = !hasVolume && chance(random, 0.25) ? FIRST_PORT + at : null;
  const most = port === null ? 4 : hosts;
  const maxUnavailable = chance(random, 0.3) ? 1 : 0;
  return {
    name,
    tag: pick(random, GOOD_TAGS),
    replicas: hasVolume ? 1 : between(random, 1, most),
    strategy: !hasVolume && chance(random, 0.2) ? 'recreate' : 'rolling',
    maxSurge: maxUnavailable === 1 && chance(random, 0.3) ? 0 : between(random, 1, 2),
    maxUnavailable,
    check: pick(random, ['none', 'health', 'probe'] as const),
    hasVolume,
    config: chance(random, 0.3) ? 'colour = blue' : null,
    dependsOn: earlier.length > 0 && chance(random, 0.3) ? [pick(random, earlier)] : [],
    port,
    onFailure: chance(random, 0.15) ? pick(random, ['pause', 'freeze'] as const) : 'rollback',
    drift: chance(random, 0.1) ? 'report' : 'correct',
  };
}

export function drawShop(random: Random): SimShop {
  const hosts = Array.from({ length: between(random, 2, 4) }, (_, n) => `h${n + 1}`);
  const services = new Map<string, SimService>();
  const count = between(random, 2, 4);
  for (const name of NAMES.slice(0, count)) {
    services.set(name, drawService(random, name, hosts.length, [...services.keys()]));
  }
  return { hosts, services, broken: false, isEmpty: false };
}

/** What a commit does, in words for the transcript, and the shop afterwards. */
export interface ShopChange {
  readonly what: string;
  readonly shop: SimShop;
}

function withService(shop: SimShop, service: SimService): SimShop {
  return { ...shop, broken: false, services: new Map(shop.services).set(service.name, service) };
}

function otherTag(random: Random, service: SimService): string {
  return pick(
    random,
    GOOD_TAGS.filter((tag) => tag !== service.tag),
  );
}

function removeService(random: Random, shop: SimShop): ShopChange | null {
  const needed = new Set([...shop.services.values()].flatMap((s) => s.dependsOn));
  const free = [...shop.services.keys()].filter((name) => !needed.has(name));
  if (shop.services.size < 2 || free.length === 0) return null;
  const name = pick(random, free);
  const services = new Map(shop.services);
  services.delete(name);
  return { what: `removes ${name}`, shop: { ...shop, broken: false, services } };
}

function addService(random: Random, shop: SimShop): ShopChange | null {
  const name = NAMES.find((n) => !shop.services.has(n));
  if (name === undefined) return null;
  const service = drawService(random, name, shop.hosts.length, [...shop.services.keys()]);
  return { what: `adds ${name}`, shop: withService(shop, service) };
}

function scale(random: Random, shop: SimShop, service: SimService): ShopChange | null {
  if (service.hasVolume) return null;
  const replicas = between(random, 0, service.port === null ? 5 : shop.hosts.length);
  return { what: `scales ${service.name} to ${replicas}`, shop: withService(shop, { ...service, replicas }) };
}

/** One thing that somebody commits next. */
export function drawChange(random: Random, shop: SimShop): ShopChange {
  const service = pick(random, [...shop.services.values()]);
  const image = (tag: string): ShopChange => ({
    what: `sets ${service.name} to ${tag}`,
    shop: withService(shop, { ...service, tag }),
  });
  const roll = random.next();
  if (roll < 0.35) return image(otherTag(random, service));
  if (roll < 0.55) return image(pick(random, BAD_TAGS));
  if (roll < 0.63) return scale(random, shop, service) ?? image(otherTag(random, service));
  if (roll < 0.7) return addService(random, shop) ?? image(otherTag(random, service));
  if (roll < 0.77) return removeService(random, shop) ?? image(otherTag(random, service));
  if (roll < 0.84) return { what: 'is broken', shop: { ...shop, broken: true } };
  if (roll < 0.92 && service.config !== null)
    return {
      what: `changes the config of ${service.name}`,
      shop: withService(shop, { ...service, config: `colour = ${Math.floor(random.next() * 1_000)}` }),
    };
  const maxSurge = between(random, 1, 3);
  return {
    what: `sets maxSurge of ${service.name} to ${maxSurge}`,
    shop: withService(shop, { ...service, maxSurge }),
  };
}

/** The same shop with only good images: what everybody wants in the end. */
export function healed(random: Random, shop: SimShop): SimShop {
  const services = [...shop.services.values()].map((s) => ({
    ...s,
    tag: otherTag(random, s),
    onFailure: 'rollback' as const,
    drift: 'correct' as const,
  }));
  return { ...shop, broken: false, isEmpty: false, services: new Map(services.map((s) => [s.name, s])) };
}
