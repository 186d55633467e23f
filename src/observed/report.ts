// What a host tells about itself, in our words instead of the engine's. A report is a statement about
// one moment; an observation that failed is a failure, never an empty report.

import type { Problem } from '../kernel/errors.ts';
import type { HostId } from '../kernel/ids.ts';
import type { Instant } from '../kernel/time.ts';

export type ContainerStatus =
  | 'created'
  | 'running'
  | 'paused'
  | 'restarting'
  | 'removing'
  | 'exited'
  | 'dead';

/** The mutable part of a container that a person can change behind our back; null means no limit. */
export interface ObservedLimits {
  readonly memoryBytes: number | null;
  readonly memoryReservationBytes: number | null;
  readonly cpus: number | null;
  readonly pids: number | null;
}

export interface ObservedContainer {
  readonly id: string;
  /** Without the leading slash. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly imageId: string;
  readonly status: ContainerStatus;
  /** `none` where the image and the spec have no health check. */
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
  readonly exitCode: number | null;
  readonly outOfMemory: boolean;
  /** Restarts by the engine since the container was created. */
  readonly restartCount: number;
  readonly restartPolicy: string;
  /** Network name → its address in it (null while not running) and its aliases. */
  readonly networks: Readonly<
    Record<string, { readonly address: string | null; readonly aliases: readonly string[] }>
  >;
  /**
   * Id of the container whose network it uses; then it has no networks of its own. It is bound to the namespace
   * that was there when it started: since that other one has been restarted (`startedAt` tells) it runs on
   * without any network until it is restarted itself.
   */
  readonly sharesNetworkOf: string | null;
  readonly hostPorts: readonly { readonly port: number; readonly protocol: 'tcp' | 'udp' }[];
  /** Named volumes that it mounts. */
  readonly volumes: readonly string[];
  readonly limits: ObservedLimits;
}

export interface ObservedNetwork {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Its addresses, e.g. `172.18.0.0/16`; none for `host` and `none`. */
  readonly subnets: readonly string[];
}

export interface ObservedVolume {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ObservedImage {
  readonly id: string;
  /** Normalised, as manifests have them: `docker.io/library/nginx:1.27`. */
  readonly tags: readonly string[];
  /** `name@sha256:…`, the name normalised as well. */
  readonly digests: readonly string[];
  readonly createdAt: Instant;
  readonly sizeBytes: number;
}

export interface EngineInfo {
  readonly id: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly os: string;
  readonly architecture: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly liveRestore: boolean;
}

/** The state of a host at one moment: every container, network and volume on it, and its images. */
export interface HostReport {
  readonly at: Instant;
  readonly engine: EngineInfo;
  readonly containers: readonly ObservedContainer[];
  readonly networks: readonly ObservedNetwork[];
  readonly volumes: readonly ObservedVolume[];
  /** Null where they were left out: then what was known of them holds. */
  readonly images: readonly ObservedImage[] | null;
}

/** Something the engine's event stream told. It names an object; its state is read again. */
export interface EngineEvent {
  readonly type: 'container' | 'network' | 'volume' | 'image';
  /** Docker's word: create, start, die, destroy, oom, health_status, update, connect, … */
  readonly action: string;
  /** Container id, network id, volume name or image reference. */
  readonly object: string;
  /** For network events: the container that was connected or disconnected. */
  readonly container: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly at: Instant;
}

/** One step in what is known about a host. */
export type HostUpdate =
  | { readonly kind: 'report'; readonly host: HostId; readonly report: HostReport }
  | {
      readonly kind: 'container';
      readonly host: HostId;
      readonly at: Instant;
      readonly container: ObservedContainer;
    }
  | { readonly kind: 'containerGone'; readonly host: HostId; readonly at: Instant; readonly id: string }
  | {
      readonly kind: 'objects';
      readonly host: HostId;
      readonly at: Instant;
      readonly networks?: readonly ObservedNetwork[];
      readonly volumes?: readonly ObservedVolume[];
      readonly images?: readonly ObservedImage[];
    }
  | { readonly kind: 'failed'; readonly host: HostId; readonly at: Instant; readonly problem: Problem };
