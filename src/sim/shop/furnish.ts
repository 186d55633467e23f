// Draws what few people write of services and hosts: with chance of its own, so that what `draw.ts` draws from a
// seed stays as it is.

import type { Random } from '../../ports/clock.ts';
import { between, chance, pick } from '../core/random.ts';
import { servedConnections } from './connections.ts';
import { type HostRules, type ProbeTerms, roomFor, type ServiceExtras, withAllHosts } from './extras.ts';
import type { SimService, SimShop } from './shop.ts';

export const ZONES = ['a', 'b'] as const;
const OTHER_NAMESPACE = 'back';
/** The services of the other namespace, where there is one. */
const BEHIND: readonly string[] = ['api', 'db', 'mail'];
/** Each service has a range of ports of its own. */
const FIRST_RANGE = 9_000;
const RANGE = 10;
const IGNORABLE = ['limits.memoryBytes', 'networks'] as const;

const terms = (random: Random): ProbeTerms => ({
  periodS: between(random, 3, 4),
  failures: between(random, 2, 4),
  successes: 1,
});

function timesOf(random: Random): ServiceExtras {
  return {
    ...(chance(random, 0.15) ? { minHealthyS: between(random, 0, 6) } : {}),
    ...(chance(random, 0.15) ? { deadlineS: between(random, 30, 60) } : {}),
    ...(chance(random, 0.2) ? { history: between(random, 1, 3) } : {}),
  };
}

function probesOf(random: Random, service: SimService): ServiceExtras {
  return {
    ...(service.check !== 'none' && chance(random, 0.18)
      ? { startup: { ...terms(random), failures: between(random, 4, 8) } }
      : {}),
    ...(service.check === 'probe' && chance(random, 0.3)
      ? { readiness: { ...terms(random), successes: between(random, 1, 2) } }
      : {}),
    ...(chance(random, 0.12) ? { liveness: { ...terms(random), failures: between(random, 3, 4) } } : {}),
  };
}

function sharesOf(random: Random, service: SimService): ServiceExtras {
  if (service.strategy === 'recreate' || service.hasVolume) return {};
  return {
    ...(chance(random, 0.15) ? { surgePercent: between(random, 1, 10) * 10 } : {}),
    ...(chance(random, 0.15)
      ? { unavailablePercent: between(random, service.maxSurge === 0 ? 1 : 0, 5) * 10 }
      : {}),
  };
}

function limitsOf(random: Random): ServiceExtras {
  return {
    ...(chance(random, 0.1) ? { cpus: between(random, 1, 4) / 2 } : {}),
    ...(chance(random, 0.1) ? { pids: between(random, 1, 5) * 100 } : {}),
    ...(chance(random, 0.1) ? { ignored: [pick(random, IGNORABLE)] } : {}),
  };
}

function placesOf(random: Random, shop: SimShop): ServiceExtras {
  return {
    ...(shop.hostRules !== undefined && chance(random, 0.2) ? { zone: pick(random, ZONES) } : {}),
    ...(chance(random, 0.3) ? { tolerates: true } : {}),
    ...(chance(random, 0.15) ? { maxPerHost: between(random, 1, 2) } : {}),
  };
}

function imageOf(random: Random, shop: SimShop, isFirst: boolean): ServiceExtras {
  if (isFirst && chance(random, 0.08)) {
    const some = shop.hosts.filter(() => chance(random, 0.7));
    const imported = some.length === 0 || chance(random, 0.5) ? (shop.machines ?? shop.hosts) : some;
    return { imported, ...(chance(random, 0.6) ? { pull: 'never' } : {}) };
  }
  return {
    ...(chance(random, 0.1) ? { isPinned: true } : {}),
    ...(chance(random, 0.1) ? { pull: pick(random, ['always', 'missing'] as const) } : {}),
  };
}

/** Whoever has a range already keeps its beginning: by it another service's would be found. */
const rangeFrom = ({ port, ports }: SimService): number =>
  ports === undefined || port === null ? FIRST_RANGE + ((port ?? 0) % RANGE) * RANGE : port;

export function furnishedService(
  random: Random,
  shop: SimShop,
  service: SimService,
  isFirst: boolean,
): SimService {
  const isOpen = service.port !== null && chance(random, 0.4);
  return {
    ...service,
    ...(chance(random, 0.05) ? { drift: 'off' as const } : {}),
    ...(isOpen ? { port: rangeFrom(service), ports: between(random, 2, RANGE) } : {}),
    ...timesOf(random),
    ...probesOf(random, service),
    ...sharesOf(random, service),
    ...limitsOf(random),
    ...placesOf(random, shop),
    ...imageOf(random, shop, isFirst),
  };
}

/** Mounts the config of a service that has one for itself. */
function sharing(random: Random, shop: SimShop): SimShop {
  const owner = [...shop.services.values()].find((s) => s.config !== null);
  if (owner === undefined || !chance(random, 0.3)) return shop;
  const others = [...shop.services.values()].filter((s) => s !== owner);
  if (others.length === 0) return shop;
  const other = { ...pick(random, others), sharesConfigOf: owner.name, config: owner.config };
  return { ...shop, services: new Map(shop.services).set(other.name, other) };
}

/** What can be applied as it is: what one change has made impossible elsewhere goes with it. */
export function settled(shop: SimShop): SimShop {
  const used = withAllHosts(shop);
  const zones = new Set(shop.hosts.map((host) => shop.hostRules?.get(host)?.zone));
  const services = [...shop.services.values()].map((service): SimService => {
    const { zone, imported, pull, sharesConfigOf, namespace: _, ...rest } = service;
    const isImported = imported?.some((host) => shop.hosts.includes(host)) === true;
    const owner = sharesConfigOf === undefined ? undefined : shop.services.get(sharesConfigOf);
    const isBack = shop.otherNamespace !== undefined && BEHIND.includes(rest.name);
    const isShared =
      owner !== undefined &&
      BEHIND.includes(owner.name) === BEHIND.includes(rest.name) &&
      owner.config !== null &&
      owner.sharesConfigOf === undefined &&
      owner.name !== rest.name;
    const kept: SimService = {
      ...rest,
      ...(isBack ? { namespace: shop.otherNamespace } : {}),
      ...(zone !== undefined && zones.has(zone) ? { zone } : {}),
      ...(isImported && imported !== undefined ? { imported } : {}),
      // What is in no registry cannot be pulled, what is nowhere else has to be.
      ...(pull !== undefined && pull !== (isImported ? 'always' : 'never') ? { pull } : {}),
      ...(isShared ? { sharesConfigOf, config: owner.config } : {}),
      ...servedConnections(service, shop.services),
    };
    const { zone: _zone, imported: _imported, pull: _pull, ...anywhere } = { ...kept, tolerates: true };
    // Data stay where they are, whatever a host is called later.
    const placed = roomFor(used, kept) > 0 && !kept.hasVolume ? kept : anywhere;
    return { ...placed, replicas: Math.min(placed.replicas, roomFor(used, placed)) };
  });
  return { ...shop, services: new Map(services.map((s) => [s.name, s])) };
}

/** The first commit of a shop, with what few people write. */
export function furnished(random: Random, shop: SimShop): SimShop {
  const machines = shop.hosts;
  const hasZones = chance(random, 0.5);
  const taintedAt = chance(random, 0.25) ? between(random, 0, machines.length - 1) : -1;
  const rules = machines.map((host, at): readonly [string, HostRules] => [
    host,
    {
      ...(hasZones ? { zone: at === 0 ? 'a' : pick(random, ZONES) } : {}),
      ...(at === taintedAt ? { isTainted: true } : {}),
    },
  ]);
  const isSmaller = machines.length > 2 && chance(random, 0.15);
  const bare: SimShop = {
    ...shop,
    machines,
    hosts: isSmaller ? machines.slice(0, -1) : machines,
    hostRules: new Map(rules),
    ...(chance(random, 0.25) ? { otherNamespace: OTHER_NAMESPACE } : {}),
    ...(chance(random, 0.25) ? { isSplit: true } : {}),
  };
  const services = [...shop.services.values()].map((s) => furnishedService(random, bare, s, true));
  return settled(sharing(random, { ...bare, services: new Map(services.map((s) => [s.name, s])) }));
}
