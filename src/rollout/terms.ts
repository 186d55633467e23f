// The terms under which a revision is judged: its probes and the rollout's rules. They are no part of the
// revision, since changing them must not re-create anything; yet a verdict holds only under its terms.
// The replicas of the previous revision are judged by the probes that they were deployed with: a commit
// that changes the image and moves the readiness path must not make the old ones look unready.

import type { DesiredService } from '../desired/desired.ts';
import type { Probes } from '../desired/probes.ts';
import { contentHash } from '../kernel/canonical.ts';
import type { RevisionId } from '../kernel/ids.ts';
import { isSameJson } from '../kernel/same-json.ts';
import type { ServiceMemory } from './memory.ts';

/** The probes that a revision was last deployed with; those of the commit where that is not known. */
export function probesOf(
  memory: ServiceMemory | undefined,
  desired: DesiredService,
  revision: RevisionId,
): Probes {
  return memory?.probes.find((kept) => kept.revision === revision)?.probes ?? desired.probes;
}

/**
 * The rows with the commit's probes noted for `revision`, the newest use last. Kept are those of revisions
 * that are in use, and of as many others as a rollback by hand can reach.
 */
export function noteProbes(
  memory: ServiceMemory,
  desired: DesiredService,
  revision: RevisionId,
): ServiceMemory['probes'] {
  const known = memory.probes.find((kept) => kept.revision === revision);
  const isNoted = known !== undefined && isSameJson(known.probes, desired.probes);
  if (isNoted) return memory.probes;
  const others = memory.probes.filter((kept) => kept.revision !== revision);
  const inUse = new Set([memory.stable, memory.target, ...memory.instances.map((i) => i.revision)]);
  const excess = others.length + 1 - desired.rollout.historyLimit;
  const droppable = others.filter((kept) => !inUse.has(kept.revision)).slice(0, Math.max(0, excess));
  return [...others.filter((kept) => !droppable.includes(kept)), { revision, probes: desired.probes }];
}

/** Raised when other fields judge; terms of another version count as the same, since nobody changed them. */
const TERMS_VERSION = '1:';

/** Names what a revision is judged by: not how it is rolled out, nor how much is remembered. */
export function termsOf({ probes, rollout }: DesiredService): string {
  const { minHealthyMs, progressDeadlineMs, breaker, compare } = rollout;
  const compared = compare === null ? {} : { compare: JSON.parse(JSON.stringify(compare)) };
  const judged = { probes, minHealthyMs, progressDeadlineMs, breaker: { ...breaker }, ...compared };
  return TERMS_VERSION + contentHash(judged, 12);
}

/** Whether a verdict under `terms` (null: a person's) holds under what the commit sets now. */
export const isUnderTerms = (terms: string | null, desired: DesiredService): boolean =>
  terms === null || !terms.startsWith(TERMS_VERSION) || terms === termsOf(desired);
