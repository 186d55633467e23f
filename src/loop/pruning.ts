// What the store need not remember any longer: runs beyond a service's limit, what is known of services
// that were removed long ago, and revisions, configs, filled volumes and pulled images that nothing refers to.

import type { HostId, RevisionId, ServiceKey } from '../kernel/ids.ts';
import { ServiceKey as ServiceKeySchema } from '../kernel/ids.ts';
import { LABEL } from '../kernel/owner.ts';
import type { Instant } from '../kernel/time.ts';
import { type HostView, hasImage } from '../observed/host-view.ts';
import type { Memory } from '../plan/world.ts';
import type { Store, StoreWrite } from '../ports/store.ts';
import type { Rollout } from '../rollout/memory.ts';
import { decodeRollout, rowKey } from './rows.ts';

/** Ended runs kept per service, unless the service says otherwise. */
const HISTORY_KEPT = 10;
/** `history` tells of a removed service for this long. */
const GONE_KEPT_MS = 30 * 24 * 3_600_000;

export interface Pruned {
  readonly writes: readonly StoreWrite[];
  /** Revisions that the services or a rollback may need. */
  readonly kept: ReadonlySet<RevisionId>;
  readonly revisions: Memory['revisions'];
  readonly configs: Memory['configs'];
  /** Of `Memory.filled`: what is forgotten. */
  readonly unfilled: ReadonlySet<string>;
}

async function runsByService(store: Store): Promise<ReadonlyMap<ServiceKey, readonly Rollout[]>> {
  const runs = new Map<ServiceKey, Rollout[]>();
  for (const row of await store.list('deployment/')) {
    const key = ServiceKeySchema.safeParse(row.key.split('/').slice(1, -1).join('/'));
    const rollout = decodeRollout(row);
    if (!key.success || !rollout.ok) continue;
    const known = runs.get(key.data) ?? [];
    known.unshift(rollout.value);
    runs.set(key.data, known);
  }
  return runs;
}

/** `key`: of `Memory.filled`. A store that was restored may say so of a volume that is gone from a host that is seen. */
function isFilled(key: string, hashes: ReadonlySet<string>, views: readonly HostView[]): boolean {
  const [host, hash = ''] = key.split('/');
  if (!hashes.has(hash)) return false;
  const view = views.find((one) => one.host === host);
  if (view?.state !== 'fresh') return true;
  return [...view.volumes.values()].some(({ labels }) => labels[LABEL.content] === hash);
}

export async function prune(
  store: Store,
  memory: Memory,
  {
    historyLimit,
    views,
    now,
  }: {
    readonly historyLimit: (service: ServiceKey) => number | null;
    readonly views: readonly HostView[];
    readonly now: Instant;
  },
): Promise<Pruned> {
  const writes: StoreWrite[] = [];
  const kept = new Set<RevisionId>();
  for (const [key, runs] of await runsByService(store)) {
    const isThere = memory.services.has(key);
    const limit = historyLimit(key) ?? HISTORY_KEPT;
    const isOld = (run: Rollout, at: number): boolean =>
      at >= limit || (!isThere && now - (run.endedAt ?? now) > GONE_KEPT_MS);
    for (const [at, run] of runs.entries()) {
      if (isOld(run, at)) writes.push({ kind: 'delete', key: rowKey.deployment(key, run.sequence) });
      else if (isThere) kept.add(run.to);
    }
  }
  for (const row of memory.services.values()) {
    // While it is rolled back it is needed as much as afterwards, when the run is in the history.
    const ids = [row.target, row.stable, row.pin?.revision ?? null, row.rollout?.to ?? null];
    for (const id of ids) if (id !== null) kept.add(id);
    for (const instance of row.instances) kept.add(instance.revision);
  }
  const revisions = new Map([...memory.revisions].filter(([id]) => kept.has(id)));
  const hashes = new Set<string>();
  for (const { container } of revisions.values())
    for (const mount of container.mounts) if (mount.kind === 'config') hashes.add(mount.contentHash);
  const configs = new Map([...memory.configs].filter(([hash]) => hashes.has(hash)));
  for (const id of memory.revisions.keys())
    if (!revisions.has(id)) writes.push({ kind: 'delete', key: rowKey.revision(id) });
  for (const hash of memory.configs.keys())
    if (!configs.has(hash)) writes.push({ kind: 'delete', key: rowKey.config(hash) });
  // Volumes of configs that nothing mounts are removed: whoever needs one again fills it again.
  const unfilled = new Set([...memory.filled].filter((key) => !isFilled(key, hashes, views)));
  for (const key of unfilled) writes.push({ kind: 'delete', key: rowKey.filled(key) });
  return { writes, kept, revisions, configs, unfilled };
}

/** Images that were pulled once and are gone from their host, as far as it can be seen now. */
export function goneImages(
  pulled: ReadonlyMap<HostId, ReadonlySet<string>>,
  views: Iterable<HostView>,
): readonly { readonly host: HostId; readonly image: string }[] {
  return [...views]
    .filter((view) => view.state === 'fresh')
    .flatMap((view) =>
      [...(pulled.get(view.host) ?? [])]
        .filter((image) => !hasImage(view, image))
        .map((image) => ({ host: view.host, image })),
    );
}
