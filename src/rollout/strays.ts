// Containers of a service that no row explains: they run on a host that had left the fleet unheard and is back, or
// were started after everybody had given them up. They are stopped, kept for a while and removed; yet one that may do
// the work of its service is not stopped while that has fewer replicas than it may not do without.

import { instant } from '../kernel/time.ts';
import type { FoundContainer } from '../observed/observed.ts';
import { type Assessed, isAvailable } from './assess.ts';
import { boundsOf } from './converge.ts';
import type { Draft } from './draft.ts';
import { floorOf } from './rolling.ts';
import { isSingleWriter } from './scale.ts';

const STRAY_GRACE_MS = 10_000;

/** How many replicas the service lacks of those that must be available. */
function shortage(draft: Draft, assessed: readonly Assessed[]): number {
  const { desired } = draft.input;
  // One that writes alone is never to run beside another, however much it is missed.
  if (desired === null || isSingleWriter(draft)) return 0;
  const { minHealthyMs } = desired.rollout;
  const available = assessed.filter((a) => isAvailable(a, minHealthyMs, draft.now));
  for (const { instance } of assessed)
    if (instance.readyAt !== null) draft.wake(instant(instance.readyAt + minHealthyMs));
  return Math.max(0, floorOf(desired.replicas, boundsOf(desired, false)) - available.length);
}

/** As far as its host can tell: nobody asks the probes of what is in no row. */
function mayServe(draft: Draft, { container, identity }: FoundContainer): boolean {
  const { status, health } = container;
  if (status !== 'running' || (health !== 'none' && health !== 'healthy')) return false;
  return draft.memory.quarantine.every((q) => q.revision !== identity.revision);
}

/** The replica that is missing may need what it holds: its port, or its place on its host. */
function isInTheWay(draft: Draft, { host, container }: FoundContainer): boolean {
  const most = draft.input.desired?.placement.maxPerHost ?? Number.POSITIVE_INFINITY;
  const placed = draft.memory.instances.filter((i) => i.host === host);
  return container.hostPorts.length > 0 || placed.length >= most;
}

export function sweepStrays(draft: Draft, assessed: readonly Assessed[]): void {
  const known = new Set(assessed.map((a) => a.container?.id));
  const strays = draft.input.found.filter(
    ({ host, container }) => !known.has(container.id) && draft.input.hosts.get(host)?.state === 'fresh',
  );
  if (strays.length === 0) return;
  const missing = shortage(draft, assessed);
  for (const stray of strays) {
    const { host, container } = stray;
    const { id, name, status } = container;
    if (missing > 0 && mayServe(draft, stray) && !isInTheWay(draft, stray)) {
      draft.block('time', `runs on: its service lacks ${missing} of the replicas that must be ready`, name);
    } else if (status === 'running' || status === 'restarting' || status === 'paused') {
      draft.act(host, name, 'no replica of its service needs it', {
        kind: 'stopContainer',
        id,
        graceMs: STRAY_GRACE_MS,
      });
    } else if (status !== 'removing') {
      const stoppedAt = draft.input.hosts.get(host)?.stoppedSince.get(id) ?? draft.now;
      const dueAt = instant(stoppedAt + draft.input.settings.keepStoppedMs);
      if (status === 'created' || dueAt <= draft.now)
        draft.act(host, name, 'stopped and no longer needed', { kind: 'removeContainer', id });
      else draft.wake(dueAt);
    }
  }
}
