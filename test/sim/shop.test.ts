// The simulated shop writes manifests that the product accepts and reads back as they were meant.

import { describe, expect, it } from 'vitest';
import { resolveDesired } from '../../src/desired/resolve.ts';
import { formatProblem } from '../../src/kernel/errors.ts';
import { CommitSha, SourceId } from '../../src/kernel/ids.ts';
import { readManifests } from '../../src/manifest/read.ts';
import { randomStream } from '../../src/sim/core/random.ts';
import { drawChange, drawShop, healed } from '../../src/sim/shop/draw.ts';
import { filesOf, imageOf, type SimShop } from '../../src/sim/shop/shop.ts';

function read(shop: SimShop) {
  const encoder = new TextEncoder();
  const files = [...filesOf(shop)].map(([path, text]) => ({ path, blob: text, bytes: encoder.encode(text) }));
  const { documents, problems } = readManifests(files);
  if (problems.length > 0) return problems.map(formatProblem);
  const commit = CommitSha.parse('0'.repeat(40));
  const source = { id: SourceId.parse('main'), fleet: true, commit, documents, files: new Map() };
  const resolved = resolveDesired({ sources: [source], overrides: {} });
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
