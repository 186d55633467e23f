// A volume that is written is written by one container at a time: a second database process on the same
// files destroys them. This holds in rollouts, in repairs and for containers that nobody remembers.

import type { RevisionId } from '../kernel/ids.ts';
import type { ObservedContainer } from '../observed/report.ts';
import type { Assessed } from './assess.ts';
import type { Draft } from './draft.ts';
import { writesAlone } from './scale.ts';
import { isBeingStarted } from './under-way.ts';

const MAY_WRITE: ReadonlySet<ObservedContainer['status']> = new Set(['running', 'restarting', 'paused']);

/** The service's containers that run, or will in a moment, as far as the hosts were seen: these may write. */
export const writersOf = (draft: Draft) => draft.input.found.filter((f) => MAY_WRITE.has(f.container.status));

/** Nobody knows what an unknown revision mounts. */
export const mayWrite = (draft: Draft, revision: RevisionId): boolean =>
  draft.revision(revision) === null || writesAlone(draft, revision);

/**
 * The only one of the replicas that write alone that may be started in this step: none while another container of
 * the service may write or is being started, else the one of the target.
 */
export function startable(draft: Draft, assessed: readonly Assessed[]): Assessed | null {
  const wanted = assessed.filter(
    ({ instance }) => instance.intent === 'run' && writesAlone(draft, instance.revision),
  );
  const starting = assessed.find((a) => mayWrite(draft, a.instance.revision) && isBeingStarted(draft, a));
  if (starting !== undefined) return wanted.find((a) => a === starting) ?? null;
  const writing = writersOf(draft).filter((f) => mayWrite(draft, f.identity.revision));
  if (writing.length > 0)
    return wanted.find((a) => writing.every((w) => w.container.id === a.container?.id)) ?? null;
  return wanted.find((a) => a.instance.revision === draft.memory.target) ?? wanted[0] ?? null;
}
