// Which services of a shop serve others, and who connects to whom: also in circles, and to several on one port. With
// chance of its own, so that shops in which nobody connects are drawn as they always were.

import type { Random } from '../../ports/clock.ts';
import { chance, pick } from '../core/random.ts';
import type { ShopChange } from './draw.ts';
import type { SimService, SimShop } from './shop.ts';

export interface ServedPort {
  readonly port: number;
  readonly protocol: 'http' | 'tcp';
}

/** One port of another service. */
export interface SimConnection {
  readonly service: string;
  readonly port: number;
}

export interface ServiceConnections {
  /** Absent: nobody has thought about it yet. */
  readonly serves?: readonly ServedPort[];
  readonly connects?: readonly SimConnection[];
}

const WEB: ServedPort = { port: 8_080, protocol: 'http' };
const DATA: ServedPort = { port: 9_090, protocol: 'tcp' };
const SERVED: readonly (readonly ServedPort[])[] = [[WEB], [WEB], [WEB], [DATA], [WEB, DATA], []];

const withService = (shop: SimShop, service: SimService): SimShop => ({
  ...shop,
  services: new Map(shop.services).set(service.name, service),
});

const isSame = (a: SimConnection, b: SimConnection): boolean => a.service === b.service && a.port === b.port;

/** All that a service could connect to and does not. */
const possible = (shop: SimShop, { name, connects = [] }: SimService): readonly SimConnection[] =>
  [...shop.services.values()]
    .filter((other) => other.name !== name)
    .flatMap(({ name: service, serves = [] }) => serves.map(({ port }) => ({ service, port })))
    .filter((one) => !connects.some((other) => isSame(one, other)));

/** What those serve and connect to that nobody has thought about yet. */
function thoughtAbout(random: Random, shop: SimShop): SimShop {
  const fresh = [...shop.services.values()].filter(({ serves }) => serves === undefined);
  let all = shop;
  for (const service of fresh) all = withService(all, { ...service, serves: pick(random, SERVED) });
  for (const { name } of fresh) {
    const service = all.services.get(name);
    if (service === undefined) continue;
    const connects = possible(all, service).filter(() => chance(random, 0.45));
    all = withService(all, { ...service, connects });
  }
  return all;
}

/** The first commit of a shop: in a good part of them some services connect to others. */
export function connected(random: Random, shop: SimShop): SimShop {
  if (!chance(random, 1 / 3)) return shop;
  const [first, second] = shop.services.values();
  if (first === undefined || second === undefined) return shop;
  // Somebody connects to somebody.
  const served = withService(shop, { ...second, serves: [WEB], connects: [] });
  const thought = thoughtAbout(random, served);
  const consumer = thought.services.get(first.name) ?? first;
  const own = { service: second.name, port: WEB.port };
  const connects = [own, ...(consumer.connects ?? []).filter((one) => !isSame(one, own))];
  return withService({ ...thought, hasConnections: true }, { ...consumer, connects });
}

/** One of them connects to more, to less or to nothing, or serves other ports. */
function reconnected(random: Random, shop: SimShop): ShopChange | null {
  const service = pick(random, [...shop.services.values()]);
  const { name, connects = [] } = service;
  const more = possible(shop, service);
  const roll = random.next();
  if (roll < 0.4 && more.length > 0) {
    const one = pick(random, more);
    const what = `connects ${name} to ${one.service}:${one.port}`;
    return { what, shop: withService(shop, { ...service, connects: [...connects, one] }) };
  }
  if (roll < 0.6 && connects.length > 0) {
    const one = pick(random, connects);
    const what = `disconnects ${name} from ${one.service}:${one.port}`;
    const rest = connects.filter((other) => other !== one);
    return { what, shop: withService(shop, { ...service, connects: rest }) };
  }
  if (roll < 0.75 && connects.length > 0)
    return {
      what: `disconnects ${name} from all`,
      shop: withService(shop, { ...service, connects: [] }),
    };
  const serves = pick(random, SERVED);
  const ports = serves.map(({ port }) => port).join(' and ') || 'nothing';
  return { what: `lets ${name} serve ${ports}`, shop: withService(shop, { ...service, serves }) };
}

/** The same commit, perhaps with other connections. Whoever is new is thought about. */
export function changedConnections(random: Random, change: ShopChange): ShopChange {
  if (change.shop.hasConnections !== true || change.shop.services.size === 0) return change;
  const { what } = change;
  const shop = thoughtAbout(random, change.shop);
  const other = chance(random, 0.45) ? reconnected(random, shop) : null;
  return other === null ? { what, shop } : { what: `${what} and ${other.what}`, shop: other.shop };
}

/** The last commit: now and then nobody connects to anybody any more. */
export function healedConnections(random: Random, shop: SimShop): SimShop {
  if (shop.hasConnections !== true) return shop;
  if (!chance(random, 0.15)) return changedConnections(random, { what: '', shop }).shop;
  const services = [...shop.services.values()].map((service): SimService => ({ ...service, connects: [] }));
  return { ...shop, services: new Map(services.map((s) => [s.name, s])) };
}

/** Without those that nobody serves any more. */
export function servedConnections(
  { name, connects }: SimService,
  services: SimShop['services'],
): Pick<ServiceConnections, 'connects'> {
  if (connects === undefined) return {};
  const isServed = ({ service, port }: SimConnection): boolean =>
    service !== name && services.get(service)?.serves?.some((served) => served.port === port) === true;
  return { connects: connects.filter(isServed) };
}

/** Keys of a Service. `namespaceOf`: of another one, where it has to be named; `callers`: who else may connect. */
export function connectionKeys(
  { serves = [], connects = [] }: ServiceConnections,
  services: SimShop['services'],
  namespaceOf: (service: string) => string | undefined,
  callers: readonly string[],
): object {
  const entry = ({ service, port }: SimConnection): object | string => {
    const namespace = namespaceOf(service);
    if ((services.get(service)?.serves ?? []).length === 1)
      return namespace === undefined ? service : `${namespace}/${service}`;
    return { service, port, ...(namespace === undefined ? {} : { namespace }) };
  };
  return {
    ...(serves.length === 0 ? {} : { serves: serves.map(({ port, protocol }) => `${port}/${protocol}`) }),
    ...(serves.length === 0 || callers.length === 0 ? {} : { allowFrom: callers }),
    ...(connects.length === 0 ? {} : { connects: connects.map(entry) }),
  };
}

/** For whoever compares: `api:8080, db:9090`; empty where it connects to nothing. */
export const connectionsSay = (connects: readonly SimConnection[]): string =>
  connects
    .map(({ service, port }) => `${service}:${port}`)
    .sort()
    .join(', ');
