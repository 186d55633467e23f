// Mutants of the sample that no story catches, each with the reason. `equivalent`: whoever looks from outside
// sees no difference. `not visible`: there is one, and the simulator does not look at it.

export interface Explanation {
  readonly class: 'equivalent' | 'not visible';
  readonly because: string;
}

/** By the mutant's id. */
export const SURVIVORS: Readonly<Record<string, Explanation>> = {
  'plan/housekeeping#eb1523': {
    class: 'equivalent',
    because: 'two sets are filled, and neither looks at the other',
  },
  'rollout/prepare#7ac49f': {
    class: 'equivalent',
    because: 'a local variable and the wake-up of the step do not know of each other',
  },
  'rollout/judge#06e7e3': {
    class: 'equivalent',
    because: 'a field of the run and the wake-up of the step do not know of each other',
  },
  'loop/memory-keeper#fccad5': {
    class: 'equivalent',
    because: 'an action is of one kind: only one of the two branches is ever taken',
  },
  'loop/memory-keeper#eb4db2': {
    class: 'equivalent',
    because: 'two fields that do not know of each other are set without a pause in between',
  },
  'loop/leaving-hosts#eac196': {
    class: 'equivalent',
    because: 'two collections that do not know of each other are changed without a pause in between',
  },
  'loop/leaving-hosts#689772': {
    class: 'equivalent',
    because: 'whoever dies in between reads the row again, and who lives has done both before anybody asks',
  },
  'loop/rebuilt-store#015cb2': {
    class: 'equivalent',
    because: 'two fields that do not know of each other are set without a pause in between',
  },
  'loop/fleet#a24dcd': {
    class: 'equivalent',
    because: 'the observer is told to stop and others are told of it within the same turn',
  },
  'loop/parts#8ec23c': {
    class: 'equivalent',
    because: 'what is due is a set: the order in which services are added is the same to it',
  },
  'loop/changes#4762bd': {
    class: 'equivalent',
    because: 'whether two fleets are the same does not depend on which is named first',
  },
  'loop/dirty#8b8ee6': {
    class: 'equivalent',
    because: 'of two equal instants either is the earliest',
  },
  'loop/lease#88da9d': {
    class: 'equivalent',
    because: 'a renewal after the release finds no lease and returns at once',
  },
  'loop/image-resolver#15ad14': {
    class: 'equivalent',
    because: 'only a process that ends aborts its questions, and its answers reach nobody',
  },
};
