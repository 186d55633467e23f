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
  /** Old ones that do not run at all: nobody can miss them. */
  readonly oldDead: number;
  /** On their way out and not stopped yet. */
  readonly retiring: number;
}

export interface Bounds {
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

export interface Moves {
  readonly create: number;
  /** Old instances that are not available: the dead ones, and others as far as the bound lets them go. */
  readonly retireUseless: number;
  /** Old instances that are available and can be spared now. */
  readonly retireAvailable: number;
  /** Instances of the target beyond the number of replicas. */
  readonly retireExtra: number;
}

const floorOf = ({ replicas }: Counts, { maxUnavailable }: Bounds): number =>
  Math.max(0, replicas - maxUnavailable);

/** So many that are available are missing at what must be there at least. */
export const missing = (counts: Counts, bounds: Bounds): number =>
  Math.max(0, floorOf(counts, bounds) - counts.freshAvailable - counts.oldAvailable);

export function rollingMoves(counts: Counts, bounds: Bounds): Moves {
  const ceiling = counts.replicas + bounds.maxSurge;
  const floor = floorOf(counts, bounds);
  const total = counts.fresh + counts.old + counts.retiring;
  const create = Math.max(0, Math.min(counts.replicas - counts.fresh, ceiling - total));
  const useless = counts.old - counts.oldAvailable - counts.oldUnknown - counts.oldDead;
  // What runs without being ready may be ready again in a moment: it counts against the floor until new
  // ones are available in its place (as in Kubernetes' clean-up of unhealthy replicas). Nobody counts on what
  // cannot be seen.
  const running = counts.fresh + counts.old - counts.oldDead - counts.oldUnknown;
  const spareRunning = Math.max(0, running - floor - (counts.fresh - counts.freshAvailable));
  const spare = Math.max(0, counts.freshAvailable + counts.oldAvailable - floor);
  return {
    create,
    retireUseless: counts.oldDead + Math.min(useless, spareRunning),
    retireAvailable: Math.min(counts.oldAvailable, spare),
    retireExtra: Math.max(0, counts.fresh - counts.replicas),
  };
}
