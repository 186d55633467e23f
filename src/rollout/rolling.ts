// The arithmetic of moving from old to new instances, apart from everything else so that its bounds can
// be tested alone: never fewer available than allowed, never more in all than allowed.

export interface Counts {
  readonly replicas: number;
  /** Instances of the target that are meant to run, and how many of them are available. */
  readonly fresh: number;
  readonly freshAvailable: number;
  /** Instances of other revisions that are meant to run. */
  readonly old: number;
  readonly oldAvailable: number;
  /** Old ones whose condition is not known: they may serve, or not. */
  readonly oldUnknown: number;
  /** On their way out and not stopped yet. */
  readonly retiring: number;
}

export interface Bounds {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

export interface Moves {
  readonly create: number;
  /** Old instances that serve nobody: stopping them takes nothing away. */
  readonly retireUseless: number;
  /** Old instances that are available and can be spared now. */
  readonly retireAvailable: number;
  /** Instances of the target beyond the number of replicas. */
  readonly retireExtra: number;
}

export function rollingMoves(counts: Counts, bounds: Bounds): Moves {
  const ceiling = counts.replicas + bounds.maxSurge;
  const floor = Math.max(0, counts.replicas - bounds.maxUnavailable);
  const total = counts.fresh + counts.old + counts.retiring;
  const create = Math.max(0, Math.min(counts.replicas - counts.fresh, ceiling - total));
  const useless = counts.old - counts.oldAvailable - counts.oldUnknown;
  const spare = Math.max(0, counts.freshAvailable + counts.oldAvailable - floor);
  return {
    create,
    retireUseless: useless,
    retireAvailable: Math.min(counts.oldAvailable, spare),
    retireExtra: Math.max(0, counts.fresh - counts.replicas),
  };
}
