// Which starts ended without a word of their engine: the connection broke, was closed, or the deadline passed. What
// was sent may happen all the same, and nobody can call it back.

import type { Action } from '../action/action.ts';
import type { ErrorCode, Problem } from '../kernel/errors.ts';
import type { Instant } from '../kernel/time.ts';
import { isStart } from '../rollout/under-way.ts';

const IS_NO_ANSWER: ReadonlySet<ErrorCode> = new Set(['host/unreachable', 'host/timeout', 'host/no-engine']);
/** Nothing travels for so long. */
const KEPT_MS = 3_600_000;

export class UnansweredStarts {
  readonly #endedAt = new Map<string, Instant>();

  /** When each ended, by the action's key. */
  get entries(): ReadonlyMap<string, Instant> {
    return this.#endedAt;
  }

  failed({ kind, key }: Action, { code }: Problem, now: Instant): void {
    if (isStart(kind) && IS_NO_ANSWER.has(code)) this.#endedAt.set(key, now);
  }

  /** It was tried again, and answered. */
  succeeded({ key }: Action): void {
    this.#endedAt.delete(key);
  }

  prune(now: Instant): void {
    for (const [key, at] of this.#endedAt) if (now - at > KEPT_MS) this.#endedAt.delete(key);
  }
}
