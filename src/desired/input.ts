// What the resolution works on: the documents of every source, and what the controller's own
// configuration says about hosts and images.

import type { Problem } from '../kernel/errors.ts';
import type { CommitSha, SourceId } from '../kernel/ids.ts';
import type { ManifestDocument } from '../manifest/document.ts';

export interface SourceDocuments {
  readonly id: SourceId;
  /** Only such a source defines Host and Namespace. */
  readonly fleet: boolean;
  readonly commit: CommitSha;
  readonly documents: readonly ManifestDocument[];
  /**
   * The repository files that `fileReferences` names, by path below the source's path. Passing the same
   * array for an unchanged file saves hashing it again.
   */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Set by the controller's configuration, never by a repository: runs a fleet's manifests elsewhere. */
export interface FleetOverrides {
  /**
   * By host name. `as`: stands in for this host, together with all others of the same `as`, their labels
   * united. `address`: where the engine is instead; the first in alphabetical order counts.
   */
  readonly hosts?: Readonly<Record<string, { readonly as?: string; readonly address?: string }>>;
  /**
   * Image to use instead, by name with tag or digest, or by name alone; then the tag stays unless the
   * new name has one.
   */
  readonly images?: Readonly<Record<string, string>>;
}

export interface ResolveInput {
  readonly sources: readonly SourceDocuments[];
  readonly overrides?: FleetOverrides;
}

/** A problem, and the sources whose commits could remove it. */
export interface Fault {
  readonly sources: readonly SourceId[];
  readonly problem: Problem;
}
