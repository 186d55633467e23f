// Containers of a service that no row explains: a host left the fleet unheard and is back, a start arrived late, a
// store forgot them. They are given rows, and from then on all that holds for rows holds for them: they serve until
// others do in their place, count among what runs, keep their ports and their volume, and are stopped in the grace
// of their own revision. What stands in the way of a replica that is wanted goes at once.

import type { FoundContainer } from '../observed/observed.ts';
import type { Draft } from './draft.ts';
import { holdsPortOf, isRowOf, rowOf } from './found-row.ts';
import { type Instance, instanceName } from './memory.ts';
import { mayWrite, writersOf } from './single-writer.ts';
import { occupantOf, pinsOf } from './slot.ts';
import { isToldToStop } from './under-way.ts';

function isStray(draft: Draft, f: FoundContainer): boolean {
  if (draft.input.hosts.get(f.host)?.state !== 'fresh') return false;
  // Whoever copied our labels made a container of another name: it is no replica.
  const isOurs = f.container.name === instanceName(draft.memory, f.identity);
  return isOurs && !draft.memory.instances.some((i) => isRowOf(i, f));
}

const isTold = (draft: Draft, { host, container, identity }: FoundContainer): boolean =>
  isToldToStop(draft, { host, name: container.name, revision: identity.revision });

/** It writes a volume that another replica writes, or that lies elsewhere. */
function whyNotWriting(draft: Draft, f: FoundContainer, wanted: readonly Instance[]): string | null {
  const { revision } = f.identity;
  const known = draft.revision(revision);
  const apart = known === null ? [] : [...pinsOf(draft, known)].filter(([, host]) => host !== f.host);
  if (apart[0] !== undefined) return `volume ${apart[0][0]} lies on ${apart[0][1]}`;
  if (!mayWrite(draft, revision)) return null;
  const writing = writersOf(draft).filter((other) => other !== f);
  const other = wanted.find((i) => mayWrite(draft, i.revision) && writing.some((w) => isRowOf(i, w)));
  return other === undefined ? null : 'another replica writes its volume';
}

/** Why it goes whatever the service waits for; null: what holds for rows decides. */
function whyLeaving(draft: Draft, f: FoundContainer): string | null {
  const { memory, input } = draft;
  const { rollout, target } = memory;
  if (isTold(draft, f)) return 'it was told to stop';
  const wanted = memory.instances.filter((i) => i.intent === 'run');
  const notWriting = whyNotWriting(draft, f, wanted);
  if (notWriting !== null) return notWriting;
  if (wanted.some((i) => holdsPortOf(f, i))) return 'a replica that is wanted needs its port';
  const isGivenUp = rollout?.phase === 'failed' && memory.quarantine.some((q) => q.revision === target);
  if (isGivenUp) return 'its deployment was given up';
  const isFull = wanted.length >= (input.desired?.replicas ?? 0);
  return rollout?.phase === 'paused' && isFull ? 'the rollout is paused, and nothing is missing' : null;
}

function takeOn(draft: Draft, found: FoundContainer): void {
  const specs = draft.revision(found.identity.revision)?.container.ports ?? null;
  const leaving = whyLeaving(draft, found);
  const row: Instance = {
    ...rowOf(found, { specs, now: draft.now, because: leaving ?? 'it was found running' }),
    intent: leaving === null ? 'run' : 'retire',
    toldToStop: isTold(draft, found),
  };
  draft.input.load.add(occupantOf(draft, row, specs ?? []));
  draft.setInstances([...draft.memory.instances, row]);
}

/** One after the other: what is taken on first may be what the next one stands in the way of. */
export function takeOnStrays(draft: Draft): void {
  for (const found of writersOf(draft)) if (isStray(draft, found)) takeOn(draft, found);
}
