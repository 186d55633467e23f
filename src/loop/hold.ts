// Why a good commit does not come into force by itself: a forced push, an emptied repository, a mass
// deletion. Each is probably an accident, and each can be what somebody wants: a person decides.

import type { Desired } from '../desired/desired.ts';
import { contentHash } from '../kernel/canonical.ts';
import { type Problem, problem } from '../kernel/errors.ts';
import type { CommitSha, SourceId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import { holdReason } from '../plan/governor.ts';
import type { ServiceMemory } from '../rollout/memory.ts';
import type { SourceMemory } from './rows.ts';
import type { Candidate, SourceOptions } from './source-watcher.ts';

export interface HoldQuestion {
  readonly options: SourceOptions;
  readonly memory: SourceMemory;
  readonly candidate: Candidate;
  /** What would come into force. */
  readonly desired: Desired;
  /** What is in force now. */
  readonly inForce: Desired;
  /** What the controller remembers of services. */
  readonly services: Iterable<ServiceMemory>;
}

/** Names the services and namespaces that a source defines. */
function definesOf(desired: Desired, source: SourceId): string {
  const services = [...desired.services.values()].filter((s) => s.source === source).map((s) => s.key);
  const namespaces = [...desired.namespaces.values()].filter((n) => n.source === source).map((n) => n.name);
  return contentHash({ services: services.sort(), namespaces: namespaces.sort() }, 12);
}

/** What is remembered of a commit that comes into force. */
export function acceptance(
  { id, isDirectory, path = '' }: SourceOptions,
  commit: CommitSha,
  desired: Desired,
  acceptedAt: Instant,
): Omit<SourceMemory, 'id'> {
  const namespaces = [...desired.namespaces.values()].filter((n) => n.source === id).map((n) => n.name);
  const defines = definesOf(desired, id);
  return { accepted: commit, acceptedAt, isDirectory, path, defines, held: null, approved: null, namespaces };
}

/** Null: the commit may come into force. */
export async function whyHeld(question: HoldQuestion): Promise<Problem | null> {
  const { options, memory, candidate, desired } = question;
  const { commit } = candidate.head;
  const { accepted, approved, namespaces } = memory;
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
  // What is in force says what would go; after a restart that could not read it, what still runs does.
  const inForce = [...question.inForce.services.values()]
    .filter((s) => s.source === options.id)
    .map((s) => s.key);
  const running = [...question.services].filter((m) => m.source === options.id && m.instances.length > 0);
  const isRead = question.inForce.commits.has(options.id);
  const services = isRead ? inForce : running.map((m) => m.key);
  const reason = holdReason(options.id, { services, namespaces }, desired, options.governor);
  return reason === null ? null : problem('source/deletes-much', reason);
}
