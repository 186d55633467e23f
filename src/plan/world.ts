// Everything that reconcile sees, and everything that it answers. Both are plain values: the same World
// gives the same Plan, in the same order.

import type { Action } from '../action/action.ts';
import type { ConfigFile, Desired, DesiredHost } from '../desired/desired.ts';
import type { Revision } from '../desired/revision.ts';
import type { ControllerId, HostId, RevisionId, ServiceKey, SourceId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';
import type { Observed } from '../observed/observed.ts';
import type { StepSettings } from '../rollout/draft.ts';
import type { Ask, Blocked, Facts } from '../rollout/facts.ts';
import type { Rollout, ServiceMemory } from '../rollout/memory.ts';
import type { BalancerSettings } from '../traffic/balancer-parts.ts';
import type { BalancerFact, BalancerMemory, Identity } from '../traffic/told.ts';

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
  /** What each host's load balancer was told. */
  readonly balancers: ReadonlyMap<HostId, BalancerMemory>;
}

export const EMPTY_MEMORY: Memory = {
  services: new Map(),
  revisions: new Map(),
  configs: new Map(),
  volumeHosts: new Map(),
  filled: new Set(),
  lastRuns: new Map(),
  balancers: new Map(),
};

export interface Settings extends StepSettings {
  /** Nothing is done on the hosts; decisions are only shown. The reason, or null. */
  readonly reportOnly: string | null;
  /** All that are followed, read or not. */
  readonly sources: ReadonlySet<SourceId>;
  readonly balancer: BalancerSettings;
}

export interface World {
  readonly now: Instant;
  readonly controller: ControllerId;
  readonly desired: Desired;
  readonly observed: Observed;
  readonly memory: Memory;
  readonly facts: Facts;
  /** The hosts of the fleet, and those that are leaving it. */
  readonly hosts: ReadonlyMap<HostId, DesiredHost>;
  /** What the load balancers said of themselves. */
  readonly balancers: ReadonlyMap<HostId, BalancerFact>;
  /** Why they did not serve by what they are to be told, by the last plan. */
  readonly balancerWaits: ReadonlyMap<HostId, string>;
  /** The certificates that are at hand for them. */
  readonly identities: ReadonlyMap<HostId, Identity>;
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
  readonly balancers: BalancerPlan;
}

/** Of the load balancers of all hosts. */
export interface BalancerPlan {
  /** Changed rows. */
  readonly rows: ReadonlyMap<HostId, BalancerMemory>;
  /** Why one does not serve by what it is to be told. */
  readonly waits: ReadonlyMap<HostId, string>;
  readonly wakeAt: Instant | null;
}
