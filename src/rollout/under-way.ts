// What was told to start, to stop or to go: it has done none of it yet, and will in a moment, whatever the hosts
// show.

import { type ActionKind, actionKey } from '../action/action.ts';
import type { HostId, RevisionId } from '../kernel/ids.ts';
import { type Instant, instant } from '../kernel/time.ts';
import { type Assessed, isNotRunning } from './assess.ts';
import type { Draft } from './draft.ts';

const STARTS: readonly ActionKind[] = ['runContainer', 'startContainer', 'restartContainer'];

/** An engine that answers has done by then what reached it before. */
const LANDS_WITHIN_MS = 10_000;

export const isStart = (kind: ActionKind): boolean => STARTS.includes(kind);

/** When its last start ended of whose outcome nobody heard; null: there is none. */
function unansweredAt(draft: Draft, keys: readonly string[]): Instant | null {
  const ended = keys.flatMap((key) => draft.input.facts.unanswered.get(key) ?? []);
  return ended.length === 0 ? null : instant(Math.max(...ended));
}

/**
 * By an action that has begun, or by one that ended without an answer: what was on its way to a host that could
 * not be reached arrives when it can be again.
 */
export function isBeingStarted(draft: Draft, { instance, name }: Assessed): boolean {
  const keys = STARTS.map((kind) => actionKey(instance.host, kind, name));
  const { inFlight, waiting } = draft.input.facts;
  if (keys.some((key) => inFlight.has(key) && !waiting.has(key))) return true;
  const endedAt = unansweredAt(draft, keys);
  if (endedAt === null) return false;
  const since = draft.input.hosts.get(instance.host)?.since ?? endedAt;
  const knownAt = instant(Math.max(endedAt, since) + LANDS_WITHIN_MS);
  draft.wake(knownAt);
  return draft.now < knownAt;
}

/** Does not run, and no action that has begun is about to start it. */
export const isDead = (draft: Draft, a: Assessed): boolean => isNotRunning(a) && !isBeingStarted(draft, a);

const PUTS_RIGHT: readonly ActionKind[] = ['restartContainer', 'connectNetwork'];

/** By an action of ours that takes it away for a moment, whatever is seen of it. */
export const isBeingPutRight = (draft: Draft, { instance, name }: Assessed): boolean =>
  PUTS_RIGHT.some((kind) => draft.input.facts.inFlight.has(actionKey(instance.host, kind, name)));

const DEFAULT_GRACE_MS = 10_000;

/** How long a container may go on after it was told to stop. */
export const graceMsOf = (draft: Draft, revision: RevisionId): number =>
  draft.revision(revision)?.container.stopGraceMs ?? DEFAULT_GRACE_MS;

/**
 * It goes, whatever is wanted of it since. What is seen to run on for longer than its grace lasts was never told: the
 * stop was lost, or a controller ended between deciding on it and sending it.
 */
export function isToldToStop(
  draft: Draft,
  { host, name, revision }: { readonly host: HostId; readonly name: string; readonly revision: RevisionId },
): boolean {
  const key = actionKey(host, 'stopContainer', name);
  const { inFlight, waiting, toldToStop } = draft.input.facts;
  const toldAt = toldToStop.get(key);
  if (toldAt === undefined) return false;
  if (inFlight.has(key) && !waiting.has(key)) return true;
  const since = draft.input.hosts.get(host)?.since ?? toldAt;
  const goneAt = instant(Math.max(toldAt, since) + graceMsOf(draft, revision) + LANDS_WITHIN_MS);
  draft.wake(goneAt);
  return draft.now < goneAt;
}

type Removal = 'removeImage' | 'removeNetwork' | 'removeVolume';

/** Key of the action that is removing the object; null where none is. Whoever needs it has it made anew afterwards. */
export function removalUnderWay(draft: Draft, host: HostId, kind: Removal, object: string): string | null {
  const key = actionKey(host, kind, object);
  return draft.input.facts.inFlight.has(key) ? key : null;
}
