// A copy of all that a controller knows and works with: the files of the commits in force, the rows of its
// store, what it sees on the hosts, and its settings. A simulation begins with it as with the fleet itself.
// It holds what containers are made of, environments included; no credential is in it.

import { base64 } from '../desired/configs.ts';
import type { DesiredHost } from '../desired/desired.ts';
import type { FleetOverrides } from '../desired/input.ts';
import type { Problem } from '../kernel/errors.ts';
import type { ControllerId, SourceId } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import type { Instant } from '../kernel/time.ts';
import { IGNORE_FILE } from '../manifest/ignore.ts';
import { isManifestPath } from '../manifest/read.ts';
import type { HostState } from '../observed/host-view.ts';
import type {
  EngineInfo,
  ObservedContainer,
  ObservedImage,
  ObservedNetwork,
  ObservedVolume,
} from '../observed/report.ts';
import type { GitHead, GitRemote, SourceTree } from '../ports/git.ts';
import type { Parts } from './parts.ts';
import type { LoopSettings } from './settings.ts';
import type { Candidate, SourceOptions } from './source-watcher.ts';

export interface CopiedSource extends Omit<SourceOptions, 'git' | 'path' | 'isDirectory'> {
  readonly id: SourceId;
  readonly path: string;
  readonly isDirectory: boolean;
  /** Of the commit in force; null: none is. */
  readonly head: GitHead | null;
  /** Those that reading the manifests needs. */
  readonly files: readonly {
    readonly path: string;
    readonly blob: string;
    readonly contentBase64: string;
  }[];
}

export interface CopiedHost {
  readonly host: DesiredHost;
  readonly state: HostState;
  readonly engine: EngineInfo | null;
  readonly containers: readonly ObservedContainer[];
  readonly networks: readonly ObservedNetwork[];
  readonly volumes: readonly ObservedVolume[];
  readonly images: readonly ObservedImage[];
}

export interface FleetCopy {
  readonly controller: ControllerId;
  readonly at: Instant;
  readonly settings: LoopSettings;
  readonly overrides: FleetOverrides;
  readonly sources: readonly CopiedSource[];
  readonly hosts: readonly CopiedHost[];
  readonly rows: readonly { readonly key: string; readonly value: string }[];
}

/** Ended rollouts are history: nothing is decided by them, and there may be many. */
const HISTORY = 'deployment/';

/** A commit with the contents of all files that reading its manifests needs. */
export interface WholeCommit {
  readonly tree: SourceTree;
  /** By blob id. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

/** `git` is where the candidate was read from. */
export async function wholeCommit(
  git: GitRemote,
  { head, files }: Candidate,
): Promise<Result<WholeCommit, Problem>> {
  const tree = await git.tree(head.commit);
  if (!tree.ok) return tree;
  const wanted = tree.value.files.filter(
    ({ path }) => isManifestPath(path) || path === IGNORE_FILE || files.has(path),
  );
  const blobs = await git.read(wanted.map(({ blob }) => blob));
  return blobs.ok ? ok({ tree: { ...tree.value, files: wanted }, blobs: blobs.value }) : blobs;
}

function copiedFiles({ tree, blobs }: WholeCommit): CopiedSource['files'] {
  return tree.files.flatMap(({ path, blob }) => {
    const bytes = blobs.get(blob);
    return bytes === undefined ? [] : [{ path, blob, contentBase64: base64(bytes) }];
  });
}

function copySource(
  options: SourceOptions,
  accepted: Candidate | null,
  files: CopiedSource['files'],
): CopiedSource {
  const { id, fleet, isDirectory, path = '', pollMs, forcePush, prune, selfHeal, governor } = options;
  const rules = { pollMs, forcePush, prune, selfHeal, governor };
  return { id, fleet, isDirectory, path, ...rules, head: accepted?.head ?? null, files };
}

/** Rejects where the store cannot be read. */
export async function copyFleet({
  options,
  sources,
  fleet,
  hosts: known,
}: Parts): Promise<Result<FleetCopy, Problem>> {
  const copied: CopiedSource[] = [];
  for (const source of options.sources) {
    const accepted = sources.accepted(source.id);
    const commit = accepted === null ? ok(null) : await wholeCommit(source.git, accepted);
    if (!commit.ok) return err(commit.error);
    copied.push(copySource(source, accepted, commit.value === null ? [] : copiedFiles(commit.value)));
  }
  const rows = await options.store.list('');
  const hosts = fleet.views().flatMap((view): CopiedHost[] => {
    const host = known.get(view.host);
    if (host === undefined) return [];
    const { state, engine, images } = view;
    return [
      {
        host,
        state,
        engine,
        containers: [...view.containers.values()],
        networks: [...view.networks.values()],
        volumes: [...view.volumes.values()],
        images,
      },
    ];
  });
  return ok({
    controller: options.id,
    at: options.clock.now(),
    settings: options.settings,
    overrides: options.overrides,
    sources: copied,
    hosts,
    rows: rows.flatMap(({ key, value }) => (key.startsWith(HISTORY) ? [] : [{ key, value }])),
  });
}
