// (a) From a commit in the repository to the last of 30 containers running, and the same by others.

import { atMost, type Figure, type Section } from './figure.ts';
import type { BenchFleet } from './fleet.ts';
import { type Contestants, race } from './race.ts';

const REPLICAS = 30;

export async function firstDeployment(
  fleet: BenchFleet,
  contestants: Contestants,
  rounds: number,
): Promise<Section> {
  const results = await race(contestants, rounds, async (contestant) => {
    const begin = await contestant.deployment(fleet.images[0], REPLICAS);
    await fleet.quiet();
    const beganAtMs = Date.now();
    const done = begin();
    const endedAtMs = await fleet.watch.momentOf('start', REPLICAS);
    await done;
    return endedAtMs - beganAtMs;
  });
  const { plimsoll, direct, swarm, swarmWithNetwork } = contestants;
  const ratio = (name: string, meaning: string, other: typeof direct, bar: number): Figure =>
    atMost(name, meaning, { value: results.ratio(plimsoll, other), unit: 'ratio', bar });
  const floor = results.ratio(direct, swarm);
  return {
    title: `(a) First deployment: ${REPLICAS} replicas on ${fleet.hosts.length} hosts, image by digest and present`,
    lines: [
      `from sync, the commit being in the repository, to container ${REPLICAS} running; median of ${rounds} rounds`,
      ...results.lines(),
    ],
    figures: [
      ratio('firstDeployment.overDirect', 'Plimsoll / the same calls straight to the engines', direct, 1.15),
      ratio('firstDeployment.overSwarm', 'Plimsoll / docker service create', swarm, 1.0),
      ratio(
        'firstDeployment.overSwarmWithNetwork',
        'Plimsoll / docker service create --network (a bridge as ours)',
        swarmWithNetwork,
        1.0,
      ),
    ],
    notes: [
      'Without --network Swarm leaves its containers on the default bridge, where they have no names; a',
      `container with a network costs the engine more: the bare calls for ours take ${floor.toFixed(2)} of Swarm's time.`,
    ],
  };
}
