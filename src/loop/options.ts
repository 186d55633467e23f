// What a controller is made from: ports and settings, nothing else. The composition root fills them with
// the real ones, the simulator with simulated ones.

import type { ResolutionCache } from '../desired/cache.ts';
import type { DesiredHost } from '../desired/desired.ts';
import type { FleetOverrides } from '../desired/input.ts';
import type { ControllerId } from '../kernel/ids.ts';
import type { CertificateAuthority } from '../ports/authority.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Host, RegistryCredential } from '../ports/host.ts';
import type { LoadBalancerDriver } from '../ports/load-balancer.ts';
import type { Registry } from '../ports/registry.ts';
import type { Store } from '../ports/store.ts';
import type { LoopSettings } from './settings.ts';
import type { SourceOptions } from './source-watcher.ts';

export interface ControllerOptions {
  readonly id: ControllerId;
  /** Names this process in the lease, so that people see who holds it. */
  readonly holder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly registry: Registry;
  readonly connectHost: (host: DesiredHost) => Host;
  readonly sources: readonly SourceOptions[];
  /** The credential for the registry of an image; null: ask without. */
  readonly credential: (image: string) => RegistryCredential | null;
  readonly overrides: FleetOverrides;
  /** Where many controllers resolve the same documents one after the other, as simulated ones do. */
  readonly resolved?: ResolutionCache;
  readonly balancer: {
    readonly driver: LoadBalancerDriver;
    readonly image: string;
    /** Where hosts ask each other. */
    readonly meshPorts: { readonly http: number; readonly tcp: number };
  };
  /** Of the mesh between the hosts' load balancers. */
  readonly authority: CertificateAuthority;
  readonly settings: LoopSettings;
}
