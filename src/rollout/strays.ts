// Containers of a service that no row explains: a host left the fleet unheard and is back, a store forgot them.
// They are given rows, and from then on all that holds for rows holds for them: they serve until others do in their
// place, count among what runs, keep their ports and their volume, and are stopped in the grace of their own revision.

import { actionKey } from '../action/action.ts';
import { containerName } from '../kernel/owner.ts';
import type { FoundContainer } from '../observed/observed.ts';
import type { ObservedContainer } from '../observed/report.ts';
import { restartsMark } from './assess.ts';
import type { Draft } from './draft.ts';
import type { Instance } from './memory.ts';
import { occupantOf } from './slot.ts';

const RUNS: ReadonlySet<ObservedContainer['status']> = new Set(['running', 'restarting', 'paused']);

export const runs = ({ container }: FoundContainer): boolean => RUNS.has(container.status);

const isRowOf = (i: Instance, { host, identity }: FoundContainer): boolean =>
  i.host === host &&
  i.revision === identity.revision &&
  i.ordinal === identity.ordinal &&
  i.attempt === identity.attempt;

function isStray(draft: Draft, f: FoundContainer): boolean {
  if (!runs(f) || draft.input.hosts.get(f.host)?.state !== 'fresh') return false;
  const { namespace, name: service } = draft.memory;
  // Whoever copied our labels made a container of another name: it is no replica.
  const isOurs = f.container.name === containerName({ ...f.identity, namespace, service });
  return isOurs && !draft.memory.instances.some((i) => isRowOf(i, f));
}

/** Whose stop was sent is not counted on. */
const isTold = ({ input }: Draft, { host, container }: FoundContainer): boolean =>
  input.facts.toldToStop.has(actionKey(host, 'stopContainer', container.name));

const rowOf = (draft: Draft, found: FoundContainer): Instance => ({
  revision: found.identity.revision,
  ordinal: found.identity.ordinal,
  attempt: found.identity.attempt,
  host: found.host,
  hostPorts: found.container.hostPorts.map(({ port }) => port),
  intent: isTold(draft, found) ? 'retire' : 'run',
  because: 'it was found running',
  plannedAt: draft.now,
  seenAt: draft.now,
  readyAt: null,
  hasServed: false,
  toldToStop: isTold(draft, found),
  faults: 0,
  // How often it failed before it was found says nothing of now.
  faultMark: restartsMark(found.container.restartCount),
  retryAt: null,
});

export function takeOnStrays(draft: Draft): void {
  const strays = draft.input.found.filter((f) => isStray(draft, f));
  if (strays.length === 0) return;
  const rows = strays.map((f) => rowOf(draft, f));
  for (const row of rows)
    draft.input.load.add(occupantOf(draft, row, draft.revision(row.revision)?.container.ports ?? []));
  draft.setInstances([...draft.memory.instances, ...rows]);
}
