// Containers of a service that no row explains: they run on a host that had left the fleet unheard and is back, or
// were started after everybody had given them up. They are stopped, kept for a while and removed; yet of those
// that may do the work of their service as many are kept as it has too few replicas. They count among those that may
// be there at once, like its old replicas.

import { actionKey } from '../action/action.ts';
import { instant } from '../kernel/time.ts';
import type { FoundContainer } from '../observed/observed.ts';
import type { ObservedContainer } from '../observed/report.ts';
import { type Assessed, isAvailable } from './assess.ts';
import type { Draft } from './draft.ts';
import { boundsOf, floorOf } from './rolling.ts';
import { isSingleWriter } from './scale.ts';

const STRAY_GRACE_MS = 10_000;
const RUNS: ReadonlySet<ObservedContainer['status']> = new Set(['running', 'restarting', 'paused']);

export interface Strays {
  /** Those that run, as far as anybody knows. */
  readonly running: readonly FoundContainer[];
  /** Those of them that are not stopped before others are ready. */
  readonly kept: ReadonlySet<FoundContainer>;
  /** How many replicas the service lacks of those that must be available. */
  readonly missing: number;
}

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
function mayServe(draft: Draft, { host, container, identity }: FoundContainer): boolean {
  const { name, status, health } = container;
  if (draft.input.hosts.get(host)?.state !== 'fresh') return false;
  if (status !== 'running' || (health !== 'none' && health !== 'healthy')) return false;
  if (draft.input.facts.toldToStop.has(actionKey(host, 'stopContainer', name))) return false;
  return draft.memory.quarantine.every((q) => q.revision !== identity.revision);
}

/** The replica that is missing may need what it holds: its port, or its place on its host. */
function isInTheWay(draft: Draft, { host, container }: FoundContainer): boolean {
  const most = draft.input.desired?.placement.maxPerHost ?? Number.POSITIVE_INFINITY;
  const placed = draft.memory.instances.filter((i) => i.host === host);
  return container.hostPorts.length > 0 || placed.length >= most;
}

/** Always in the same order, so that no others are kept from one look to the next. */
const byName = (a: FoundContainer, b: FoundContainer): number =>
  a.container.name < b.container.name ? -1 : 1;

function unexplained(draft: Draft, assessed: readonly Assessed[]): readonly FoundContainer[] {
  const known = new Set(assessed.map((a) => a.container?.id));
  return draft.input.found.filter(({ container }) => !known.has(container.id));
}

export function straysOf(draft: Draft, assessed: readonly Assessed[]): Strays {
  const strays = unexplained(draft, assessed);
  if (strays.length === 0) return { running: [], kept: new Set(), missing: 0 };
  // From a host that is silent and has left the fleet nothing comes any more.
  const isCounted = ({ host }: FoundContainer): boolean =>
    draft.isInFleet(host) || draft.input.hosts.get(host)?.state === 'fresh';
  const missing = shortage(draft, assessed);
  const serving = strays.filter((stray) => mayServe(draft, stray) && !isInTheWay(draft, stray)).sort(byName);
  return {
    running: strays.filter((stray) => RUNS.has(stray.container.status) && isCounted(stray)),
    kept: new Set(serving.slice(0, missing)),
    missing,
  };
}

export function sweepStrays(draft: Draft, assessed: readonly Assessed[]): void {
  const { kept, missing } = straysOf(draft, assessed);
  for (const stray of unexplained(draft, assessed)) {
    const { host, container } = stray;
    const { id, name, status } = container;
    const view = draft.input.hosts.get(host);
    if (view?.state !== 'fresh') continue;
    if (kept.has(stray)) {
      draft.block('time', `runs on: its service lacks ${missing} of the replicas that must be ready`, name);
    } else if (RUNS.has(status)) {
      draft.act(host, name, 'no replica of its service needs it', {
        kind: 'stopContainer',
        id,
        graceMs: STRAY_GRACE_MS,
      });
    } else if (status !== 'removing') {
      const stoppedAt = view.stoppedSince.get(id) ?? draft.now;
      const dueAt = instant(stoppedAt + draft.input.settings.keepStoppedMs);
      if (status === 'created' || dueAt <= draft.now)
        draft.act(host, name, 'stopped and no longer needed', { kind: 'removeContainer', id });
      else draft.wake(dueAt);
    }
  }
}
