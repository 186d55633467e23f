// Why a good commit does not come into force by itself: a forced push, an emptied repository, a mass
// deletion. Each is probably an accident, and each can be what somebody wants: a person decides.

import type { Desired } from '../desired/desired.ts';
import { contentHash } from '../kernel/canonical.ts';
import { type Problem, problem } from '../kernel/errors.ts';
import type { CommitSha, SourceId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import { holdReason } from '../plan/governor.ts';
import type { SourceMemory } from './rows.ts';
import type { Candidate, SourceOptions } from './source-watcher.ts';

export interface HoldQuestion {
  readonly options: SourceOptions;
  readonly memory: SourceMemory;
  readonly candidate: Candidate;
  /** What would come into force. */
  readonly desired: Desired;
}

const namesOf = (desired: Desired, source: SourceId) => ({
  services: [...desired.services.values()].filter((s) => s.source === source).map((s) => s.key),
  namespaces: [...desired.namespaces.values()].filter((n) => n.source === source).map((n) => n.name),
});

/** Names the services and namespaces that a source defines. */
function definesOf(desired: Desired, source: SourceId): string {
  const { services, namespaces } = namesOf(desired, source);
  return contentHash({ services: services.sort(), namespaces: namespaces.sort() }, 12);
}

/** What is remembered of a commit that comes into force. */
export function acceptance(
  { id, isDirectory, path = '' }: SourceOptions,
  commit: CommitSha,
  desired: Desired,
  acceptedAt: Instant,
): Omit<SourceMemory, 'id'> {
  const names = namesOf(desired, id);
  const defines = definesOf(desired, id);
  return { accepted: commit, acceptedAt, isDirectory, path, defines, held: null, approved: null, ...names };
}

/** Null: the commit may come into force. */
export async function whyHeld(question: HoldQuestion): Promise<Problem | null> {
  const { options, memory, candidate, desired } = question;
  const { commit } = candidate.head;
  const { accepted, approved, namespaces, services } = memory;
  if (approved === commit) return null;
  // It was let in once, and says what it said then.
  if (accepted === commit && memory.defines === definesOf(desired, options.id)) return null;
  if (accepted !== null && !memory.isDirectory && options.forcePush === 'hold') {
    const descends = await options.git.isAncestor(accepted, commit);
    if (!descends.ok || !descends.value) {
      const what = `it does not descend from ${accepted.slice(0, 12)}, which is in force (a forced push)`;
      return problem('source/force-push', what);
    }
  }
  if (accepted !== null && candidate.documents.length === 0)
    return problem('source/empty', candidate.missing ?? 'it has no manifests at all');
  const reason = holdReason(options.id, { services, namespaces }, desired, options.governor);
  return reason === null ? null : problem('source/deletes-much', reason);
}
