// Whole worlds: a controller on simulated hosts, with everything that can go wrong. Each seed is another
// story, and every invariant holds in all of them.

import { describe, expect, it } from 'vitest';
import { runWorld } from '../../src/sim/run/run-world.ts';

const PORTIONS = 20;
const SEEDS_PER_PORTION = 2;

describe('worlds drawn by seeds', () => {
  it.each(Array.from({ length: PORTIONS }, (_, portion) => portion * SEEDS_PER_PORTION + 1))(
    'keep every invariant, from seed %i on',
    async (from) => {
      for (let seed = from; seed < from + SEEDS_PER_PORTION; seed += 1) {
        const end = await runWorld({ seed, faults: null, kinds: null, isTold: false });
        expect({ seed, violation: end.violation }).toEqual({ seed, violation: null });
      }
    },
  );

  it('are the same again for the same seed', async () => {
    const run = () => runWorld({ seed: 11, faults: null, kinds: null, isTold: false });
    const [first, second] = [await run(), await run()];
    expect([second.hash, second.events]).toEqual([first.hash, first.events]);
  });
});
