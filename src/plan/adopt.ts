// A controller that lost its store finds its own containers by their labels and takes them on as they
// are. It no longer knows what was quarantined or held, so nothing is changed until a person approves.

import type { Desired } from '../desired/desired.ts';
import type { ControllerId, HostId, RevisionId } from '../kernel/ids.ts';
import { SourceId } from '../kernel/ids.ts';
import { isOwnedBy, LABEL } from '../kernel/owner.ts';
import type { Instant } from '../kernel/time.ts';
import type { FoundContainer, Observed } from '../observed/observed.ts';
import { type Instance, newServiceMemory, type ServiceMemory } from '../rollout/memory.ts';

const isUp = (f: FoundContainer): boolean =>
  f.container.status === 'running' || f.container.status === 'restarting';

/** The revision that most running containers have; ties to the lower id. */
function mainRevision(found: readonly FoundContainer[]): RevisionId | null {
  const counts = new Map<RevisionId, number>();
  for (const f of found) counts.set(f.identity.revision, (counts.get(f.identity.revision) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return sorted[0]?.[0] ?? null;
}

function instanceOf(f: FoundContainer, now: Instant): Instance {
  return {
    revision: f.identity.revision,
    ordinal: f.identity.ordinal,
    attempt: f.identity.attempt,
    host: f.host,
    hostPorts: f.container.hostPorts.map(({ port }) => port),
    intent: 'run',
    because: 'found by its labels after the store was lost',
    plannedAt: now,
    seenAt: now,
    readyAt: null,
    faults: 0,
    faultMark: null,
    retryAt: null,
  };
}

/** The hosts of our named volumes, by `namespace/volume`: what lies there is never left for an empty one. */
export function volumesFromLabels(observed: Observed, controller: ControllerId): ReadonlyMap<string, HostId> {
  const hosts = new Map<string, HostId>();
  for (const view of observed.hosts.values()) {
    for (const { labels } of view.volumes.values()) {
      if (!isOwnedBy(labels, controller) || labels[LABEL.kind] !== 'volume') continue;
      hosts.set(`${labels[LABEL.namespace]}/${labels[LABEL.volume]}`, view.host);
    }
  }
  return hosts;
}

/** Memory rows for the services whose containers are there, as far as labels can tell. */
export function adoptFromLabels(
  observed: Observed,
  desired: Desired,
  now: Instant,
): readonly ServiceMemory[] {
  const rows: ServiceMemory[] = [];
  for (const [key, found] of observed.byService) {
    const up = found.filter(isUp);
    const first = up[0];
    if (first === undefined) continue;
    const { namespace, service: name } = first.identity;
    const source = desired.services.get(key)?.source ?? SourceId.parse('unknown');
    const main = mainRevision(up);
    rows.push({
      ...newServiceMemory({ key, namespace, name, source }),
      target: main,
      stable: main,
      replicas: up.length,
      instances: up.map((f) => instanceOf(f, now)),
    });
  }
  return rows.sort((a, b) => (a.key < b.key ? -1 : 1));
}
