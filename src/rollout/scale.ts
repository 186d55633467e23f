// How many replicas a service has in this step, and by which rules they are replaced. A commit counts as a
// whole: its number of replicas and its rules hold from the moment at which its container does. Or the old
// revision would be scaled for nothing while the new image is being looked up, and its only replica would be
// spared by the rules of a commit that wants two. And what was deployed to write a volume alone stays alone,
// also where a rollback brings it back under a commit that wants more replicas of something else.

import type { ContainerSpec } from '../desired/container.ts';
import type { RevisionId } from '../kernel/ids.ts';
import type { Draft } from './draft.ts';

const written = (container: ContainerSpec): readonly string[] =>
  container.mounts.flatMap((m) => (m.kind === 'volume' && !m.readOnly ? [m.volume] : []));

/** Volumes that a revision writes and that the commit does not let several replicas write. */
function volumesOfOne(draft: Draft, id: RevisionId | null): readonly string[] {
  const { desired } = draft.input;
  const revision = id === null ? null : draft.revision(id);
  if (desired === null || revision === null || revision.container === desired.container) return [];
  const shared = written(desired.container);
  return written(revision.container).filter((volume) => !shared.includes(volume));
}

/** Follows whatever sets the target; from here on `desired` has the replicas and rules that this step works towards. */
export function decideScale(draft: Draft): void {
  const { committed, memory } = draft;
  if (committed === null) return;
  const isDecided = memory.target === null || memory.specHash === committed.specHash;
  const rules = isDecided ? committed.rollout : (memory.rules ?? committed.rollout);
  const asked = isDecided ? committed.replicas : memory.replicas;
  const [volume] = volumesOfOne(draft, memory.target);
  const replicas = volume === undefined ? asked : Math.min(asked, 1);
  if (replicas < asked)
    draft.block('release', `one replica only: ${memory.target} writes volume ${volume} alone`);
  draft.set({ replicas, rules: isDecided ? rules : memory.rules });
  draft.workTowards(replicas, rules);
}

/** One replica, of a revision or by a commit that lets it write a named volume. */
export function isSingleWriter(draft: Draft): boolean {
  const { desired } = draft.input;
  if (desired === null || desired.replicas > 1) return false;
  const target = draft.memory.target === null ? null : draft.revision(draft.memory.target);
  const writers = target === null ? [desired.container] : [desired.container, target.container];
  return writers.some((container) => written(container).length > 0);
}

/** What is on its way out was deployed to write alone, too, whatever the commit makes of the service. */
export function writesAlone(draft: Draft, revision: RevisionId): boolean {
  if (draft.input.desired !== null) return isSingleWriter(draft) || volumesOfOne(draft, revision).length > 0;
  // No commit wants it any more: what was decided last holds for what is left of it.
  const known = draft.revision(revision);
  return known !== null && draft.memory.replicas <= 1 && written(known.container).length > 0;
}
