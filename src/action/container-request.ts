// Everything an engine needs to know to create one of our containers, as a value.

import type { ContainerSpec } from '../desired/container.ts';

/** How a container is in a network. */
export interface NetworkPlace {
  readonly aliases: readonly string[];
  /** A fixed IPv4 address, which only a network whose subnet was asked for can give; null: any. */
  readonly address: string | null;
}

export interface ContainerRequest {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What the engine is asked to run: `name@sha256:…`, or a reference or id for local images. */
  readonly image: string;
  readonly spec: ContainerSpec;
  /** Host ports chosen for `spec.ports`, in their order; null lets the engine choose. */
  readonly hostPorts: readonly (number | null)[];
  /**
   * The networks that it is created in; the first one is the engine's network mode. Empty for host and none
   * mode, and where it shares another container's network.
   */
  readonly networks: readonly (NetworkPlace & { readonly name: string })[];
  /**
   * Name or id of the container whose network namespace it uses; that must run when it starts. Ports, names of
   * hosts, a host name and DNS servers are that one's business: the engine refuses them here.
   */
  readonly sharesNetworkOf: string | null;
  /** `NAME:ADDRESS`, added to `spec.extraHosts`: addresses that are known only where it is created. */
  readonly hosts: readonly string[];
  /** Engine names of the volumes behind `spec.mounts` of kind volume and config, in their order. */
  readonly volumes: readonly string[];
}
