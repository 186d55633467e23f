// When a dry run is over: everything stands still as it should, or nothing has happened for so long that
// nothing will.

import type { DesiredService } from '../../desired/desired.ts';
import type { ControllerStatus, ServicePhase } from '../../loop/status.ts';

const MOVING: ReadonlySet<ServicePhase> = new Set([
  'progressing',
  'rollingBack',
  'waiting',
  'removing',
  'degraded',
]);

/** Between two passes a controller looks idle for a moment. */
const CALM_MS = 1_000;
/** Longer than every back-off that a rollout waits for. */
const QUIET_MS = 10 * 60_000;

function isCalm({ phase, services, hosts }: ControllerStatus): boolean {
  if (phase === 'starting' || phase === 'progressing') return false;
  if (hosts.some(({ state }) => state === 'unknown')) return false;
  return !services.some((service) => MOVING.has(service.phase));
}

/** All that people see of the state. */
const pictureOf = ({ phase, services, hosts }: ControllerStatus): string =>
  JSON.stringify([phase, services, hosts]);

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
