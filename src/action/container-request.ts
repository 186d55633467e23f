// Everything an engine needs to know to create one of our containers, as a value.

import type { ContainerSpec } from '../desired/container.ts';

export interface ContainerRequest {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What the engine is asked to run: `name@sha256:…`, or a reference or id for local images. */
  readonly image: string;
  readonly spec: ContainerSpec;
  /** Host ports chosen for `spec.ports`, in their order; null lets the engine choose. */
  readonly hostPorts: readonly (number | null)[];
  /** Network of the namespace and the aliases in it; null for host and none mode. */
  readonly network: { readonly name: string; readonly aliases: readonly string[] } | null;
  /** Engine names of the volumes behind `spec.mounts` of kind volume and config, in their order. */
  readonly volumes: readonly string[];
}
