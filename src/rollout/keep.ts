// Replicas that were to leave and are needed again before anybody told them to stop.

import type { DesiredService } from '../desired/desired.ts';
import type { Assessed } from './assess.ts';
import type { Draft } from './draft.ts';
import { isFresh, leavingOrder, type Partition } from './partition.ts';
import { isToldToStop } from './under-way.ts';

/** Whether another attempt of the same replica is to run. */
const isThere = ({ fresh }: Partition, { instance }: Assessed): boolean =>
  fresh.some((other) => other.instance.ordinal === instance.ordinal);

/** What is wanted again and does its work stays, unless it was told to stop: as many as are missing. */
export function keepWanted(draft: Draft, desired: DesiredService, p: Partition, because: string): Partition {
  const ready = p.retiring.filter(
    (a) => a.condition === 'ready' && isFresh(draft, a) && !isToldToStop(draft, a) && !isThere(p, a),
  );
  const missing = Math.max(0, desired.replicas - p.fresh.length);
  const kept = new Map<Assessed, Assessed>();
  for (const a of [...leavingOrder(draft, ready)].reverse().slice(0, missing))
    kept.set(a, { ...a, instance: { ...a.instance, intent: 'run', because, toldToStop: false } });
  if (kept.size === 0) return p;
  const rows = new Map([...kept].map(([before, after]) => [before.instance, after.instance]));
  draft.setInstances(draft.memory.instances.map((i) => rows.get(i) ?? i));
  return {
    fresh: [...p.fresh, ...kept.values()],
    old: p.old,
    retiring: p.retiring.filter((a) => !kept.has(a)),
  };
}
