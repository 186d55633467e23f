// What one container of a service is made of, every default resolved. Exactly this, with the digest of
// the image, is the content of a revision: two services with equal specs have equal revisions.
// Everything is plain JSON, so that it can be hashed, stored and compared.

import type { ConfigName, ServiceKey } from '../kernel/ids.ts';

/** A published port. `published` is the inclusive range that the host port is taken from. */
export interface PortSpec {
  readonly target: number;
  readonly protocol: 'tcp' | 'udp';
  /** Null: the engine picks a free one. A range lets several replicas share a host. */
  readonly published: { readonly from: number; readonly to: number } | null;
  /** Address on the host that is bound; `0.0.0.0` unless the manifest says otherwise. */
  readonly hostIp: string;
}

export type MountSpec =
  | {
      readonly kind: 'volume';
      /** Name within the namespace; on a host it becomes `plimsoll.NAMESPACE.NAME`. */
      readonly volume: string;
      readonly target: string;
      readonly readOnly: boolean;
    }
  | { readonly kind: 'bind'; readonly source: string; readonly target: string; readonly readOnly: boolean }
  | {
      readonly kind: 'tmpfs';
      readonly target: string;
      readonly sizeBytes: number | null;
      /** Octal file mode as a number, null for the engine's default. */
      readonly mode: number | null;
    }
  | {
      readonly kind: 'config';
      readonly config: ConfigName;
      /** Content hash of the config's files (64 hexadecimal digits). */
      readonly contentHash: string;
      readonly target: string;
    };

/** `test` as in Docker: ['CMD', …], ['CMD-SHELL', line] or ['NONE']. */
export interface HealthcheckSpec {
  readonly test: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly startPeriodMs: number;
  readonly retries: number;
}

export interface UlimitSpec {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

export interface DeviceSpec {
  readonly source: string;
  readonly target: string;
  readonly permissions: string;
}

/** Limits that the engine enforces; null means none. */
export interface ResourceLimits {
  readonly memoryBytes: number | null;
  readonly memoryReservationBytes: number | null;
  readonly cpus: number | null;
  readonly pids: number | null;
}

/** A service that the container reaches by one of its ports. */
export interface ConnectionSpec {
  readonly service: ServiceKey;
  readonly port: number;
  /** By which it is reached: first that of `as` or of the service, then the one with its namespace. */
  readonly names: readonly string[];
}

export interface ContainerSpec {
  /** Normalised reference with registry and tag or digest: `docker.io/library/nginx:1.27`. */
  readonly image: string;
  readonly pullPolicy: 'missing' | 'always' | 'never';
  readonly platform: string | null;
  readonly entrypoint: readonly string[] | null;
  readonly command: readonly string[] | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDir: string | null;
  readonly user: string | null;
  readonly groupAdd: readonly string[];
  readonly hostname: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly PortSpec[];
  readonly expose: readonly number[];
  readonly mounts: readonly MountSpec[];
  readonly healthcheck: HealthcheckSpec | null;
  readonly stopSignal: string | null;
  readonly stopGraceMs: number;
  readonly init: boolean;
  readonly tty: boolean;
  readonly stdinOpen: boolean;
  readonly readOnly: boolean;
  readonly privileged: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly securityOpt: readonly string[];
  readonly networkMode: 'bridge' | 'host' | 'none';
  readonly pidMode: 'private' | 'host';
  readonly ipcMode: 'private' | 'host' | 'shareable';
  readonly devices: readonly DeviceSpec[];
  readonly ulimits: readonly UlimitSpec[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly extraHosts: readonly string[];
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  /** By service, then by port. No part of a revision where it is empty, as before there were any. */
  readonly connects: readonly ConnectionSpec[];
  readonly logging: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
  readonly shmSizeBytes: number | null;
  readonly oomScoreAdj: number | null;
  readonly limits: ResourceLimits;
  /**
   * `unless-stopped`, or `no` for a single writer, which only the controller may start again. `always` is for
   * containers of our own: no manifest says it.
   */
  readonly restart: 'unless-stopped' | 'always' | 'no';
}
