// What became of every mutant, and whether each survivor is explained.

import type { Mutant } from './mutant.ts';
import type { Played } from './play.ts';
import type { Explanation } from './survivors.ts';

export interface Judged extends Played {
  readonly mutant: Mutant;
  readonly explanation: Explanation | null;
}

export const isSurvivor = ({ caught }: Judged): boolean => caught === null;

const isEquivalent = (judged: Judged): boolean =>
  isSurvivor(judged) && judged.explanation?.class === 'equivalent';

export interface Tally {
  readonly total: number;
  readonly equivalent: number;
  readonly caught: number;
  /** Of those that are not equivalent. */
  readonly percent: number;
}

export function tallyOf(all: readonly Judged[]): Tally {
  const equivalent = all.filter(isEquivalent).length;
  const caught = all.filter((judged) => !isSurvivor(judged)).length;
  const counted = all.length - equivalent;
  return { total: all.length, equivalent, caught, percent: counted === 0 ? 100 : (100 * caught) / counted };
}

/** What makes the run fail besides its bars: survivors that nobody explained, and explanations of none. */
export function unsettled(
  all: readonly Judged[],
  explanations: Readonly<Record<string, Explanation>>,
): readonly string[] {
  const unexplained = all
    .filter((judged) => isSurvivor(judged) && judged.explanation === null)
    .map(({ mutant }) => `${mutant.id} survives, and nobody has explained why`);
  const stale = Object.keys(explanations).flatMap((id) => {
    const judged = all.find(({ mutant }) => mutant.id === id);
    if (judged === undefined) return [`${id} is explained and not in the sample`];
    return isSurvivor(judged) ? [] : [`${id} is explained and was caught: the explanation can go`];
  });
  return [...unexplained, ...stale];
}
