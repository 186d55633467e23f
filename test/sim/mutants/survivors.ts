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
  'plan/forecast#ab8ab2': {
    class: 'equivalent',
    because:
      'plans tell only `unhealthy` and `starting` from the rest (assess.ts), and nobody is shown the containers of a forecast',
  },
  'plan/forecast#73c862': {
    class: 'equivalent',
    because:
      'plans tell only `unhealthy` and `starting` from the rest (assess.ts), and nobody is shown the containers of a forecast',
  },
  'loop/memory-keeper#daf8a2': {
    class: 'equivalent',
    because: 'the map that the memory gets is filled in the same turn: nobody reads it in between',
  },
  'loop/read-status#7f6d4d': {
    class: 'equivalent',
    because:
      'a reading lives for one call in which nothing changes: what is not kept is worked out again, and is the same',
  },
  'loop/late-answers#9e9fc0': {
    class: 'equivalent',
    because:
      'a list has what was there after it was asked for: what it names and is destroyed was destroyed since, and that look is in `meanwhile` and folded after the list',
  },
  'loop/changes#b91d0e': {
    class: 'equivalent',
    because:
      'every commit is resolved to a new map of hosts (desired/hosts.ts): the two are never the same object, and the line never decides',
  },
  'executor/executor#aeb13c': {
    class: 'equivalent',
    because:
      'what an action waits for stands before it in its plan (`after` has keys that `act` gave before) and is registered before the next one is begun, with or without the pause',
  },
  'plan/forecast#6d6e84': {
    class: 'not visible',
    because: 'only a plan with more than ten moments at which nothing is done would go on where it now ends',
  },
  'plan/forecast#685428': {
    class: 'not visible',
    because:
      'only a plan with exactly ten moments at which nothing is done before something is would be longer',
  },
  'plan/order#5dd654': {
    class: 'not visible',
    because:
      'what others depend on is stepped twice in a plan: in all stories the second step finds nothing to add, and only its cost would show',
  },
  'rollout/draft#b3a3e0': {
    class: 'not visible',
    because:
      'an action would have to fail in the very millisecond in which a run begins: 10 ms lie between a failure and the plan that it causes',
  },
  'rollout/assess#2208ee': {
    class: 'not visible',
    because:
      'differs only where the engine counts restarts from 0 again and nobody has seen the container down in between',
  },
  'loop/prober#30a2aa': {
    class: 'not visible',
    because:
      'a probe that is aborted gives no result, and the loop ends: only one that was answered in the very turn in which it is aborted would still count',
  },
  'loop/sources#872425': {
    class: 'not visible',
    because:
      'while the controller begins, the head of a source would be shown later by the length of a write that is only made where hosts leave',
  },
  'loop/source-watcher#8457af': {
    class: 'not visible',
    because: 'no virtual time passes while manifests are read: none is ever too slow for its limit',
  },
  'loop/pass#e31bfc': {
    class: 'not visible',
    because: 'what a changed service depends on is looked at once more for nothing: only its cost would show',
  },
  'loop/rows#6e3c6f': {
    class: 'not visible',
    because:
      'every row is written with the field: only one of an older version lacks it, and there is one version only (F25)',
  },
};
