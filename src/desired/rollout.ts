// The rollout of a service: its own keys before those of the namespace before the defaults.

import type { DocumentOf } from '../manifest/document.ts';
import { DEFAULTS } from '../manifest/schema/defaults.ts';
import type { NamespaceSpec } from '../manifest/schema/namespace.ts';
import { defaultMs } from './default-ms.ts';
import type { RolloutSpec } from './rollout-spec.ts';
import { resolveComparison, resolveSteps } from './rollout-steps.ts';

const { rollout: DEFAULT } = DEFAULTS;

export function resolveRollout(document: DocumentOf<'Service'>, namespace: NamespaceSpec): RolloutSpec {
  const own = document.manifest.spec.rollout ?? {};
  const inherited = namespace.defaults?.rollout ?? {};
  const strategy = own.strategy ?? inherited.strategy ?? DEFAULT.strategy;
  const gradual = {
    steps: own.steps ?? inherited.steps,
    analysis: own.analysis ?? inherited.analysis,
    promotion: own.promotion ?? inherited.promotion,
    bake: own.bake ?? inherited.bake,
  };
  const compare = resolveComparison(strategy, gradual);
  return {
    strategy,
    steps: resolveSteps(strategy, gradual, compare !== null),
    compare,
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
