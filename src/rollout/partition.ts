// The replicas of a service in three heaps: as they are wanted, of another kind, on their way out. And in which order
// those leave that have to.

import type { Assessed } from './assess.ts';
import type { Draft } from './draft.ts';

export interface Partition {
  readonly fresh: readonly Assessed[];
  readonly old: readonly Assessed[];
  readonly retiring: readonly Assessed[];
}

/** The named volume that ties it to its host. */
function volumeOf(draft: Draft, { instance }: Assessed): string | null {
  const mounts = draft.revision(instance.revision)?.container.mounts ?? [];
  return mounts.find((m) => m.kind === 'volume')?.volume ?? null;
}

/** Its host left the fleet; what a named volume ties to that host stays all the same. */
const mustMove = (draft: Draft, a: Assessed): boolean =>
  !draft.isInFleet(a.instance.host) && volumeOf(draft, a) === null;

/** Tells which replicas run on where no commit wants them, for the sake of their data. */
export function tellTied(draft: Draft, running: readonly Assessed[]): void {
  for (const a of running) {
    const { host } = a.instance;
    const volume = draft.isInFleet(host) ? null : volumeOf(draft, a);
    if (volume === null) continue;
    const remedy = 'take the Host back into the fleet, or copy the data and give the volume another name';
    draft.block(
      'release',
      `stays on ${host}, which has left the fleet, with its volume ${volume}: ${remedy}`,
    );
  }
}

/** As it is wanted, and where. */
export function isFresh(draft: Draft, a: Assessed): boolean {
  const { target, restartAt } = draft.memory;
  return a.instance.revision === target && a.instance.plannedAt >= (restartAt ?? 0) && !mustMove(draft, a);
}

/**
 * One replica of each ordinal, by which people name it, the one that is ready first. After a store was lost more than
 * once two may be found that were made as the same one: the other is replaced.
 */
function withoutTwins(fresh: readonly Assessed[]): ReadonlySet<Assessed> {
  const chosen = new Map<number, Assessed>();
  for (const a of fresh) {
    const known = chosen.get(a.instance.ordinal);
    if (known === undefined || (known.condition !== 'ready' && a.condition === 'ready'))
      chosen.set(a.instance.ordinal, a);
  }
  return new Set(chosen.values());
}

export function partition(draft: Draft, assessed: readonly Assessed[]): Partition {
  const running = assessed.filter((a) => a.instance.intent === 'run');
  const fresh = withoutTwins(running.filter((a) => isFresh(draft, a)));
  return {
    fresh: [...fresh],
    old: running.filter((a) => !fresh.has(a)),
    retiring: assessed.filter((a) => a.instance.intent === 'retire'),
  };
}

const RUNS: ReadonlySet<Assessed['condition']> = new Set(['starting', 'unready', 'unhealthy', 'unknown']);

/**
 * What does not run goes first, what is ready last; among equals what is of a revision that has failed, then what has
 * never served, then the hosts with most of the service first, then the highest ordinal.
 */
export function leavingOrder(draft: Draft, candidates: readonly Assessed[]): readonly Assessed[] {
  if (candidates.length < 2) return candidates;
  const failed = new Set(draft.memory.quarantine.map((q) => q.revision));
  const perHost = new Map<string, number>();
  for (const a of candidates) perHost.set(a.instance.host, (perHost.get(a.instance.host) ?? 0) + 1);
  const rank = (a: Assessed): readonly number[] => [
    a.condition === 'ready' ? 2 : RUNS.has(a.condition) ? 1 : 0,
    failed.has(a.instance.revision) ? 0 : 1,
    a.instance.hasServed ? 1 : 0,
    -(perHost.get(a.instance.host) ?? 0),
    -a.instance.ordinal,
  ];
  const ranked = candidates.map((a) => ({ a, rank: rank(a) }));
  ranked.sort(({ rank: x }, { rank: y }) => {
    const at = x.findIndex((value, i) => value !== y[i]);
    return at === -1 ? 0 : (x[at] ?? 0) - (y[at] ?? 0);
  });
  return ranked.map(({ a }) => a);
}
