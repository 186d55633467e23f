// Draws what people change besides, in the same commit: hosts that come, leave, move and rest, and what few
// people write of services. With chance of its own, so that what `draw.ts` draws from a seed stays as it is.

import type { Random } from '../../ports/clock.ts';
import { between, chance, pick } from '../core/random.ts';
import { GOOD_TAGS } from './behaviour.ts';
import type { ShopChange } from './draw.ts';
import type { HostRules } from './extras.ts';
import { furnishedService, settled, ZONES } from './furnish.ts';
import type { SimService, SimShop } from './shop.ts';

type Change = (random: Random, shop: SimShop, isStoreSafe: boolean) => ShopChange | null;

const withRules = (shop: SimShop, host: string, change: HostRules): SimShop => ({
  ...shop,
  hostRules: new Map(shop.hostRules).set(host, { ...shop.hostRules?.get(host), ...change }),
});

const hasData = ({ services }: SimShop): boolean => [...services.values()].some((s) => s.hasVolume);

const hostLeaves: Change = (random, shop, isStoreSafe) => {
  // With a lost store nobody knows of data on a host that is out of the fleet, and they are made anew elsewhere.
  if (shop.hosts.length < 3 || (hasData(shop) && !isStoreSafe)) return null;
  const gone = pick(random, shop.hosts);
  return { what: `takes ${gone} out`, shop: { ...shop, hosts: shop.hosts.filter((host) => host !== gone) } };
};

const hostComes: Change = (random, shop) => {
  const out = (shop.machines ?? []).filter((host) => !shop.hosts.includes(host));
  if (out.length === 0) return null;
  const host = pick(random, out);
  return { what: `adds ${host}`, shop: { ...shop, hosts: [...shop.hosts, host].sort() } };
};

const hostDrains: Change = (random, shop) => {
  const host = pick(random, shop.hosts);
  const isDrained = shop.hostRules?.get(host)?.isDrained !== true;
  return { what: `${isDrained ? 'drains' : 'uses'} ${host}`, shop: withRules(shop, host, { isDrained }) };
};

const hostMoves: Change = (random, shop) => {
  const host = pick(random, shop.hosts);
  const address = (shop.hostRules?.get(host)?.address ?? 0) + 1;
  return { what: `gives ${host} another address`, shop: withRules(shop, host, { address }) };
};

const hostIsRelabelled: Change = (random, shop) => {
  const host = pick(random, shop.hosts);
  const zone = pick(random, ZONES);
  return { what: `puts ${host} into zone ${zone}`, shop: withRules(shop, host, { zone }) };
};

const configGoes: Change = (random, shop) => {
  const mounting = [...shop.services.values()].filter((s) => s.config !== null);
  if (mounting.length === 0) return null;
  const { sharesConfigOf: _, ...service } = pick(random, mounting);
  const changed = { ...service, config: null };
  const what = `takes the config from ${service.name}`;
  return { what, shop: { ...shop, services: new Map(shop.services).set(service.name, changed) } };
};

const serviceIsFurnished: Change = (random, shop) => {
  const service = furnishedService(random, shop, pick(random, [...shop.services.values()]), false);
  const what = `says more of ${service.name}`;
  return { what, shop: { ...shop, services: new Map(shop.services).set(service.name, service) } };
};

const CHANGES: readonly Change[] = [
  hostLeaves,
  hostLeaves,
  hostComes,
  hostComes,
  hostDrains,
  hostMoves,
  hostIsRelabelled,
  configGoes,
  serviceIsFurnished,
  serviceIsFurnished,
];

/** Now and then somebody changes something else too, in the same commit. `isStoreSafe`: it is never lost. */
export function changedMore(random: Random, { what, shop }: ShopChange, isStoreSafe: boolean): ShopChange {
  const isMore = shop.services.size > 0 && chance(random, 0.4);
  const other = isMore ? pick(random, CHANGES)(random, shop, isStoreSafe) : null;
  if (other === null) return { what, shop: settled(shop) };
  return { what: `${what} and ${other.what}`, shop: settled(other.shop) };
}

/** All machines are used as usual, or one of them has left for good; what was good may stay as it is. */
export function healedMore(random: Random, before: SimShop, healed: SimShop): SimShop {
  const { machines = healed.hosts, hostRules } = before;
  const rules = [...(hostRules ?? [])].map(([host, rule]) => [host, { ...rule, isDrained: false }] as const);
  const services = [...healed.services.values()].map(({ ignored: _, ...service }): SimService => {
    const tag = before.services.get(service.name)?.tag ?? '';
    const isKept = GOOD_TAGS.some((good) => good === tag) && chance(random, 0.35);
    const deadlineS = between(random, 50, 59);
    const replicas = service.hasVolume ? 1 : between(random, 0, service.replicas + 1);
    return isKept ? { ...service, tag, deadlineS, replicas } : service;
  });
  const all: SimShop = {
    ...healed,
    hosts: machines,
    ...(hostRules === undefined ? {} : { hostRules: new Map(rules) }),
    services: new Map(services.map((s) => [s.name, s])),
  };
  // What has its data on a host that leaves would be held for ever.
  const smaller = chance(random, 0.25) ? hostLeaves(random, all, false) : null;
  return settled(smaller?.shop ?? all);
}
