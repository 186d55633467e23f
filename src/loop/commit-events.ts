// The sentences that people read about a commit: in force, refused, held.

import { formatProblem, type Problem } from '../kernel/errors.ts';
import type { CommitSha, SourceId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import type { AuditEntry } from '../ports/store.ts';
import type { EventDraft } from './events.ts';
import type { SourceMemory } from './rows.ts';
import type { Candidate } from './source-watcher.ts';

const short = (commit: CommitSha): string => commit.slice(0, 12);

export function acceptedEvent({ source, head }: Candidate): EventDraft {
  return {
    kind: 'commit/accepted',
    source,
    message: `commit ${short(head.commit)} is in force: ${head.subject}`,
  };
}

/** What is in force of a source. */
interface InForce {
  readonly memory: Pick<SourceMemory, 'accepted'>;
  /** Null: not read since the controller started. Its copy may be lost, and the branch rewritten. */
  readonly accepted: Candidate | null;
}

function staying({ memory, accepted }: InForce): string {
  if (memory.accepted === null) return 'nothing stays in force';
  const commit = short(memory.accepted);
  return accepted === null
    ? `and what runs is left as it is, since ${commit}, which is in force, is not read`
    : `${commit} stays in force`;
}

export function rejectedEvent(
  { source, head }: Candidate,
  problems: readonly Problem[],
  inForce: InForce,
): EventDraft {
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const first = problems[0] === undefined ? 'unknown problem' : formatProblem(problems[0]);
  const message = `commit ${short(head.commit)} is not accepted, ${staying(inForce)}: ${first}${more}`;
  return { kind: 'commit/rejected', level: 'error', source, commit: head.commit, message };
}

export function heldEvent({ source, head }: Candidate, because: string): EventDraft {
  const message = `commit ${short(head.commit)} is held: ${because}; \`plimsoll approve\` lets it through`;
  return { kind: 'commit/held', level: 'warning', source, message };
}

export function warningEvent({ source }: Candidate, warning: Problem): EventDraft {
  return { kind: 'commit/warning', level: 'warning', source, message: formatProblem(warning) };
}

interface Decision {
  readonly at: Instant;
  readonly event: string;
  /** The controller itself unless told otherwise. */
  readonly actor: string | undefined;
  readonly because: string | undefined;
  readonly object: SourceId;
  readonly commit: CommitSha | null;
}

/** What was decided about a source, for the audit. */
export const auditEntry = ({ at, event, actor, because, object, commit }: Decision): AuditEntry => ({
  at,
  actor: actor ?? 'controller',
  event,
  object,
  because: because ?? '',
  details: JSON.stringify({ commit }),
});
