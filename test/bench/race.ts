// Several contestants, several rounds, the order changing from round to round so that none has the better
// moments of the machine. The first round warms up and does not count.

import type { Contestant } from './contestant.ts';
import { median, spread } from './statistics.ts';

/** Who is measured in the races, by role. */
export interface Contestants {
  readonly plimsoll: Contestant;
  readonly direct: Contestant;
  /** As `docker service create` without further options does it: on Docker's default bridge. */
  readonly swarm: Contestant;
  /** With a network like Plimsoll's: a bridge per host on which services are found by name. */
  readonly swarmWithNetwork: Contestant;
}

const NAME_WIDTH = 24;

export class Results {
  readonly #times: ReadonlyMap<string, readonly number[]>;

  constructor(times: ReadonlyMap<string, readonly number[]>) {
    this.#times = times;
  }

  /** Ratio of the medians. */
  ratio(one: Contestant, other: Contestant): number {
    return this.#median(one) / this.#median(other);
  }

  #median({ name }: Contestant): number {
    return median(this.#times.get(name) ?? []);
  }

  lines(): string[] {
    return [...this.#times].map(([name, times]) => `${name.padEnd(NAME_WIDTH)} ${spread(times)}`);
  }
}

/** `measure` gives the milliseconds of one contestant in one round. */
export async function race(
  all: Contestants,
  rounds: number,
  measure: (contestant: Contestant) => Promise<number>,
): Promise<Results> {
  const contestants = Object.values<Contestant>({ ...all });
  const times = new Map<string, number[]>(contestants.map((c) => [c.name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    const first = round % contestants.length;
    for (const contestant of [...contestants.slice(first), ...contestants.slice(0, first)]) {
      await contestant.open();
      const tookMs = await measure(contestant).finally(() => contestant.close());
      if (round > 0) times.get(contestant.name)?.push(tookMs);
    }
  }
  return new Results(times);
}
