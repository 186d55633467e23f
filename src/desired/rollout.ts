// The rollout of a service: its own keys before those of the namespace before the defaults.

import { type Problem, problem } from '../kernel/errors.ts';
import { type CountOrPercent, resolveCount } from '../kernel/quantity.ts';
import { parseDuration } from '../kernel/time.ts';
import { type DocumentOf, valueSpan } from '../manifest/document.ts';
import { DEFAULTS } from '../manifest/schema/defaults.ts';
import type { NamespaceSpec } from '../manifest/schema/namespace.ts';
import type { RolloutSpec } from './rollout-spec.ts';

const { rollout: DEFAULT } = DEFAULTS;

const LONGEST_DRAIN_MS = 3_600_000;

/** A default written as a duration, in ms. */
export const defaultMs = (text: string): number => parseDuration(text) ?? 0;

export function resolveRollout(document: DocumentOf<'Service'>, namespace: NamespaceSpec): RolloutSpec {
  const own = document.manifest.spec.rollout ?? {};
  const inherited = namespace.defaults?.rollout ?? {};
  return {
    strategy: own.strategy ?? inherited.strategy ?? DEFAULT.strategy,
    steps: [],
    compare: null,
    maxSurge: own.maxSurge ?? inherited.maxSurge ?? DEFAULT.maxSurge,
    maxUnavailable: own.maxUnavailable ?? inherited.maxUnavailable ?? DEFAULT.maxUnavailable,
    minHealthyMs: own.minHealthy ?? inherited.minHealthy ?? defaultMs(DEFAULT.minHealthy),
    progressDeadlineMs:
      own.progressDeadline ?? inherited.progressDeadline ?? defaultMs(DEFAULT.progressDeadline),
    drainMs: own.drain ?? inherited.drain ?? defaultMs(DEFAULT.drain),
    onFailure: own.onFailure ?? inherited.onFailure ?? DEFAULT.onFailure,
    breaker: {
      failures: own.breaker?.failures ?? inherited.breaker?.failures ?? DEFAULT.breaker.failures,
      min: own.breaker?.min ?? inherited.breaker?.min ?? DEFAULT.breaker.min,
      max: own.breaker?.max ?? inherited.breaker?.max ?? DEFAULT.breaker.max,
    },
    historyLimit: own.history ?? inherited.history ?? DEFAULT.history,
  };
}

/** Draining, steps and comparing had no keys once. */
export function hashedRollout({ drainMs, steps, compare, ...rest }: RolloutSpec): object {
  return {
    ...rest,
    ...(drainMs === defaultMs(DEFAULT.drain) ? {} : { drainMs }),
    ...(steps.length === 0 ? {} : { steps }),
    ...(compare === null ? {} : { compare }),
  };
}

const isZero = (value: CountOrPercent): boolean => resolveCount(value, 1_000, 'up') === 0;

/** What is wrong with the rollout as a whole. */
export function checkRollout(document: DocumentOf<'Service'>, rollout: RolloutSpec): readonly Problem[] {
  const refuse = (key: string, message: string): Problem =>
    problem('manifest/invalid-value', `spec.rollout.${key}: ${message}`, {
      span: valueSpan(document, ['spec', 'rollout', key]),
    });
  const own = document.manifest.spec.rollout ?? {};
  const found: Problem[] = [];
  if (rollout.strategy === 'recreate') {
    for (const key of ['maxSurge', 'maxUnavailable'] as const) {
      if (own[key] !== undefined) found.push(refuse(key, 'has no meaning with the strategy `recreate`'));
    }
  } else if (isZero(rollout.maxSurge) && isZero(rollout.maxUnavailable)) {
    const key =
      own.maxSurge === undefined && own.maxUnavailable !== undefined ? 'maxUnavailable' : 'maxSurge';
    found.push(refuse(key, 'maxSurge and maxUnavailable cannot both be 0: nothing could ever be replaced'));
  }
  if (rollout.breaker.min > rollout.breaker.max) found.push(refuse('breaker', '`min` is above `max`'));
  if (rollout.drainMs > LONGEST_DRAIN_MS)
    found.push(refuse('drain', 'is at most 1h: no process of the load balancer is kept for longer'));
  if (rollout.progressDeadlineMs <= rollout.minHealthyMs) {
    found.push(refuse('progressDeadline', 'must be longer than minHealthy'));
  }
  return found;
}
