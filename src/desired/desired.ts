// Desired: everything that the tracked commits say should run, with every default resolved. It is the
// only form of the user's wishes that the rooms behind it know.

import type { Span } from '../kernel/errors.ts';
import type {
  CommitSha,
  ConfigName,
  HostId,
  NamespaceName,
  RouteName,
  ServiceKey,
  ServiceName,
  SourceId,
} from '../kernel/ids.ts';
import type { RouteRule } from '../kernel/route.ts';
import type { ContainerSpec } from './container.ts';
import type { Probes } from './probes.ts';
import type { RolloutSpec } from './rollout-spec.ts';

export type HostAddress =
  | {
      readonly scheme: 'ssh';
      readonly user: string;
      readonly host: string;
      readonly port: number;
      /** The engine's socket on the host. */
      readonly socketPath: string;
    }
  | { readonly scheme: 'unix'; readonly socketPath: string }
  | { readonly scheme: 'tcp'; readonly host: string; readonly port: number };

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

export interface DesiredHost {
  readonly id: HostId;
  readonly address: HostAddress;
  /** Accepted host keys, as `SHA256:…` fingerprints or `ssh-ed25519 AAAA…` lines; ssh only. */
  readonly hostKeys: readonly string[];
  /** Name of the key pair in plimsoll.yaml that opens this host. */
  readonly credential: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Capacity that placement leaves to the system. */
  readonly reserved: { readonly cpus: number; readonly memoryBytes: number };
  /** Where the networks that we make here have their addresses, e.g. `10.201.0.0/16`. */
  readonly networkRange: string;
  /** Where the load balancers of other hosts reach this one: an IP address or a DNS name; null: nowhere. */
  readonly meshAddress: string | null;
  /** False: nothing new is placed here; what runs stays. */
  readonly schedulable: boolean;
  readonly span: Span | null;
}

export interface DesiredNamespace {
  readonly name: NamespaceName;
  readonly source: SourceId;
  readonly span: Span | null;
}

export type DriftMode = 'off' | 'report' | 'correct';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

export interface Toleration {
  readonly key: string | null;
  readonly value: string | null;
  readonly effect: Taint['effect'] | null;
}

export interface PlacementSpec {
  /** All must hold on a host's labels. */
  readonly hosts: readonly LabelRequirement[];
  readonly tolerations: readonly Toleration[];
  /** At most this many replicas on one host; null for no limit. */
  readonly maxPerHost: number | null;
}

export interface ServedPort {
  readonly port: number;
  readonly protocol: 'http' | 'tcp';
}

/** Who of another namespace may connect. */
export interface AllowedCaller {
  readonly namespace: NamespaceName;
  /** Null: every service of the namespace. */
  readonly service: ServiceName | null;
}

export interface DesiredService {
  readonly key: ServiceKey;
  readonly namespace: NamespaceName;
  readonly name: ServiceName;
  readonly source: SourceId;
  readonly container: ContainerSpec;
  readonly replicas: number;
  readonly rollout: RolloutSpec;
  readonly placement: PlacementSpec;
  readonly probes: Probes;
  readonly dependsOn: readonly ServiceKey[];
  /** By port. */
  readonly serves: readonly ServedPort[];
  /** By name; within a namespace everybody may connect. */
  readonly allowFrom: readonly AllowedCaller[];
  readonly drift: DriftMode;
  /** Dotted names of observed fields that are neither compared nor written, e.g. `limits.memoryBytes`. */
  readonly ignoredFields: readonly string[];
  readonly span: Span | null;
  /**
   * Content hash of everything above but `span` and `source`: equal hashes mean that nothing about the
   * service changed, so nothing needs to be looked at.
   */
  readonly specHash: string;
}

export interface ConfigFile {
  /** Path inside the mounted directory. */
  readonly path: string;
  /** Base64, since Desired is plain JSON. */
  readonly contentBase64: string;
  /** Octal file mode as a number. */
  readonly mode: number;
}

/** Files that containers mount as a directory, addressed by their content. */
export interface DesiredConfig {
  readonly namespace: NamespaceName;
  readonly name: ConfigName;
  readonly source: SourceId;
  readonly contentHash: string;
  readonly files: readonly ConfigFile[];
}

/** Which requests of the outside lead where. */
export interface DesiredRoute {
  readonly namespace: NamespaceName;
  readonly name: RouteName;
  readonly source: SourceId;
  /** Each for all hosts of the route. */
  readonly rules: readonly RouteRule[];
}

export interface Desired {
  /** The commit in force per source: the newest one that was accepted as a whole. */
  readonly commits: ReadonlyMap<SourceId, CommitSha>;
  readonly hosts: ReadonlyMap<HostId, DesiredHost>;
  readonly namespaces: ReadonlyMap<NamespaceName, DesiredNamespace>;
  readonly services: ReadonlyMap<ServiceKey, DesiredService>;
  /** By content hash. */
  readonly configs: ReadonlyMap<string, DesiredConfig>;
  /** By namespace and name. */
  readonly routes: readonly DesiredRoute[];
}

export const EMPTY_DESIRED: Desired = {
  commits: new Map(),
  hosts: new Map(),
  namespaces: new Map(),
  services: new Map(),
  configs: new Map(),
  routes: [],
};
