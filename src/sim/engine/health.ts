// When Docker's health check of a container changes its mind, computed instead of checked: a simulated
// process fails and passes at known times.

import type { Behaviour } from './behaviour.ts';
import type { SimContainer } from './container.ts';

interface Check {
  readonly intervalMs: number;
  /** Failures count from then on only. */
  readonly startPeriodMs: number;
  readonly retries: number;
}

/** Of the image's own, which Docker runs where the manifest says nothing. */
const USUAL_RETRIES = 3;

/** Null where health is `none`. */
function checkOf({ made: { spec }, behaviour }: SimContainer): Check | null {
  const { healthcheck } = spec;
  if (healthcheck !== null) return healthcheck.test[0] === 'NONE' ? null : healthcheck;
  if (behaviour.health === 'none') return null;
  return { intervalMs: behaviour.healthEveryMs, startPeriodMs: 0, retries: USUAL_RETRIES };
}

export const hasHealthCheck = (container: SimContainer): boolean => checkOf(container) !== null;

/** A time in which every check finds the same. */
interface Phase {
  readonly fromMs: number;
  readonly toMs: number;
  readonly passes: boolean;
}

/** A check of the manifest passes where the image says nothing of health. */
function phasesOf({ health, startupMs, sickAfterMs }: Behaviour): readonly Phase[] {
  const end = Number.POSITIVE_INFINITY;
  if (health === 'never') return [];
  if (health === 'fails') return [{ fromMs: 0, toMs: end, passes: false }];
  const sickMs = sickAfterMs ?? end;
  return [
    { fromMs: 0, toMs: startupMs, passes: false },
    { fromMs: startupMs, toMs: sickMs, passes: true },
    { fromMs: sickMs, toMs: end, passes: false },
  ].filter(({ fromMs, toMs }) => fromMs < toMs);
}

export interface Verdict {
  readonly health: 'healthy' | 'unhealthy';
  /** After the start of the process. */
  readonly atMs: number;
}

/** The first change within a phase; null where its checks change nothing. */
function verdictIn(container: SimContainer, check: Check, phase: Phase, elapsedMs: number): Verdict | null {
  const { intervalMs, startPeriodMs, retries } = check;
  const { passes, fromMs, toMs } = phase;
  const wasHealthy = container.health === 'healthy';
  if (container.health === (passes ? 'healthy' : 'unhealthy')) return null;
  const forgivenMs = passes || wasHealthy ? 0 : startPeriodMs;
  const firstTurn = Math.max(
    Math.floor(elapsedMs / intervalMs) + 1,
    Math.ceil(fromMs / intervalMs),
    Math.ceil(forgivenMs / intervalMs),
  );
  const atMs = (firstTurn + (passes ? 0 : retries - 1)) * intervalMs;
  return atMs < toMs ? { health: passes ? 'healthy' : 'unhealthy', atMs } : null;
}

/** The next change of health after `elapsedMs`; null where it stays. */
export function nextVerdict(container: SimContainer, elapsedMs: number): Verdict | null {
  const check = checkOf(container);
  if (check === null) return null;
  for (const phase of phasesOf(container.behaviour)) {
    if (phase.toMs <= elapsedMs) continue;
    const verdict = verdictIn(container, check, phase, elapsedMs);
    if (verdict !== null) return verdict;
  }
  return null;
}
