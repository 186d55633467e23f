// (b) A rolling update of 12 containers, new ones first, by each contestant with equal parallelism.

import { atMost, type Figure, type Section } from './figure.ts';
import type { BenchFleet } from './fleet.ts';
import { type Contestants, race } from './race.ts';

const REPLICAS = 12;
const PARALLEL = 3;

export async function rollingUpdate(
  fleet: BenchFleet,
  contestants: Contestants,
  rounds: number,
): Promise<Section> {
  const results = await race(contestants, rounds, async (contestant) => {
    await (await contestant.deployment(fleet.images[0], REPLICAS))();
    await fleet.watch.momentOf('start', REPLICAS);
    const begin = await contestant.update(fleet.images[1], PARALLEL);
    await fleet.quiet();
    const beganAtMs = Date.now();
    const done = begin();
    const startedAtMs = await fleet.watch.momentOf('start', REPLICAS);
    const stoppedAtMs = await fleet.watch.momentOf('die', REPLICAS);
    await done;
    return Math.max(startedAtMs, stoppedAtMs) - beganAtMs;
  });
  const { plimsoll, direct, swarm, swarmWithNetwork } = contestants;
  const ratio = (name: string, meaning: string, other: typeof direct, bar: number): Figure =>
    atMost(name, meaning, { value: results.ratio(plimsoll, other), unit: 'ratio', bar });
  return {
    title: `(b) Rolling update: ${REPLICAS} replicas on ${fleet.hosts.length} hosts, start-first, ${PARALLEL} at a time, no delay`,
    lines: [
      `until ${REPLICAS} new containers run and ${REPLICAS} old ones have ended; median of ${rounds} rounds`,
      ...results.lines(),
    ],
    figures: [
      ratio('rollingUpdate.overDirect', 'Plimsoll / the same calls straight to the engines', direct, 1.3),
      ratio('rollingUpdate.overSwarm', 'Plimsoll / docker service update', swarm, 0.9),
      ratio(
        'rollingUpdate.overSwarmWithNetwork',
        'Plimsoll / docker service update, with a network as ours',
        swarmWithNetwork,
        0.9,
      ),
    ],
    notes: [],
  };
}
