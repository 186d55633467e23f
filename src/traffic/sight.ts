// What is known when it is decided which requests go where.

import type { DesiredService } from '../desired/desired.ts';
import type { Revision } from '../desired/revision.ts';
import type { HostId, RevisionId, ServiceKey } from '../kernel/ids.ts';
import type { HostView } from '../observed/host-view.ts';
import type { FoundContainer } from '../observed/observed.ts';
import type { MeshAddress } from '../proxy/traffic.ts';
import type { ServiceMemory } from '../rollout/memory.ts';
import type { Demand } from './demand.ts';
import {
  type BalancerFact,
  type BalancerMemory,
  type Identity,
  mayServeBy,
  servesBy,
  type Told,
} from './told.ts';

export interface Sight {
  readonly services: ReadonlyMap<ServiceKey, ServiceMemory>;
  readonly desired: ReadonlyMap<ServiceKey, DesiredService>;
  readonly revision: (id: RevisionId) => Revision | null;
  readonly hosts: ReadonlyMap<HostId, HostView>;
  readonly found: (service: ServiceKey) => readonly FoundContainer[];
  readonly demand: Demand;
  readonly balancers: ReadonlyMap<HostId, BalancerMemory>;
  readonly facts: ReadonlyMap<HostId, BalancerFact>;
  /** Why load balancers did not serve by what they are to be told, when they were last looked at. */
  readonly waits: ReadonlyMap<HostId, string>;
  /** Of the hosts whose load balancers can ask each other; empty where there are not two. */
  readonly mesh: ReadonlyMap<HostId, MeshAddress>;
  /** The certificates that are at hand for them. */
  readonly identities: ReadonlyMap<HostId, Identity>;
}

/** Each is what the load balancer of a host may do; null: nobody knows. */
export const possibleRules = ({ balancers, facts }: Sight, host: HostId): readonly Told[] | null =>
  mayServeBy(balancers.get(host), facts.get(host));

/** What all of these say is what the load balancer of a host does; none: nothing; null: nobody knows. */
export const certainRules = ({ balancers, facts }: Sight, host: HostId): readonly Told[] | null =>
  servesBy(balancers.get(host), facts.get(host));
