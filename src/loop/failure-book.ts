// Remembers which actions failed and when each may be tried again, so that the plan backs off instead of
// hammering a host or a registry.

import type { Action } from '../action/action.ts';
import { type Problem, retryClass } from '../kernel/errors.ts';
import { type Instant, instant } from '../kernel/time.ts';
import type { ActionFailure } from '../rollout/facts.ts';

const FIRST_RETRY_MS = 5_000;
const STALE_RETRY_MS = 100;
const MAX_RETRY_MS = 180_000;
/** What only a person can mend is looked at again now and then all the same: it may have been mended. */
const HOPELESS_RETRY_MS = 600_000;

function retryDelayMs(problem: Problem, count: number): number | null {
  // Registries lock accounts that keep coming with a wrong password.
  if (problem.code === 'image/auth') return null;
  if (retryClass(problem.code) === 'terminal') return HOPELESS_RETRY_MS;
  // The picture was old: by now it has been looked at again.
  const firstMs = problem.code === 'engine/not-found' ? STALE_RETRY_MS : FIRST_RETRY_MS;
  return Math.min(firstMs * 2 ** (count - 1), MAX_RETRY_MS);
}

export class FailureBook {
  readonly #failures = new Map<string, ActionFailure>();

  get entries(): ReadonlyMap<string, ActionFailure> {
    return this.#failures;
  }

  /** Notes a failure; 5 s doubling to 3 min until the next try. */
  failed(action: Action, problem: Problem, now: Instant): ActionFailure {
    const count = (this.#failures.get(action.key)?.count ?? 0) + 1;
    const delay = retryDelayMs(problem, count);
    const failure = { problem, count, at: now, retryAt: delay === null ? null : instant(now + delay) };
    this.#failures.set(action.key, failure);
    return failure;
  }

  succeeded(action: Action): void {
    this.#failures.delete(action.key);
  }

  /** Forgets failures that no plan has asked about for a day, so that the book stays small. */
  prune(now: Instant): void {
    const oldest = now - 86_400_000;
    for (const [key, failure] of this.#failures) if (failure.at < oldest) this.#failures.delete(key);
  }

  clear(matches: (key: string) => boolean): void {
    for (const key of this.#failures.keys()) if (matches(key)) this.#failures.delete(key);
  }
}
