// Everything that reconcile sees, and everything that it answers. Both are plain values: the same World
// gives the same Plan, in the same order.

import type { Action } from '../action/action.ts';
import type { ConfigFile, Desired } from '../desired/desired.ts';
import type { Revision } from '../desired/revision.ts';
import type { ControllerId, HostId, RevisionId, ServiceKey, SourceId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import type { Observed } from '../observed/observed.ts';
import type { StepSettings } from '../rollout/draft.ts';
import type { Ask, Blocked, Facts } from '../rollout/facts.ts';
import type { Rollout, ServiceMemory } from '../rollout/memory.ts';

export interface Memory {
  readonly services: ReadonlyMap<ServiceKey, ServiceMemory>;
  readonly revisions: ReadonlyMap<RevisionId, Revision>;
  /** Files of configs that a revision in use mounts, by content hash. */
  readonly configs: ReadonlyMap<string, readonly ConfigFile[]>;
  /** Host of each named volume, by `namespace/volume`. */
  readonly volumeHosts: ReadonlyMap<string, HostId>;
  /** `host/contentHash` of config volumes that were filled to the end. */
  readonly filled: ReadonlySet<string>;
  /** The number of the last run of services that were removed: wanted again, they count on from there. */
  readonly lastRuns: ReadonlyMap<ServiceKey, number>;
}

export const EMPTY_MEMORY: Memory = {
  services: new Map(),
  revisions: new Map(),
  configs: new Map(),
  volumeHosts: new Map(),
  filled: new Set(),
  lastRuns: new Map(),
};

export interface Settings extends StepSettings {
  /** Nothing is done on the hosts; decisions are only shown. The reason, or null. */
  readonly reportOnly: string | null;
  /** All that are followed, read or not. */
  readonly sources: ReadonlySet<SourceId>;
}

export interface World {
  readonly now: Instant;
  readonly controller: ControllerId;
  readonly desired: Desired;
  readonly observed: Observed;
  readonly memory: Memory;
  readonly facts: Facts;
  readonly settings: Settings;
}

export interface EndedRollout {
  readonly service: ServiceKey;
  readonly rollout: Rollout;
}

export interface Plan {
  readonly actions: readonly Action[];
  /** Changed rows; null: the row goes. */
  readonly services: ReadonlyMap<ServiceKey, ServiceMemory | null>;
  readonly revisions: readonly Revision[];
  readonly volumeHosts: ReadonlyMap<string, HostId>;
  readonly ended: readonly EndedRollout[];
  readonly asks: readonly Ask[];
  /** By service: what stands in the way; an empty list clears what was said before. */
  readonly blocked: ReadonlyMap<ServiceKey, readonly Blocked[]>;
  /** When each service wants to be looked at again, even if nothing is heard. */
  readonly wakeAt: ReadonlyMap<ServiceKey, Instant>;
}
