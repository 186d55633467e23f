// From the engine's inspect answer to our words.

import { type Instant, instant } from '../../kernel/time.ts';
import type { ContainerStatus, ObservedContainer } from '../../observed/report.ts';
import type { InspectedContainer } from './engine-answers.ts';

const STATUSES: readonly ContainerStatus[] = [
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
];
const HEALTHS = ['starting', 'healthy', 'unhealthy'] as const;
/** How the engine names a volume that nobody named. */
const ANONYMOUS_VOLUME = /^[0-9a-f]{64}$/;
/** Go's zero time, which stands for "never". */
const GO_ZERO_TIME = '0001-01-01T00:00:00Z';

function observeStatus(state: InspectedContainer['State']): ContainerStatus {
  // A word of a newer engine must not make the whole report unreadable.
  return (
    STATUSES.find((status) => status === state.Status.toLowerCase()) ?? (state.Running ? 'running' : 'exited')
  );
}

function observeTime(text: string): Instant | null {
  if (text === '' || text === GO_ZERO_TIME) return null;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : instant(ms);
}

/** Docker knows several ways to say "no limit": absent, null, 0 and -1. */
const positive = (value: number | null | undefined): number | null =>
  value === null || value === undefined || value <= 0 ? null : value;

function observeCpus(host: InspectedContainer['HostConfig']): number | null {
  const nanoCpus = positive(host.NanoCpus);
  if (nanoCpus !== null) return nanoCpus / 1e9;
  const quota = positive(host.CpuQuota);
  return quota === null ? null : quota / (positive(host.CpuPeriod) ?? 100_000);
}

/** Ports that are bound now, or that a start would bind; each once, whatever the number of addresses. */
function observeHostPorts(container: InspectedContainer, isUp: boolean): ObservedContainer['hostPorts'] {
  const bindings = isUp ? container.NetworkSettings.Ports : container.HostConfig.PortBindings;
  const ports = Object.entries(bindings).flatMap(([target, hostSide]) =>
    hostSide.map(({ HostPort }) => ({
      port: Number(HostPort),
      protocol: target.endsWith('/udp') ? ('udp' as const) : ('tcp' as const),
    })),
  );
  const byText = new Map(ports.filter(({ port }) => port > 0).map((p) => [`${p.port}/${p.protocol}`, p]));
  return [...byText.values()];
}

/** False for a network that it was refused while it ran: the engine keeps the wish, and shows it like a network. */
export const isMember = (
  { State }: InspectedContainer,
  { EndpointID }: { readonly EndpointID: string },
): boolean => EndpointID !== '' || !isUpStatus(observeStatus(State));

function observeNetworks(container: InspectedContainer, isUp: boolean): ObservedContainer['networks'] {
  // Up to API 1.44 the engine adds the short id to the aliases that were asked for.
  const shortId = container.Id.slice(0, 12);
  const entries = Object.entries(container.NetworkSettings.Networks);
  const networks = entries.filter(([, endpoint]) => isMember(container, endpoint));
  return Object.fromEntries(
    networks.map(([name, endpoint]) => [
      name,
      {
        // A container that failed to start keeps an address that may be somebody else's by now.
        address: isUp && endpoint.IPAddress !== '' ? endpoint.IPAddress : null,
        aliases: endpoint.Aliases.filter((alias) => alias !== shortId),
      },
    ]),
  );
}

const SHARED = /^container:(.+)$/;

/** Whose network it uses; engines put the id for the name where the container existed then. */
export const sharedNetworkOf = ({ HostConfig }: InspectedContainer): string | null =>
  SHARED.exec(HostConfig.NetworkMode)?.[1] ?? null;

function observeRestartPolicy({ RestartPolicy }: InspectedContainer['HostConfig']): string {
  const { Name, MaximumRetryCount } = RestartPolicy;
  if (Name === '') return 'no';
  return MaximumRetryCount > 0 ? `${Name}:${MaximumRetryCount}` : Name;
}

/** Whether a container in this status has its network and ports. */
export const isUpStatus = (status: ContainerStatus): boolean => status === 'running' || status === 'paused';

export function observeContainer(container: InspectedContainer): ObservedContainer {
  const { State, HostConfig } = container;
  const status = observeStatus(State);
  const isUp = isUpStatus(status);
  const sharesNetworkOf = sharedNetworkOf(container);
  return {
    id: container.Id,
    name: container.Name.replace(/^\//, ''),
    labels: container.Config.Labels,
    imageId: container.Image,
    status,
    health: HEALTHS.find((health) => health === State.Health?.Status) ?? 'none',
    startedAt: observeTime(State.StartedAt),
    finishedAt: observeTime(State.FinishedAt),
    exitCode: isUp || status === 'created' ? null : State.ExitCode,
    outOfMemory: State.OOMKilled,
    restartCount: container.RestartCount,
    restartPolicy: observeRestartPolicy(HostConfig),
    // Engines let a stopped one be connected all the same, and forget it at the start.
    networks: sharesNetworkOf === null ? observeNetworks(container, isUp) : {},
    sharesNetworkOf,
    hostPorts: observeHostPorts(container, isUp),
    volumes: container.Mounts.flatMap(({ Type, Name }) =>
      Type === 'volume' && Name !== undefined && !ANONYMOUS_VOLUME.test(Name) ? [Name] : [],
    ),
    limits: {
      memoryBytes: positive(HostConfig.Memory),
      memoryReservationBytes: positive(HostConfig.MemoryReservation),
      cpus: observeCpus(HostConfig),
      pids: positive(HostConfig.PidsLimit),
    },
  };
}
