// Every bug that the simulator found, with the story that showed it and one sentence on what it was. The
// stories are kept whole: what a seed draws changes as soon as there is one more kind of fault.

import { describe, expect, it } from 'vitest';
import { runWorld } from '../../src/sim/run/run-world.ts';
import { readRegressions } from './regression-stories.ts';

describe('stories of bugs that were found', () => {
  it.each(readRegressions())(
    'seed $seed: $was',
    async ({ seed, faults, isPlain, mayConnect, mayReach, stepsFrom, healAtMs }) => {
      const end = await runWorld({
        seed,
        faults,
        kinds: null,
        isTold: false,
        isPlain,
        mayConnect,
        mayReach,
        stepsFrom,
        healAtMs,
      });
      expect(end.violation).toBeNull();
    },
  );
});
