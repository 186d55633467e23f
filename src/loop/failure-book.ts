// Remembers which actions failed and when each may be tried again, so that the plan backs off instead of
// hammering a host or a registry.

import type { Action } from '../action/action.ts';
import { type Problem, problem, retryClass } from '../kernel/errors.ts';
import { formatDuration, type Instant, instant } from '../kernel/time.ts';
import type { ActionFailure } from '../rollout/facts.ts';

const FIRST_RETRY_MS = 5_000;
const STALE_RETRY_MS = 100;
const MAX_RETRY_MS = 180_000;
/** What only a person can mend is looked at again now and then all the same: it may have been mended. */
const HOPELESS_RETRY_MS = 600_000;

const OSCILLATION_WINDOW_MS = 600_000;
const OSCILLATION_MAX_MS = 300_000;
const CORRECTIONS_AT_ONCE = 4;

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
  /** When each deviation was put right lately, by the action's key. */
  readonly #corrections = new Map<string, Instant[]>();

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

  succeeded(action: Action, now: Instant): void {
    this.#failures.delete(action.key);
    if (action.kind === 'updateContainer' || action.kind === 'connectNetwork')
      this.#noteCorrection(action, now);
  }

  /** Somebody who keeps changing it back (another tool, a script) is named instead of fought for ever. */
  #noteCorrection(action: Action, now: Instant): void {
    const recent = (this.#corrections.get(action.key) ?? []).filter((at) => now - at < OSCILLATION_WINDOW_MS);
    recent.push(now);
    this.#corrections.set(action.key, recent);
    const excess = recent.length - CORRECTIONS_AT_ONCE;
    if (excess < 0) return;
    const what = `${action.object} was put right ${recent.length} times in ${formatDuration(OSCILLATION_WINDOW_MS)} and changes back (${action.because})`;
    const retryAt = instant(now + Math.min(FIRST_RETRY_MS * 2 ** excess, OSCILLATION_MAX_MS));
    this.#failures.set(action.key, {
      problem: problem('drift/oscillation', what),
      count: recent.length,
      at: now,
      retryAt,
    });
  }

  /** Forgets failures that no plan has asked about for a day, so that the book stays small. */
  prune(now: Instant): void {
    const oldest = now - 86_400_000;
    for (const [key, failure] of this.#failures) if (failure.at < oldest) this.#failures.delete(key);
    for (const [key, times] of this.#corrections)
      if ((times.at(-1) ?? 0) < oldest) this.#corrections.delete(key);
  }

  clear(matches: (key: string) => boolean): void {
    for (const key of this.#failures.keys()) if (matches(key)) this.#failures.delete(key);
  }
}
