// Replicas that were to leave and are needed again, as long as it is not certain that they were told to stop.

import { actionKey } from '../action/action.ts';
import type { DesiredService } from '../desired/desired.ts';
import type { Assessed } from './assess.ts';
import type { Draft } from './draft.ts';
import { isGivenUp } from './memory.ts';
import { isFresh, leavingOrder, type Partition } from './partition.ts';
import { mayWrite } from './single-writer.ts';
import { isToldToStop } from './under-way.ts';

/** Whether another attempt of the same replica is to run. */
const isThere = ({ fresh }: Partition, { instance }: Assessed): boolean =>
  fresh.some((other) => other.instance.ordinal === instance.ordinal);

const isTold = (draft: Draft, { instance, name }: Assessed): boolean =>
  isToldToStop(draft, { ...instance, name });

/** By a controller before this one, or in vain by this one, which does not tell it at this moment. */
function mayHaveBeenTold(draft: Draft, a: Assessed): boolean {
  const { inFlight, waiting } = draft.input.facts;
  const key = actionKey(a.instance.host, 'stopContainer', a.name);
  return isTold(draft, a) && (!inFlight.has(key) || waiting.has(key));
}

const mayStay = (draft: Draft, a: Assessed): boolean => a.condition === 'ready' && !isTold(draft, a);

/** The last of `candidates` that would have to leave, up to `count`, are to run again: by what they were before. */
function keep(
  draft: Draft,
  candidates: readonly Assessed[],
  { count, because }: { readonly count: number; readonly because: string },
): ReadonlyMap<Assessed, Assessed> {
  const kept = new Map<Assessed, Assessed>();
  const stays = { intent: 'run', toldToStop: false, leavingSince: null, drainingSince: null } as const;
  for (const a of [...leavingOrder(draft, candidates)].reverse().slice(0, count))
    kept.set(a, { ...a, instance: { ...a.instance, ...stays, because } });
  if (kept.size === 0) return kept;
  const rows = new Map([...kept].map(([before, after]) => [before.instance, after.instance]));
  draft.setInstances(draft.memory.instances.map((i) => rows.get(i) ?? i));
  return kept;
}

/** What is wanted again and does its work stays, unless it was told to stop: as many as are missing. */
export function keepWanted(draft: Draft, desired: DesiredService, p: Partition, because: string): Partition {
  const candidates = p.retiring.filter((a) => mayStay(draft, a) && isFresh(draft, a) && !isThere(p, a));
  const count = Math.max(0, desired.replicas - p.fresh.length);
  const kept = keep(draft, candidates, { count, because });
  if (kept.size === 0) return p;
  return {
    fresh: [...p.fresh, ...kept.values()],
    old: p.old,
    retiring: p.retiring.filter((a) => !kept.has(a)),
  };
}

/** What is wanted may not come while this stays: it has its port, or the volume that it writes. */
function isInTheWay(draft: Draft, p: Partition, { instance }: Assessed): boolean {
  if (mayWrite(draft, instance.revision)) return true;
  const wanted = draft.input.desired?.container.ports ?? [];
  if (wanted.some(({ published }) => published !== null && instance.hostPorts.includes(published.from)))
    return true;
  return p.fresh.some(
    (other) =>
      other.instance.host === instance.host &&
      other.instance.hostPorts.some((port) => port !== null && instance.hostPorts.includes(port)),
  );
}

/**
 * What was to go since nobody saw it serve, and is found to, stays for a while where fewer serve than must: `count`
 * are missing. It goes when others do in its place. Of what was decided to be stopped, and may not have been told,
 * nobody knows whether it goes: it is not told again while it may be needed.
 */
export function keepNeeded(draft: Draft, p: Partition, count: number): Partition {
  const useful = p.retiring.filter(
    (a) =>
      a.condition === 'ready' && !isInTheWay(draft, p, a) && !isGivenUp(draft.memory, a.instance.revision),
  );
  const candidates = useful.filter((a) => !isTold(draft, a) && !isFresh(draft, a));
  const kept = keep(draft, candidates, { count, because: 'it serves, and fewer do than must' });
  if (kept.size < count) for (const a of useful) if (mayHaveBeenTold(draft, a)) draft.spared.add(a.name);
  if (kept.size === 0) return p;
  return {
    fresh: p.fresh,
    old: [...p.old, ...kept.values()],
    retiring: p.retiring.filter((a) => !kept.has(a)),
  };
}
