// Commits that remove much at once: by accident they look like any other, and the governor has to hold them.

import type { Random } from '../../ports/clock.ts';
import { between, chance, pick } from '../core/random.ts';
import { NAMES, type ShopChange } from './draw.ts';
import type { SimService, SimShop } from './shop.ts';

/** Removes some services, and with each whatever needs it; one stays at least. */
function removeSeveral(random: Random, shop: SimShop): ShopChange {
  const services = new Map(shop.services);
  const remove = (name: string): void => {
    services.delete(name);
    for (const other of [...services.values()])
      if (other.dependsOn.includes(name) || other.sharesConfigOf === name) remove(other.name);
  };
  for (let left = between(random, 2, 3); left > 0 && services.size > 1; left -= 1)
    remove(pick(random, [...services.keys()]));
  const gone = [...shop.services.keys()].filter((name) => !services.has(name));
  if (services.size === 0) return renameAll(shop);
  return { what: `removes ${gone.join(' and ')}`, shop: { ...shop, broken: false, services } };
}

/** Services get names that none had, as far as there are any. */
function renameAll(shop: SimShop): ShopChange {
  const free = NAMES.filter((name) => !shop.services.has(name));
  // What was imported under its name is nowhere under another one, and ports are given by name.
  const movable = [...shop.services.values()].filter((s) => s.imported === undefined && s.port === null);
  const renamed = new Map(movable.map(({ name }) => [name, free.shift() ?? name]));
  const nameOf = (name: string): string => renamed.get(name) ?? name;
  const services = [...shop.services.values()].map((service): SimService => {
    const name = nameOf(service.name);
    const { sharesConfigOf: shared } = service;
    return {
      ...service,
      name,
      dependsOn: service.dependsOn.map(nameOf),
      ...(service.connects === undefined
        ? {}
        : { connects: service.connects.map((one) => ({ ...one, service: nameOf(one.service) })) }),
      ...(shared === undefined ? {} : { sharesConfigOf: nameOf(shared) }),
    };
  });
  return {
    what: `renames ${[...renamed].map(([from, to]) => `${from} to ${to}`).join(', ')}`,
    shop: { ...shop, broken: false, services: new Map(services.map((s) => [s.name, s])) },
  };
}

/** One of the two, by chance. */
export const drawSweep = (random: Random, shop: SimShop): ShopChange =>
  shop.services.size < 2 || chance(random, 0.4) ? renameAll(shop) : removeSeveral(random, shop);
