// When a dry run is over: everything stands still as it should, or nothing has happened for so long that
// nothing will.

import type { DesiredService } from '../../desired/desired.ts';
import type { ControllerStatus, ServicePhase, ServiceStatus } from '../../loop/status.ts';

/** What waits for a person, whatever else may still happen to it. */
const GIVEN_UP: ReadonlySet<ServicePhase> = new Set(['failed', 'paused']);

/** Between two passes a controller looks idle for a moment. */
const CALM_MS = 1_000;
/** Longer than every back-off that a rollout waits for. */
const QUIET_MS = 10 * 60_000;

/**
 * Whether it has arrived where it stays. One that is `blocked` has not: what it has started may become ready yet, and
 * its rollout is given up in the end. One that is `held` stays as it is once all its replicas are ready.
 */
function isAtRest({ phase, ready, desired }: ServiceStatus): boolean {
  return phase === 'ready' || GIVEN_UP.has(phase) || (phase === 'held' && ready >= desired);
}

const MOVES: ReadonlySet<ControllerStatus['phase']> = new Set(['starting', 'progressing', 'degraded']);

function isCalm({ phase, services, hosts }: ControllerStatus): boolean {
  if (MOVES.has(phase)) return false;
  return hosts.every(({ state }) => state !== 'unknown') && services.every(isAtRest);
}

/**
 * What of the state would change if anything moved on. What was given up may end and begin again for ever; and
 * sentences change with what they tell of others.
 */
const pictureOf = ({ services, hosts }: ControllerStatus): string =>
  JSON.stringify([
    services.map((s) => [s.namespace, s.name, s.phase, s.revision, isAtRest(s) ? null : s.ready]),
    hosts.map(({ name, state }) => [name, state]),
  ]);

/** Nobody gives a rollout up before its deadline. */
function quietMsFor(services: Iterable<DesiredService>): number {
  let longestMs = 0;
  for (const { rollout } of services)
    longestMs = Math.max(longestMs, rollout.progressDeadlineMs + rollout.minHealthyMs);
  return longestMs + QUIET_MS;
}

export class Standstill {
  readonly #quietMs: number;
  #calmSinceMs: number | null = null;
  #picture = '';
  #effects = -1;
  #quietSinceMs = 0;

  constructor(services: Iterable<DesiredService>) {
    this.#quietMs = quietMsFor(services);
  }

  /** `effects`: changes made on the machines so far. To be asked now and then. */
  isReached(status: ControllerStatus, effects: number, nowMs: number): boolean {
    const picture = pictureOf(status);
    if (effects !== this.#effects || picture !== this.#picture) {
      this.#effects = effects;
      this.#picture = picture;
      this.#quietSinceMs = nowMs;
    }
    if (!isCalm(status)) this.#calmSinceMs = null;
    else this.#calmSinceMs ??= nowMs;
    const isLong = this.#calmSinceMs !== null && nowMs - this.#calmSinceMs >= CALM_MS;
    return isLong || nowMs - this.#quietSinceMs >= this.#quietMs;
  }
}
