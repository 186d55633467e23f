// What lies on the controller's disk, read once per write: rows of services before and after, what the audit
// gained, who wrote it, and whether the disk was lost or set back. What a controller believes is not asked.

import type { Revision } from '../../desired/revision.ts';
import type { CommitSha, RevisionId, ServiceKey, SourceId } from '../../kernel/ids.ts';
import { decodeRollout, rowKey } from '../../loop/rows.ts';
import { type Instance, instanceName, type ServiceMemory } from '../../rollout/memory.ts';
import type { StoreWriteNote } from '../store/sim-store.ts';
import type { SimProcess } from '../world/process.ts';
import { SOURCE } from '../world/sources.ts';
import type { World } from '../world/world.ts';

export interface SourceRow {
  readonly accepted: CommitSha | null;
  readonly held: { readonly commit: string } | null;
  readonly approved: string | null;
}

/** What the audit says was done or decided. */
export interface Entry {
  readonly event: string;
  readonly object: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Null where there is no such row. */
export interface ServiceChange {
  readonly service: string;
  readonly before: ServiceMemory | null;
  readonly after: ServiceMemory | null;
}

/** A write that is on the disk. */
export interface Written {
  readonly keys: readonly string[];
  readonly services: readonly ServiceChange[];
  readonly entries: readonly Entry[];
  readonly process: SimProcess;
}

const SERVICE = 'service/';
const SOURCE_ROW = 'source/';
/** Services are known by their names: no two of a shop have the same. */
const nameOf = (key: string): string => key.slice(key.lastIndexOf('/') + 1);
const NO_CHANGES: readonly ServiceChange[] = [];

// The controller checks its rows when it reads them back; here only their place in the store counts.
const isServiceRow = (value: unknown): value is ServiceMemory =>
  typeof value === 'object' && value !== null && 'instances' in value;
const isSourceRow = (value: unknown): value is SourceRow =>
  typeof value === 'object' && value !== null && 'accepted' in value;
const isRevision = (value: unknown): value is Revision =>
  typeof value === 'object' && value !== null && 'container' in value && 'image' in value;
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** What a row says of a container; null where it says nothing of it. */
export function instanceIn(row: ServiceMemory | null, host: string, container: string): Instance | null {
  if (row === null) return null;
  const isIt = (i: Instance): boolean => i.host === host && instanceName(row, i) === container;
  return row.instances.find(isIt) ?? null;
}

export class Ledger {
  readonly #world: World;
  readonly #services = new Map<string, ServiceMemory>();
  /** By key. */
  readonly #sources = new Map<string, SourceRow>();
  #rows: unknown = null;
  #entriesSeen = 0;
  /** Counts how often the disk was lost or set back. */
  generation = -1;

  constructor(world: World) {
    this.#world = world;
    this.notice();
  }

  /** The row of the source that says which services there are. */
  get source(): SourceRow | null {
    return this.#sources.get(rowKey.source(this.#world.serviceSource)) ?? null;
  }

  /** The row of the source that says which hosts there are: the same one, unless the shop is split. */
  get fleet(): SourceRow | null {
    return this.#sources.get(rowKey.source(SOURCE)) ?? null;
  }

  /** Whether the commits that are in force lie in the copies of their sources. */
  get isCopied(): boolean {
    return this.#accepted().every(([id, commit]) => this.#world.hasCopy(id, commit));
  }

  /** … or could be fetched into them. */
  get isInReach(): boolean {
    return this.#accepted().every(([id, commit]) => this.#world.isWithinReach(id, commit));
  }

  #accepted(): readonly (readonly [SourceId, CommitSha])[] {
    const [services, fleet] = [this.source?.accepted ?? null, this.fleet?.accepted ?? null];
    return [
      ...(services === null ? [] : [[this.#world.serviceSource, services] as const]),
      ...(fleet === null ? [] : [[SOURCE, fleet] as const]),
    ];
  }

  service(name: string): ServiceMemory | null {
    return this.#services.get(name) ?? null;
  }

  get services(): ReadonlyMap<string, ServiceMemory> {
    return this.#services;
  }

  revision(id: RevisionId): Revision | null {
    const row = this.#world.disk.get(`revision/${id}`);
    const value: unknown = row === null ? null : JSON.parse(row.value);
    return isRevision(value) ? value : null;
  }

  has(key: string): boolean {
    return this.#world.disk.get(key) !== null;
  }

  /** A row as it is written. */
  record(key: string): string | null {
    return this.#world.disk.get(key)?.value ?? null;
  }

  /** Whether an ended run is recorded. */
  hasRecord(sequence: number, service: ServiceKey): boolean {
    return this.has(rowKey.deployment(service, sequence));
  }

  /** Whether a run to that revision is recorded as a success. */
  hasSucceeded(service: ServiceKey, revision: RevisionId): boolean {
    return this.#world.disk.list(rowKey.deployments(service)).some((row) => {
      const rollout = decodeRollout(row);
      return rollout.ok && rollout.value.to === revision && rollout.value.phase === 'succeeded';
    });
  }

  /** To be called after every event: a disk that was exchanged is read anew. */
  notice(): void {
    const { rows, auditEntries } = this.#world.disk;
    if (rows === this.#rows) return;
    this.#rows = rows;
    this.generation += 1;
    this.#entriesSeen = auditEntries.length;
    this.#services.clear();
    this.#sources.clear();
    for (const key of rows.keys()) this.#read(key);
  }

  /** To be called when a write has become durable. */
  take({ keys }: StoreWriteNote, process: SimProcess): Written {
    this.notice();
    const changes = keys.filter((key) => key.startsWith(SERVICE)).map((key) => this.#change(key));
    for (const key of keys) if (key.startsWith(SOURCE_ROW)) this.#read(key);
    return { keys, services: changes.length === 0 ? NO_CHANGES : changes, entries: this.#entries(), process };
  }

  #change(key: string): ServiceChange {
    const service = nameOf(key);
    const before = this.service(service);
    this.#read(key);
    return { service, before, after: this.service(service) };
  }

  #read(key: string): void {
    if (!key.startsWith(SOURCE_ROW) && !key.startsWith(SERVICE)) return;
    const row = this.#world.disk.get(key);
    const value: unknown = row === null ? null : JSON.parse(row.value);
    if (isSourceRow(value)) this.#sources.set(key, value);
    else if (isServiceRow(value)) this.#services.set(nameOf(key), value);
    else if (key.startsWith(SOURCE_ROW)) this.#sources.delete(key);
    else this.#services.delete(nameOf(key));
  }

  #entries(): readonly Entry[] {
    const { auditEntries } = this.#world.disk;
    const fresh = auditEntries.slice(this.#entriesSeen);
    this.#entriesSeen = auditEntries.length;
    return fresh.map(({ event, object, details }) => {
      const parsed: unknown = JSON.parse(details);
      return { event, object, details: isRecord(parsed) ? parsed : {} };
    });
  }
}
