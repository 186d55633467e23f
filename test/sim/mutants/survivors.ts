// Mutants of the sample that no story catches, each with the reason. `equivalent`: whoever looks from outside
// sees no difference. `not visible`: there is one, and the simulator does not look at it.

export interface Explanation {
  readonly class: 'equivalent' | 'not visible';
  readonly because: string;
}

/** By the mutant's id. */
export const SURVIVORS: Readonly<Record<string, Explanation>> = {};
