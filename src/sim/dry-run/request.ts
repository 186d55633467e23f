// What a dry run is asked for.

import type { Desired } from '../../desired/desired.ts';
import type { HostId, ServiceKey, SourceId } from '../../kernel/ids.ts';
import type { FleetCopy, WholeCommit } from '../../loop/fleet-copy.ts';
import type { Assumptions } from './report.ts';
import type { Operation } from './stage.ts';

/** A directory of manifests, and what is wanted where it is in force. */
export interface Manifests {
  readonly commit: WholeCommit;
  readonly desired: Desired;
}

/** What is there when the commit comes. */
export type Start =
  | { readonly kind: 'emptyHosts' }
  /** Deployed on empty hosts, which is not told. */
  | { readonly kind: 'manifests'; readonly manifests: Manifests }
  /** What a controller runs, and the commits that it has in force. */
  | {
      readonly kind: 'fleet';
      readonly fleet: FleetCopy;
      readonly commits: ReadonlyMap<SourceId, WholeCommit>;
    };

export interface LostHost {
  readonly host: HostId;
  /** After the commit; null: when half of what the rollout does is done. */
  readonly atMs: number | null;
}

export interface DryRunRequest {
  readonly start: Start;
  readonly commit: Manifests;
  /** The source to which it is pushed. */
  readonly source: SourceId;
  readonly lost: readonly LostHost[];
  /** Their new revisions never become ready. */
  readonly failing: ReadonlySet<ServiceKey>;
  readonly assumptions: Assumptions;
  readonly operation: Operation;
  /** Of virtual time, for the start and again for the rollout. */
  readonly boundMs: number;
  /** Called now and then with the virtual time. */
  readonly onProgress: (virtualMs: number) => void;
  readonly signal: AbortSignal;
}
