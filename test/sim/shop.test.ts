// The simulated shop writes manifests that the product accepts and reads back as they were meant.

import { describe, expect, it } from 'vitest';
import { resolveDesired } from '../../src/desired/resolve.ts';
import { formatProblem } from '../../src/kernel/errors.ts';
import { CommitSha, SourceId } from '../../src/kernel/ids.ts';
import { readManifests } from '../../src/manifest/read.ts';
import { randomStream } from '../../src/sim/core/random.ts';
import {
  changedConnections,
  connected,
  connectionsSay,
  healedConnections,
} from '../../src/sim/shop/connections.ts';
import { drawChange, drawShop, healed } from '../../src/sim/shop/draw.ts';
import { changedMore, healedMore } from '../../src/sim/shop/draw-more.ts';
import { mayRunOn } from '../../src/sim/shop/extras.ts';
import { furnished, furnishedService, settled } from '../../src/sim/shop/furnish.ts';
import {
  FLEET_FOLDER,
  filesOf,
  imageOf,
  namespaceOf,
  SHOP_FOLDER,
  type SimShop,
} from '../../src/sim/shop/shop.ts';
import { service, shopOf } from './plain-shop.ts';

function documentsIn(shop: SimShop, folder: string) {
  const encoder = new TextEncoder();
  const files = [...filesOf(shop)]
    .filter(([path]) => path.startsWith(folder))
    .map(([path, text]) => ({ path, blob: text, bytes: encoder.encode(text) }));
  return readManifests(files);
}

function read(shop: SimShop) {
  const folders = shop.isSplit === true ? [`${FLEET_FOLDER}/`, `${SHOP_FOLDER}/`] : [''];
  const found = folders.map((folder) => documentsIn(shop, folder));
  const problems = found.flatMap((one) => one.problems);
  if (problems.length > 0) return problems.map(formatProblem);
  const commit = CommitSha.parse('0'.repeat(40));
  const sources = found.map(({ documents }, at) => {
    const id = SourceId.parse(at === 0 ? 'main' : 'shop');
    return { id, fleet: at === 0, commit, documents, files: new Map<string, Uint8Array>() };
  });
  const resolved = resolveDesired({ sources, overrides: {} });
  return resolved.ok ? resolved.value.desired : resolved.error.map(formatProblem);
}

const words = (shop: SimShop) =>
  [...shop.services.values()]
    .map((s) => `${s.name} ${imageOf(s)} ×${s.replicas} ${s.strategy} ${s.dependsOn.join()}`)
    .sort();

describe('shops drawn by seeds', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))('seed %i is read as it was drawn', (seed) => {
    const random = randomStream(seed, 'shop');
    let shop = drawShop(random);
    for (let commit = 0; commit < 8; commit += 1) {
      const desired = read(shop);
      if (shop.broken) expect(desired).toBeInstanceOf(Array);
      else {
        if (Array.isArray(desired)) throw new Error(desired.join('\n'));
        const seen = [...desired.services.values()].map(
          (s) =>
            `${s.name} ${s.container.image} ×${s.replicas} ${s.rollout.strategy} ${s.dependsOn.map((d) => d.split('/')[1]).join()}`,
        );
        expect(seen.sort()).toEqual(words(shop));
        expect([...desired.hosts.keys()]).toEqual(shop.hosts);
      }
      shop = commit === 6 ? healed(random, shop) : drawChange(random, shop).shop;
    }
  });
});

it.each([0, 1, 2, 3, 4, 5])('service %i keeps its range of ports, however often more is said of it', (at) => {
  const random = randomStream(at, 'shop-more');
  const shop = shopOf(3, service('web', { port: 8_000 + at }));
  const starts = new Set<number | null>();
  let said = shop.services.get('web') ?? service('web');
  for (let n = 0; n < 30; n += 1) {
    said = furnishedService(random, shop, said, false);
    if (said.ports !== undefined) starts.add(said.port);
  }
  expect([...starts]).toEqual([9_000 + 10 * at]);
});

describe('shops with what few people write', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))('seed %i is read as it was drawn', (seed) => {
    const [random, more] = [randomStream(seed, 'shop'), randomStream(seed, 'shop-more')];
    let shop = furnished(more, drawShop(random));
    for (let commit = 0; commit < 8; commit += 1) {
      const desired = read({ ...shop, broken: false });
      if (Array.isArray(desired)) throw new Error(desired.join('\n'));
      const seen = [...desired.services.values()].map((s) => `${s.key} ×${s.replicas}`).sort();
      const drawn = [...shop.services.values()].map((s) => `${namespaceOf(s)}/${s.name} ×${s.replicas}`);
      expect(seen).toEqual(drawn.sort());
      expect([...desired.hosts.keys()].sort()).toEqual([...shop.hosts].sort());
      for (const service of desired.services.values()) {
        const said = shop.services.get(service.name);
        if (said === undefined) throw new Error(`nobody drew ${service.name}`);
        expect(service.placement.maxPerHost).toBe(said.maxPerHost ?? null);
        expect(service.rollout.historyLimit).toBe(said.history ?? 10);
        expect([service.probes.startup !== null, service.probes.liveness !== null]).toEqual([
          said.startup !== undefined,
          said.liveness !== undefined,
        ]);
        expect(service.drift).toBe(said.drift);
        expect(service.container.ports.length).toBe(said.port === null ? 0 : 1);
      }
      const change = commit === 6 ? null : changedMore(more, drawChange(random, shop), true);
      shop = settled(change?.shop ?? healedMore(more, shop, healed(random, shop)));
    }
    // In the end every service has a place.
    const last = healedMore(more, shop, healed(random, shop));
    for (const service of last.services.values())
      expect(last.hosts.some((host) => mayRunOn(last, service, host))).toBe(true);
  });
});

describe('shops whose services connect to each other', () => {
  it('are a good part of all', () => {
    const seeds = Array.from({ length: 300 }, (_, seed) => seed);
    const drawn = seeds.filter((seed) => {
      const shop = furnished(randomStream(seed, 'shop-more'), drawShop(randomStream(seed, 'shop')));
      return connected(randomStream(seed, 'connections'), shop).hasConnections === true;
    });
    expect(drawn.length).toBeGreaterThan(60);
    expect(drawn.length).toBeLessThan(140);
  });

  it.each(Array.from({ length: 60 }, (_, seed) => seed))('seed %i is read as it was drawn', (seed) => {
    const [random, more, own] = ['shop', 'shop-more', 'connections'].map((name) => randomStream(seed, name));
    if (random === undefined || more === undefined || own === undefined) throw new Error('three streams');
    let shop = settled(connected(own, furnished(more, drawShop(random))));
    for (let commit = 0; commit < 8; commit += 1) {
      const desired = read({ ...shop, broken: false });
      if (Array.isArray(desired)) throw new Error(desired.join('\n'));
      for (const { name, serves, container } of desired.services.values()) {
        const said = shop.services.get(name);
        expect(serves.map(({ port, protocol }) => ({ port, protocol }))).toEqual(said?.serves ?? []);
        const to = container.connects.map(({ service: key, port }) => `${key.split('/')[1]}:${port}`);
        expect(to.sort().join(', ')).toBe(connectionsSay(said?.connects ?? []));
      }
      const change = changedMore(more, drawChange(random, shop), true);
      shop =
        commit === 6
          ? settled(healedConnections(own, healedMore(more, shop, healed(random, shop))))
          : settled(changedConnections(own, change).shop);
    }
  });
});
