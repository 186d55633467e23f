// One process of `npm run sim`: plays the seeds that it is handed, share by share, and tells how each ended.

import type { FaultKind } from '../../src/sim/faults/fault.ts';
import { runWorld, type WorldEnd } from '../../src/sim/run/run-world.ts';

export interface Job {
  readonly seeds: readonly number[];
  readonly kinds: readonly FaultKind[] | null;
}

export interface JobNews {
  readonly seed: number;
  readonly violation: WorldEnd['violation'];
  readonly events: number;
  readonly faults: number;
  readonly counts: readonly (readonly [string, number])[];
  readonly hash: string;
}

/** Said when all seeds of a share have been played. */
export const JOB_DONE = 'done';

process.on('message', (job: Job) => {
  void play(job).then(() => process.send?.(JOB_DONE));
});

async function play({ seeds, kinds }: Job): Promise<void> {
  for (const seed of seeds) {
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
      hash: end.hash,
    };
    process.send?.(news);
  }
}
