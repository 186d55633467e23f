// Seeded chance: one independent stream per subsystem, so that one more draw in one of them does not
// reshuffle what happens in all the others.

import type { Random } from '../../ports/clock.ts';

/** xmur3: spreads a text over as many 32-bit seeds as are asked for (public domain, B. Bailey). */
function seedsFrom(text: string): () => number {
  let h = 1779033703 ^ text.length;
  for (let i = 0; i < text.length; i += 1) {
    h = Math.imul(h ^ text.charCodeAt(i), 3432918353);
    h = (h << 13) | (h >>> 19);
  }
  return () => {
    h = Math.imul(h ^ (h >>> 16), 2246822507);
    h = Math.imul(h ^ (h >>> 13), 3266489909);
    h ^= h >>> 16;
    return h >>> 0;
  };
}

/** A stream of uniform numbers in [0, 1), the same for the same seed and name (sfc32, C. Doty-Humphrey). */
export function randomStream(seed: number | string, name: string): Random {
  const next = seedsFrom(`${seed}/${name}`);
  let a = next();
  let b = next();
  let c = next();
  let counter = 1;
  const draw = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i += 1) draw();
  return { next: draw };
}

/** A whole number in [from, to]. */
export const between = (random: Random, from: number, to: number): number =>
  from + Math.floor(random.next() * (to - from + 1));

export const chance = (random: Random, probability: number): boolean => random.next() < probability;

/** One of the items; the list must not be empty. */
export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[between(random, 0, items.length - 1)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

/** How long a thing takes that usually takes `typicalMs`: a few take much longer (log-normal-like tail). */
export function latencyMs(random: Random, typicalMs: number): number {
  const u = random.next();
  const stretch = u < 0.9 ? 0.5 + u : 1.4 + (u - 0.9) * 60;
  return Math.max(0, typicalMs * stretch);
}
