// How the controller's memory lies in the store: one JSON row per thing, checked when it is read back.
// A row that does not fit its schema means a damaged or foreign store, and then nothing is done.

import { z } from 'zod';
import type { ContainerSpec } from '../desired/container.ts';
import type { ConfigFile, DesiredHost } from '../desired/desired.ts';
import { makeRevision, type Revision } from '../desired/revision.ts';
import { type Problem, problem } from '../kernel/errors.ts';
import {
  CommitSha,
  HostId,
  NamespaceName,
  RevisionId,
  type RootId,
  ServiceKey,
  SourceId,
} from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { Instant } from '../kernel/time.ts';
import { DEFAULTS } from '../manifest/schema/defaults.ts';
import type { Memory } from '../plan/world.ts';
import type { Store, StoredRow, StoreWrite } from '../ports/store.ts';
import { type Rollout, Rollout as RolloutSchema, ServiceMemory } from '../rollout/memory.ts';
import { BalancerMemory } from '../traffic/told.ts';
import { TrustState } from '../trust/state.ts';

/** What is known about a source across restarts. */
export const SourceMemory = z.strictObject({
  id: SourceId,
  /** The commit in force. */
  accepted: CommitSha.nullable(),
  acceptedAt: Instant.nullable(),
  /** It was a directory (`apply`, `dev`), not a commit: nothing descends from it. */
  isDirectory: z.boolean(),
  /** The source's path when it was accepted. */
  path: z.string(),
  /** Names what it defined: the same commit read differently is a new one in all but name. */
  defines: z.string().nullable(),
  /** A newer commit that waits for `plimsoll approve`. */
  held: z.strictObject({ commit: CommitSha, because: z.string(), at: Instant }).nullable(),
  /** A commit that a person approved although it would be held. */
  approved: CommitSha.nullable(),
  namespaces: z.array(NamespaceName),
  /** The services that it defined: what a later commit would remove is counted by them. */
  services: z.array(ServiceKey),
});
export type SourceMemory = z.infer<typeof SourceMemory>;

export const newSourceMemory = (id: SourceId): SourceMemory => ({
  id,
  accepted: null,
  acceptedAt: null,
  isDirectory: false,
  path: '',
  defines: null,
  held: null,
  approved: null,
  namespaces: [],
  services: [],
});

const StoredConfigFiles = z.array(
  z.strictObject({ path: z.string(), contentBase64: z.string(), mode: z.number() }),
);
const StoredImageIdentity = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('digest'), digest: z.string() }),
  z.strictObject({ kind: z.literal('local'), ids: z.array(z.string()) }),
]);
const isMap = (value: unknown): boolean => typeof value === 'object' && value !== null;

/** A controller before there were connections has stored none. */
type StoredContainer = Omit<ContainerSpec, 'connects'> & Partial<Pick<ContainerSpec, 'connects'>>;
const StoredContainer = z
  .custom<StoredContainer>(isMap)
  .transform((container): ContainerSpec => ({ ...container, connects: container.connects ?? [] }));

const StoredRevision = z.object({
  id: RevisionId,
  container: StoredContainer,
  image: StoredImageIdentity,
});

export const rowKey = {
  service: (key: ServiceKey): string => `service/${key}`,
  revision: (id: RevisionId): string => `revision/${id}`,
  config: (hash: string): string => `config/${hash}`,
  volumeHost: (volume: string): string => `volume/${volume}`,
  filled: (hostAndHash: string): string => `filled/${hostAndHash}`,
  pulled: (host: HostId, image: string): string => `pulled/${host}/${image}`,
  source: (id: SourceId): string => `source/${id}`,
  host: (id: HostId): string => `host/${id}`,
  balancer: (id: HostId): string => `balancer/${id}`,
  trust: 'trust',
  roots: 'root/',
  root: (id: RootId): string => `root/${id}`,
  met: (id: HostId): string => `met/${id}`,
  deployments: (key: ServiceKey): string => `deployment/${key}/`,
  /** Zero-padded, so that the order of keys is the order of runs. */
  deployment: (key: ServiceKey, sequence: number): string =>
    `deployment/${key}/${String(sequence).padStart(10, '0')}`,
} as const;

export const put = (key: string, value: unknown): StoreWrite => ({
  kind: 'put',
  key,
  value: JSON.stringify(value),
});

function damaged(row: StoredRow, why: string): Problem {
  return problem('store/damaged', `row ${row.key} of the store cannot be read: ${why}`);
}

function decode<S extends z.ZodType>(row: StoredRow, schema: S): Result<z.output<S>, Problem> {
  let json: unknown;
  try {
    json = JSON.parse(row.value);
  } catch {
    return err(damaged(row, 'not JSON'));
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  return err(damaged(row, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`));
}

/** A revision is its content: the id is computed again, so that a changed row cannot pass. */
export function decodeRevision(row: StoredRow): Result<Revision, Problem> {
  const stored = decode(row, StoredRevision);
  if (!stored.ok) return stored;
  const revision = makeRevision(stored.value.container, stored.value.image);
  // A newer version of the hash gives another id: the stored one stays the revision's name.
  return ok({ ...revision, id: stored.value.id });
}

export const decodeSource = (row: StoredRow): Result<SourceMemory, Problem> => decode(row, SourceMemory);
export const decodeTrust = (row: StoredRow): Result<TrustState, Problem> => decode(row, TrustState);
export const decodeRollout = (row: StoredRow): Result<Rollout, Problem> => decode(row, RolloutSchema);

/** Controllers before this one stored hosts without some of their fields. */
type StoredHost = Omit<DesiredHost, 'networkRange' | 'meshAddress'> & {
  readonly networkRange?: string | null;
  readonly meshAddress?: string | null;
};
const StoredHost = z.custom<StoredHost>(isMap).transform(
  (host): DesiredHost => ({
    ...host,
    networkRange: host.networkRange ?? DEFAULTS.networkRange,
    meshAddress: host.meshAddress ?? null,
  }),
);

export const decodeHost = (row: StoredRow): Result<DesiredHost, Problem> => decode(row, StoredHost);

async function collect<T>(
  store: Store,
  prefix: string,
  read: (row: StoredRow) => Result<T, Problem>,
  add: (value: T, rest: string) => void,
): Promise<Problem | null> {
  for (const row of await store.list(prefix)) {
    const value = read(row);
    if (!value.ok) return value.error;
    add(value.value, row.key.slice(prefix.length));
  }
  return null;
}

/** Reads the whole memory back; `store/damaged` where a row does not fit. */
export async function loadMemory(store: Store): Promise<Result<Memory, Problem>> {
  const services = new Map<ServiceKey, ServiceMemory>();
  const revisions = new Map<RevisionId, Revision>();
  const configs = new Map<string, readonly ConfigFile[]>();
  const volumeHosts = new Map<string, HostId>();
  const filled = new Set<string>();
  const balancers = new Map<HostId, BalancerMemory>();
  const failure =
    (await collect(
      store,
      'service/',
      (r) => decode(r, ServiceMemory),
      (m) => services.set(m.key, m),
    )) ??
    (await collect(store, 'revision/', decodeRevision, (r) => revisions.set(r.id, r))) ??
    (await collect(
      store,
      'config/',
      (r) => decode(r, StoredConfigFiles),
      (files, hash) => configs.set(hash, files),
    )) ??
    (await collect(
      store,
      'volume/',
      (r) => decode(r, HostId),
      (host, volume) => volumeHosts.set(volume, host),
    )) ??
    (await collect(
      store,
      'filled/',
      (r) => decode(r, z.literal(true)),
      (_, key) => filled.add(key),
    )) ??
    (await collect(
      store,
      'balancer/',
      (r) => decode(r, BalancerMemory),
      (row) => balancers.set(row.host, row),
    ));
  if (failure !== null) return err(failure);
  const lastRuns = await loadLastRuns(store, services);
  return ok({ services, revisions, configs, volumeHosts, filled, lastRuns, balancers });
}

/** The number of the newest run in the history of each service that there is no more. */
async function loadLastRuns(
  store: Store,
  services: ReadonlyMap<ServiceKey, ServiceMemory>,
): Promise<ReadonlyMap<ServiceKey, number>> {
  const lastRuns = new Map<ServiceKey, number>();
  for (const { key } of await store.list('deployment/')) {
    const parts = key.split('/').slice(1);
    const sequence = Number(parts.pop());
    const service = ServiceKey.safeParse(parts.join('/'));
    if (!service.success || services.has(service.data) || !Number.isInteger(sequence)) continue;
    lastRuns.set(service.data, Math.max(sequence, lastRuns.get(service.data) ?? 0));
  }
  return lastRuns;
}

/** Images that this controller pulled, by host. */
export async function loadPulled(store: Store): Promise<Map<HostId, Set<string>>> {
  const pulled = new Map<HostId, Set<string>>();
  for (const row of await store.list('pulled/')) {
    const rest = row.key.slice('pulled/'.length);
    const slash = rest.indexOf('/');
    const host = HostId.safeParse(rest.slice(0, slash));
    if (!host.success) continue;
    const images = pulled.get(host.data) ?? new Set<string>();
    images.add(rest.slice(slash + 1));
    pulled.set(host.data, images);
  }
  return pulled;
}
