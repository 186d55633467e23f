// What a service that asks another one notices when something on the way is killed, on a real engine: how long a request
// to a killed replica takes, and for how long nobody is answered without HAProxy.

import { asked, killContainer, killHaproxy, startPair } from '../system/outages.ts';
import { atMost, type Figure, told } from './figure.ts';

const MOST_ADDED_MS = 500;
const LONGEST_OUTAGE_MS = 1_000;
/** A part of the answer was there: nobody can send that again. */
const CUT = 'cut in the middle of its answer';

/** The worst of so many rounds. */
export async function outageFigures(rounds: number): Promise<readonly Figure[]> {
  const system = await startPair();
  let [slowestMs, lost, cut, processMs, containerMs] = [0, 0, 0, 0, 0];
  try {
    for (let round = 1; round <= rounds; round += 1) {
      const replica = await asked(system, () => killContainer(system, 'api'));
      const { [CUT]: halves = 0, ...failures } = replica.failures;
      slowestMs = Math.max(slowestMs, replica.slowestMs);
      lost += Object.values(failures).reduce((sum, count) => sum + count, 0);
      cut += halves;
      await system.converged();
      processMs = Math.max(processMs, (await asked(system, () => killHaproxy(system))).outageMs);
      await system.converged();
      const whole = await asked(system, () => killContainer(system, 'proxy'));
      containerMs = Math.max(containerMs, whole.outageMs);
      await system.converged();
      console.log(`  round ${round} of ${rounds}: replica, HAProxy and its container were killed`);
    }
  } finally {
    await system[Symbol.asyncDispose]();
  }
  return [
    atMost('replicaKilled.slowest', 'slowest request while a replica was killed', {
      ...{ value: slowestMs, unit: 'ms', bar: MOST_ADDED_MS },
    }),
    atMost('replicaKilled.lost', 'requests lost by that', { value: lost, unit: 'requests', bar: 0 }),
    told('replicaKilled.cut', 'requests of which half an answer had come', cut, 'requests'),
    atMost('haproxyKilled.outage', 'first to last request that failed when HAProxy was killed', {
      ...{ value: processMs, unit: 'ms', bar: LONGEST_OUTAGE_MS },
    }),
    told('containerKilled.outage', '… when the container was killed in which it runs', containerMs, 'ms'),
  ];
}
