// What lies on the disk of a world, read back for checks: rows as the store's schemas have them, and what
// follows from them about what must be kept.

import { imageToRun, type Revision } from '../../desired/revision.ts';
import type { RevisionId, ServiceKey } from '../../kernel/ids.ts';
import { configVolumeName } from '../../kernel/owner.ts';
import { decodeRollout } from '../../loop/rows.ts';
import { type Rollout, ServiceMemory } from '../../rollout/memory.ts';
import type { SimDisk } from '../store/sim-disk.ts';

/** The keys below a prefix, without it. */
export const keysUnder = (disk: SimDisk, prefix: string): readonly string[] =>
  [...disk.rows.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));

export function serviceRows(disk: SimDisk): ReadonlyMap<ServiceKey, ServiceMemory> {
  const rows = new Map<ServiceKey, ServiceMemory>();
  for (const { value } of disk.list('service/')) {
    const row = ServiceMemory.parse(JSON.parse(value));
    rows.set(row.key, row);
  }
  return rows;
}

/** Ended runs by service, in the order of their sequence. */
export function historyRows(disk: SimDisk): ReadonlyMap<string, readonly Rollout[]> {
  const history = new Map<string, Rollout[]>();
  for (const row of disk.list('deployment/')) {
    const rollout = decodeRollout(row);
    if (!rollout.ok) continue;
    const service = row.key.split('/').slice(1, -1).join('/');
    history.set(service, [...(history.get(service) ?? []), rollout.value]);
  }
  return history;
}

/** The revisions that what is remembered of the services names: what runs, and what a rollback may go to. */
export function revisionsNamed(disk: SimDisk): ReadonlySet<RevisionId> {
  const named = new Set<RevisionId>();
  const rows = serviceRows(disk);
  for (const { target, stable, pin, rollout, instances } of rows.values())
    for (const id of [target, stable, pin?.revision, rollout?.to, ...instances.map((i) => i.revision)])
      if (id !== null && id !== undefined) named.add(id);
  for (const key of rows.keys()) for (const { to } of historyRows(disk).get(key) ?? []) named.add(to);
  return named;
}

type StoredRevision = Pick<Revision, 'id' | 'container' | 'image'>;

export function revisionRows(disk: SimDisk): readonly StoredRevision[] {
  return disk.list('revision/').map(({ value }): StoredRevision => JSON.parse(value));
}

/** Hashes of the configs that revisions mount. */
export const configsOf = (revisions: readonly StoredRevision[]): ReadonlySet<string> =>
  new Set(
    revisions.flatMap(({ container }) =>
      container.mounts.flatMap((mount) => (mount.kind === 'config' ? [mount.contentHash] : [])),
    ),
  );

/** What the hosts need for revisions: images as they are run, and volumes of configs. */
export function needsOf(revisions: readonly StoredRevision[]): {
  readonly images: ReadonlySet<string>;
  readonly volumes: ReadonlySet<string>;
} {
  return {
    images: new Set(revisions.map(imageToRun)),
    volumes: new Set([...configsOf(revisions)].map(configVolumeName)),
  };
}
