// The container of a service: manifest, defaults of the namespace and safe defaults in one.

import type { DocumentOf } from '../manifest/document.ts';
import { DEFAULTS } from '../manifest/schema/defaults.ts';
import type { NamespaceSpec } from '../manifest/schema/namespace.ts';
import type { ServiceSpec } from '../manifest/schema/service.ts';
import type { ResolvedConnections } from './connection-names.ts';
import type { ContainerSpec, MountSpec, ResourceLimits } from './container.ts';
import { defaultMs } from './default-ms.ts';

/** Drivers whose files grow on the host unless they are told not to. */
const ROTATING_DRIVERS = new Set(['json-file', 'local']);
const NO_NEW_PRIVILEGES = 'no-new-privileges';

export interface ContainerInputs {
  readonly document: DocumentOf<'Service'>;
  readonly namespace: NamespaceSpec;
  /** Full name. */
  readonly image: string;
  /** Content hashes of the configs that the service mounts, by name. */
  readonly configHashes: ReadonlyMap<string, string>;
  readonly connections: ResolvedConnections;
}

export function resolveContainer({
  document,
  namespace,
  image,
  configHashes,
  connections,
}: ContainerInputs): ContainerSpec {
  const { spec } = document.manifest;
  const restricted = namespace.level === 'restricted';
  const mounts = mountsOf(spec, configHashes);
  return {
    image,
    pullPolicy: spec.pull_policy ?? DEFAULTS.pullPolicy,
    platform: spec.platform ?? null,
    entrypoint: spec.entrypoint ?? null,
    command: spec.command ?? null,
    environment: { ...connections.environment, ...spec.environment },
    workingDir: spec.working_dir ?? null,
    user: spec.user ?? null,
    groupAdd: spec.group_add ?? [],
    hostname: spec.hostname ?? null,
    labels: spec.labels ?? {},
    ports: spec.ports ?? [],
    expose: spec.expose ?? [],
    mounts,
    healthcheck: spec.healthcheck ?? null,
    stopSignal: spec.stop_signal ?? null,
    stopGraceMs:
      spec.stop_grace_period ?? namespace.defaults?.stop_grace_period ?? defaultMs(DEFAULTS.stopGracePeriod),
    init: spec.init ?? false,
    tty: spec.tty ?? false,
    stdinOpen: spec.stdin_open ?? false,
    readOnly: spec.read_only ?? restricted,
    privileged: spec.privileged ?? false,
    capAdd: spec.cap_add ?? [],
    capDrop: restricted ? ['ALL'] : (spec.cap_drop ?? []),
    securityOpt: securityOptions(spec.security_opt ?? []),
    networkMode: spec.network_mode ?? 'bridge',
    pidMode: spec.pid ?? 'private',
    ipcMode: spec.ipc ?? 'private',
    devices: spec.devices ?? [],
    ulimits: spec.ulimits ?? [],
    sysctls: spec.sysctls ?? {},
    extraHosts: spec.extra_hosts ?? [],
    dns: spec.dns ?? [],
    dnsSearch: spec.dns_search ?? [],
    connects: connections.specs,
    logging: loggingOf(spec, namespace),
    shmSizeBytes: spec.shm_size ?? null,
    oomScoreAdj: spec.oom_score_adj ?? null,
    limits: limitsOf(spec, namespace),
    restart: restartOf(mounts),
  };
}

function mountsOf(spec: ServiceSpec, configHashes: ReadonlyMap<string, string>): readonly MountSpec[] {
  const configs = (spec.configs ?? []).map(
    (mount): MountSpec => ({
      kind: 'config',
      config: mount.config,
      contentHash: configHashes.get(mount.config) ?? '',
      target: mount.target,
    }),
  );
  return [...(spec.volumes ?? []), ...(spec.tmpfs ?? []), ...configs];
}

/** `no-new-privileges` unless it was switched off by name, which needs a permission. */
function securityOptions(written: readonly string[]): readonly string[] {
  const others = written.filter((option) => !option.startsWith(NO_NEW_PRIVILEGES));
  const switchedOff = written.includes(`${NO_NEW_PRIVILEGES}:false`);
  return [`${NO_NEW_PRIVILEGES}:${switchedOff ? 'false' : 'true'}`, ...new Set(others)].sort();
}

function loggingOf(spec: ServiceSpec, namespace: NamespaceSpec): ContainerSpec['logging'] {
  const inherited = namespace.defaults?.logging ?? {};
  const own = spec.logging ?? {};
  const inheritedDriver = inherited.driver ?? DEFAULTS.logging.driver;
  const driver = own.driver ?? inheritedDriver;
  return {
    driver,
    options: {
      ...(ROTATING_DRIVERS.has(driver) ? DEFAULTS.logging.options : {}),
      // Options of another driver mean nothing to this one.
      ...(driver === inheritedDriver ? inherited.options : {}),
      ...own.options,
    },
  };
}

function limitsOf(spec: ServiceSpec, namespace: NamespaceSpec): ResourceLimits {
  const inherited = namespace.defaults?.resources?.limits ?? {};
  const pids = spec.pids_limit ?? DEFAULTS.pidsLimit;
  return {
    memoryBytes: spec.resources?.limits?.memory ?? spec.mem_limit ?? inherited.memory ?? null,
    memoryReservationBytes: spec.resources?.requests?.memory ?? spec.mem_reservation ?? null,
    cpus: spec.resources?.limits?.cpus ?? spec.cpus ?? inherited.cpus ?? null,
    pids: pids === -1 ? null : pids,
  };
}

/**
 * A container that writes a named volume is started again by the controller alone: after an outage the
 * engine could otherwise bring back a second writer. The number of replicas has no part in it, since it
 * must not change a revision.
 */
function restartOf(mounts: readonly MountSpec[]): ContainerSpec['restart'] {
  return mounts.some((mount) => mount.kind === 'volume' && !mount.readOnly) ? 'no' : 'unless-stopped';
}
