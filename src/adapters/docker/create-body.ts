// From our container to the body of the engine's create request. Every field of ContainerSpec is here or
// nowhere: what this file forgets is silently not applied.

import type { NetworkPlace } from '../../action/container-request.ts';
import type { HealthcheckSpec, MountSpec } from '../../desired/container.ts';
import { invariant } from '../../kernel/invariant.ts';
import type { CreateContainer } from '../../ports/host.ts';

const NANO = 1e9;
const nanoseconds = (ms: number): number => Math.round(ms * 1e6);
const portKey = (port: number, protocol: string): string => `${port}/${protocol}`;

function healthcheckBody(check: HealthcheckSpec): object {
  return {
    Test: check.test,
    Interval: nanoseconds(check.intervalMs),
    Timeout: nanoseconds(check.timeoutMs),
    StartPeriod: nanoseconds(check.startPeriodMs),
    Retries: check.retries,
  };
}

function exposedPorts({ spec }: CreateContainer): object {
  const ports = [
    ...spec.expose.map((port) => portKey(port, 'tcp')),
    ...spec.ports.map(({ target, protocol }) => portKey(target, protocol)),
  ];
  return Object.fromEntries(ports.map((port) => [port, {}]));
}

function portBindings({ spec, hostPorts }: CreateContainer): object {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  spec.ports.forEach(({ target, protocol, hostIp }, index) => {
    const chosen = hostPorts[index] ?? null;
    const binding = { HostIp: hostIp, HostPort: chosen === null ? '' : String(chosen) };
    const key = portKey(target, protocol);
    bindings[key] = [...(bindings[key] ?? []), binding];
  });
  return bindings;
}

function tmpfsOptions(mount: MountSpec & { kind: 'tmpfs' }): string {
  return [
    ...(mount.sizeBytes === null ? [] : [`size=${mount.sizeBytes}`]),
    ...(mount.mode === null ? [] : [`mode=${mount.mode.toString(8)}`]),
  ].join(',');
}

function tmpfsBody(mounts: readonly MountSpec[]): object {
  return Object.fromEntries(
    mounts.flatMap((mount) => (mount.kind === 'tmpfs' ? [[mount.target, tmpfsOptions(mount)]] : [])),
  );
}

/** Volumes, configs and binds. A bind whose source is missing is refused, where `Binds` would create it. */
function mountsBody({ name, spec, volumes }: CreateContainer): object[] {
  const names = volumes.values();
  const nextVolume = (): string => {
    const next = names.next();
    invariant(!next.done, `${name} has a volume for each of its volume mounts`);
    return next.value;
  };
  return spec.mounts.flatMap((mount) => {
    switch (mount.kind) {
      case 'volume':
        return [{ Type: 'volume', Source: nextVolume(), Target: mount.target, ReadOnly: mount.readOnly }];
      case 'config':
        return [
          {
            Type: 'volume',
            Source: nextVolume(),
            Target: mount.target,
            ReadOnly: true,
            // Otherwise what the image has at this place would be copied among the files.
            VolumeOptions: { NoCopy: true },
          },
        ];
      case 'bind':
        return [{ Type: 'bind', Source: mount.source, Target: mount.target, ReadOnly: mount.readOnly }];
      case 'tmpfs':
        return [];
      default:
        return mount satisfies never;
    }
  });
}

/** `on-failure:3` → name and count. */
export function restartPolicyBody(policy: string): { Name: string; MaximumRetryCount: number } {
  const [Name = 'no', count = '0'] = policy.split(':');
  return { Name, MaximumRetryCount: Number(count) };
}

/** A place in a network, as it is given when creating and when connecting. */
export const endpointBody = ({ aliases, address }: NetworkPlace): object => ({
  Aliases: aliases,
  ...(address === null ? {} : { IPAMConfig: { IPv4Address: address } }),
});

function networkMode({ name, spec, networks, sharesNetworkOf }: CreateContainer): string {
  invariant(
    networks.length === 0 || (spec.networkMode === 'bridge' && sharesNetworkOf === null),
    `${name} has networks of its own, or another's`,
  );
  if (sharesNetworkOf !== null) return `container:${sharesNetworkOf}`;
  return spec.networkMode === 'bridge' ? (networks[0]?.name ?? 'default') : spec.networkMode;
}

function isolationBody(request: CreateContainer): object {
  const { spec } = request;
  return {
    NetworkMode: networkMode(request),
    PidMode: spec.pidMode === 'host' ? 'host' : '',
    IpcMode: spec.ipcMode,
    Privileged: spec.privileged,
    ReadonlyRootfs: spec.readOnly,
    CapAdd: spec.capAdd,
    CapDrop: spec.capDrop,
    SecurityOpt: spec.securityOpt,
    GroupAdd: spec.groupAdd,
    Devices: spec.devices.map((device) => ({
      PathOnHost: device.source,
      PathInContainer: device.target,
      CgroupPermissions: device.permissions,
    })),
    Sysctls: spec.sysctls,
  };
}

function resourcesBody({ spec }: CreateContainer): object {
  const { limits } = spec;
  return {
    Memory: limits.memoryBytes ?? 0,
    MemoryReservation: limits.memoryReservationBytes ?? 0,
    NanoCpus: limits.cpus === null ? 0 : Math.round(limits.cpus * NANO),
    PidsLimit: limits.pids,
    ShmSize: spec.shmSizeBytes ?? 0,
    OomScoreAdj: spec.oomScoreAdj ?? 0,
    Ulimits: spec.ulimits.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
  };
}

function hostConfigBody(request: CreateContainer): object {
  const { spec } = request;
  return {
    ...isolationBody(request),
    ...resourcesBody(request),
    Mounts: mountsBody(request),
    Tmpfs: tmpfsBody(spec.mounts),
    PortBindings: portBindings(request),
    RestartPolicy: restartPolicyBody(spec.restart),
    LogConfig: { Type: spec.logging.driver, Config: spec.logging.options },
    Init: spec.init,
    ExtraHosts: [...spec.extraHosts, ...request.hosts],
    Dns: spec.dns,
    DnsSearch: spec.dnsSearch,
  };
}

/** Null leaves the choice to the image, which for the engine means that the key is absent. */
function optional(key: string, value: unknown): object {
  return value === null ? {} : { [key]: value };
}

/** The body of `POST /containers/create`; name and platform go into the query. */
export function createBody(request: CreateContainer): object {
  const { spec } = request;
  const [first] = request.networks;
  return {
    Image: request.image,
    Labels: { ...spec.labels, ...request.labels },
    Env: Object.entries(spec.environment).map(([key, value]) => `${key}=${value}`),
    ...optional('Entrypoint', spec.entrypoint),
    ...optional('Cmd', spec.command),
    ...optional('WorkingDir', spec.workingDir),
    ...optional('User', spec.user),
    ...optional('Hostname', spec.hostname),
    ...optional('StopSignal', spec.stopSignal),
    ...optional('Healthcheck', spec.healthcheck === null ? null : healthcheckBody(spec.healthcheck)),
    StopTimeout: Math.ceil(spec.stopGraceMs / 1_000),
    Tty: spec.tty,
    OpenStdin: spec.stdinOpen,
    ExposedPorts: exposedPorts(request),
    HostConfig: hostConfigBody(request),
    ...(first === undefined
      ? {}
      : { NetworkingConfig: { EndpointsConfig: { [first.name]: endpointBody(first) } } }),
  };
}
