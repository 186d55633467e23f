// One process of `npm run sim`: plays its share of the seeds and tells how each ended.

import type { FaultKind } from '../../src/sim/faults/fault.ts';
import { runWorld, type WorldEnd } from '../../src/sim/run/run-world.ts';

export interface Job {
  readonly from: number;
  readonly step: number;
  readonly until: number;
  readonly kinds: readonly FaultKind[] | null;
}

export interface JobNews {
  readonly seed: number;
  readonly violation: WorldEnd['violation'];
  readonly events: number;
  readonly faults: number;
  readonly counts: readonly (readonly [string, number])[];
}

process.once('message', (job: Job) => {
  void play(job).then(() => process.disconnect?.());
});

async function play({ from, step, until, kinds }: Job): Promise<void> {
  for (let seed = from; seed < until; seed += step) {
    const end = await runWorld({
      seed,
      faults: null,
      kinds: kinds === null ? null : new Set(kinds),
      isTold: false,
    });
    const news: JobNews = {
      seed,
      violation: end.violation,
      events: end.events,
      faults: end.faults.length,
      counts: end.counts.entries(),
    };
    process.send?.(news);
  }
}
