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
  'rollout/judge#1e8e80': {
    class: 'equivalent',
    because: 'a field of the run and the reasons of the step do not know of each other',
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
  'loop/rebuilt-store#53a52d': {
    class: 'equivalent',
    because:
      'a reason that is noted and rows that are read do not know of each other, and nobody asks in between',
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
  'loop/prober#30a2aa': {
    class: 'not visible',
    because:
      'a probe that is aborted gives no result, and the loop ends: only one that was answered in the very turn in which it is aborted would still count',
  },
  'loop/sources#a416ba': {
    class: 'not visible',
    because:
      'while the controller begins, the head of a source would be shown later by the length of a write that is only made where hosts leave',
  },
  'loop/source-watcher#59a1e3': {
    class: 'not visible',
    because: 'no simulated source is a directory: how often one is read a test of the watcher shows',
  },
  'loop/pass#e31bfc': {
    class: 'not visible',
    because: 'what a changed service depends on is looked at once more for nothing: only its cost would show',
  },
  'loop/lease#23cd7f': {
    class: 'equivalent',
    because:
      'a field and a timer that does not look at it before it fires are set without a pause in between',
  },
  'loop/parts#b39400': {
    class: 'equivalent',
    because: 'two books that do not know of each other are written without a pause in between',
  },
  'rollout/keep#79d53f': {
    class: 'equivalent',
    because: 'where nothing is kept the same rows are written into the sheet once more, in the same order',
  },
  'loop/look-order#5a8065': {
    class: 'equivalent',
    because: 'where no look was missed the filter keeps every one of them',
  },
  'loop/look-order#b78374': {
    class: 'equivalent',
    because: 'a number is given to one look or report only: no two are the same',
  },
  'plan/called-off#4b5cb3': {
    class: 'equivalent',
    because:
      'a row goes after its replicas, and their waiting starts were called off when they were told to leave',
  },
  'rollout/memory#c58581': {
    class: 'not visible',
    because:
      'every row is written with the field: only one of an older version lacks it, and there is one version only (F25)',
  },
  'rollout/judge#39525e': {
    class: 'not visible',
    because:
      'where an old replica does not leave and no host has room, the sentence with which the run is given up would name the room: no check reads why',
  },
  'rollout/partition#cee0ed': {
    class: 'not visible',
    because:
      'two replicas that were made as the same one come of a store that was lost twice, and one of them would have to be ill',
  },
  'rollout/strays#9e47c3': {
    class: 'not visible',
    because:
      'in no story does what is found hold a port that another replica needs: an engine would have started only one of them',
  },
  'rollout/keep#7c9b5c': {
    class: 'not visible',
    because:
      'what is kept for want of others would have to hold a port that its successor has on the same host',
  },
  'rollout/scale#d35f89': {
    class: 'not visible',
    because:
      'a second writer of a service that no commit wants would have to appear while its source only reports removals',
  },
  'executor/executor#9ca31b': {
    class: 'not visible',
    because:
      'an action would have to be called off, asked for again and still be under way when what the first one waited for ends',
  },
  'loop/host-observer#8f6e5d': {
    class: 'not visible',
    because:
      'a report follows at once, and where it fails the connection is given up: a plan would have to fall in between',
  },
  'loop/status#1bda90': {
    class: 'not visible',
    because:
      'in all stories a service of which some run another revision is in a run, or has more than it wants',
  },
  'loop/memory-keeper#6c45f6': {
    class: 'not visible',
    because:
      'a volume on a host that has left and comes back is there, or is made anew and filled: what is remembered of it decides in neither case',
  },
  'loop/unanswered-starts#e24722': {
    class: 'not visible',
    because:
      'what ended an hour ago would matter only to a host that comes back after that: worlds last minutes',
  },
  'loop/unanswered-starts#ce8260': {
    class: 'not visible',
    because:
      'a replica whose start was answered at the second try, and that ends within ten seconds, would be taken for one that is being started',
  },
};
