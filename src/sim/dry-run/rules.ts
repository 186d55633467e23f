// What a service's own manifest says about its replicas: when one counts as ready, and how many are kept at
// least while it is rolled out.

import type { DesiredService } from '../../desired/desired.ts';
import { resolveCount } from '../../kernel/quantity.ts';

/** Whether something decides on the readiness of a replica, besides its process and time. */
export function isChecked({ container: { healthcheck }, probes }: DesiredService): boolean {
  const hasHealthcheck = healthcheck !== null && healthcheck.test[0] !== 'NONE';
  return hasHealthcheck || probes.startup !== null || probes.readiness !== null;
}

/** A volume that is written has one writer: the old one stops before the new one starts. */
const writesVolume = ({ container }: DesiredService): boolean =>
  container.mounts.some((mount) => mount.kind === 'volume' && !mount.readOnly);

/** On a host where it runs already its successor finds no free port. */
const hasFixedPort = ({ container }: DesiredService): boolean =>
  container.ports.some(({ published }) => published !== null && published.from === published.to);

/** Of `before` replicas that were ready when the commit came. */
export function allowedReady(service: DesiredService, before: number): number {
  const { replicas, rollout } = service;
  const stopsFirst = rollout.strategy === 'recreate' || (replicas <= 1 && writesVolume(service));
  if (stopsFirst) return 0;
  const unavailable = resolveCount(rollout.maxUnavailable, replicas, 'down');
  const surge = resolveCount(rollout.maxSurge, replicas, 'up');
  const missing = hasFixedPort(service) || surge === 0 ? Math.max(1, unavailable) : unavailable;
  return Math.max(0, Math.min(before, replicas) - missing);
}
