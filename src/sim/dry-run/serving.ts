// What really runs on the machines of a dry run, read from the machines themselves and not from what the
// controller believes.

import type { DesiredService } from '../../desired/desired.ts';
import type { ControllerId, HostId, ServiceKey } from '../../kernel/ids.ts';
import { LABEL, ownedContainer } from '../../kernel/owner.ts';
import { isWell } from '../engine/behaviour.ts';
import type { SimContainer } from '../engine/container.ts';
import { hasHealthCheck } from '../engine/health.ts';
import type { DryMachine } from './machines.ts';
import { isChecked } from './rules.ts';

/** The service of one of our containers; null for everything else. */
export const keyOf = ({ made }: SimContainer, controller: ControllerId): ServiceKey | null =>
  ownedContainer(made.labels, controller)?.key ?? null;

export const revisionOf = ({ made }: SimContainer): string => made.labels[LABEL.revision] ?? '';

/**
 * Whether it does its work: its process is up for the start-up time (that of a `service` without any check for
 * `minHealthy`), its health check passes where it has one, and nobody has told it to stop.
 */
export function isServing(
  container: SimContainer,
  service: DesiredService | undefined,
  nowMs: number,
): boolean {
  const { status, run, behaviour, health, stoppedByHand } = container;
  if (status !== 'running' || run === null || run.pausedAtMs !== null || stoppedByHand) return false;
  const elapsedMs = nowMs - run.beganMs;
  if (service !== undefined && !isChecked(service)) return elapsedMs >= service.rollout.minHealthyMs;
  if (hasHealthCheck(container) && health !== 'healthy') return false;
  return isWell(behaviour, elapsedMs);
}

/** When time alone does not stand in its way any more; null: it does not run. */
export const wellAtMs = (
  { run, behaviour }: SimContainer,
  service: DesiredService | undefined,
): number | null =>
  run === null
    ? null
    : run.beganMs +
      (service !== undefined && !isChecked(service) ? service.rollout.minHealthyMs : behaviour.startupMs);

/** How many containers of each service each machine has. */
export function placesOn(
  machines: Iterable<DryMachine>,
  controller: ControllerId,
): ReadonlyMap<ServiceKey, ReadonlyMap<HostId, number>> {
  const places = new Map<ServiceKey, Map<HostId, number>>();
  for (const { id, engine } of machines)
    for (const container of engine.machine.containers.values()) {
      const key = keyOf(container, controller);
      if (key === null || !isThere(container)) continue;
      const hosts = places.get(key) ?? new Map<HostId, number>();
      places.set(key, hosts.set(id, (hosts.get(id) ?? 0) + 1));
    }
  return places;
}

/** Takes up memory: it runs, or its engine is about to start it again. */
export const isThere = ({ run, status }: SimContainer): boolean => run !== null || status === 'restarting';
