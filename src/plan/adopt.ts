// A controller that lost its store finds its own containers by their labels and takes them on as they
// are. It no longer knows what was quarantined or held, so nothing is changed until a person approves.

import type { Desired } from '../desired/desired.ts';
import type { ControllerId, HostId, NamespaceName, RevisionId, ServiceKey, SourceId } from '../kernel/ids.ts';
import { isOwnedBy, LABEL } from '../kernel/owner.ts';
import type { Instant } from '../kernel/time.ts';
import type { FoundContainer, Observed } from '../observed/observed.ts';
import { knownDoors } from '../rollout/doors.ts';
import { holdsPortOf, isRowOf, rowOf } from '../rollout/found-row.ts';
import type { Instance, ServiceMemory } from '../rollout/memory.ts';
import { isUndecided, newRow } from './new-row.ts';
import type { Memory } from './world.ts';

const isUp = (f: FoundContainer): boolean =>
  f.container.status === 'running' || f.container.status === 'restarting';

/** The revision that most instances have; ties to the lower id. */
function mainRevision(instances: readonly Instance[]): RevisionId | null {
  const counts = new Map<RevisionId, number>();
  for (const { revision } of instances) counts.set(revision, (counts.get(revision) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return sorted[0]?.[0] ?? null;
}

function instanceOf(found: FoundContainer, now: Instant): Instance {
  const isHealthy = found.container.health === 'none' || found.container.health === 'healthy';
  return {
    // What it publishes is put in order once its revision is known again.
    ...rowOf(found, { specs: null, now, because: 'found by its labels after the store was lost' }),
    // What serves served before: who reads the status of a lost store must not see an outage.
    readyAt: isHealthy ? now : null,
    hasServed: isHealthy,
  };
}

/** The named volumes of ours on `hosts`, by `namespace/volume`: what lies there is never left for an empty one. */
export function volumesFromLabels(
  observed: Observed,
  controller: ControllerId,
  hosts: ReadonlySet<HostId>,
): ReadonlyMap<string, HostId> {
  const found = new Map<string, HostId>();
  for (const view of observed.hosts.values()) {
    if (!hosts.has(view.host)) continue;
    for (const { labels } of view.volumes.values()) {
      if (!isOwnedBy(labels, controller) || labels[LABEL.kind] !== 'volume') continue;
      found.set(`${labels[LABEL.namespace]}/${labels[LABEL.volume]}`, view.host);
    }
  }
  return found;
}

export interface Adopted {
  readonly rows: readonly ServiceMemory[];
  /** Containers of ours, running or not, that no row explains: a new store has none. */
  readonly count: number;
}

const isKnown = (row: ServiceMemory | undefined, f: FoundContainer): boolean =>
  row?.instances.some((i) => isRowOf(i, f)) ?? false;

const isLaterAttempt = ({ identity }: FoundContainer, i: Instance): boolean =>
  identity.revision === i.revision && identity.ordinal === i.ordinal && identity.attempt > i.attempt;

/**
 * What a row says runs, and what was found in its place: a port has one holder, and no replica could ever start
 * again beside the one that came after it; nor is a replica there twice.
 */
function withoutReplaced(
  instances: readonly Instance[],
  up: readonly FoundContainer[],
  adopted: readonly FoundContainer[],
): readonly Instance[] {
  return instances.map((i) => {
    const successor = adopted.find((f) => holdsPortOf(f, i) || isLaterAttempt(f, i));
    if (successor === undefined || up.some((f) => isRowOf(i, f))) return i;
    return { ...i, intent: 'retire', because: `${successor.container.name} was found in its place` };
  });
}

/** What counts as running when nothing was decided yet: not a row that is older than what its host shows now. */
const isMeant = (i: Instance, up: readonly FoundContainer[], { hosts }: Observed): boolean =>
  i.intent === 'run' && (hosts.get(i.host)?.state !== 'fresh' || up.some((f) => isRowOf(i, f)));

/**
 * Rows that take on the running containers on `hosts` that no row explains, as far as labels can tell. They
 * do not name a source: `sourceOf` says whose commits decide about a service that none of them wants.
 */
export function adoptFromLabels(
  observed: Observed,
  desired: Desired,
  memory: Pick<Memory, 'services' | 'lastRuns'>,
  hosts: ReadonlySet<HostId>,
  sourceOf: (service: ServiceKey, namespace: NamespaceName) => SourceId,
  now: Instant,
): Adopted {
  const rows: ServiceMemory[] = [];
  let count = 0;
  for (const key of observed.byService.keys()) {
    const found = observed.byService.get(key);
    const before = memory.services.get(key);
    const unexplained = found.filter((f) => hosts.has(f.host) && !isKnown(before, f));
    count += unexplained.length;
    const unknown = unexplained.filter(isUp);
    const first = unknown[0];
    if (first === undefined) continue;
    const { namespace, service: name } = first.identity;
    const source = desired.services.get(key)?.source ?? sourceOf(key, namespace);
    const row = before ?? newRow(memory, { key, namespace, name, source });
    const up = found.filter(isUp);
    const kept = withoutReplaced(row.instances, up, unknown);
    const instances = [...kept, ...unknown.map((f) => instanceOf(f, now))];
    // Nothing was decided yet: what most of them run is taken for what was meant, however late some answer.
    const meant = instances.filter((i) => isMeant(i, up, observed));
    const main = isUndecided(row) ? mainRevision(meant) : null;
    rows.push({
      ...row,
      target: main ?? row.target,
      stable: main ?? row.stable,
      replicas: isUndecided(row) ? meant.length : row.replicas,
      instances,
      // Who connects to it counts from the first step on: what it serves must not be stopped meanwhile.
      doors: [...knownDoors(row.doors, found)],
    });
  }
  return { rows: rows.sort((a, b) => (a.key < b.key ? -1 : 1)), count };
}
