// What is wrong with a host, or could go wrong, in the order in which a person would look.

import type { DesiredHost, DesiredService, HostAddress } from '../desired/desired.ts';
import { type Problem, toProblem } from '../kernel/errors.ts';
import type { ControllerId, ServiceKey } from '../kernel/ids.ts';
import { isOwnedBy } from '../kernel/owner.ts';
import { formatBytes } from '../kernel/quantity.ts';
import { formatDuration } from '../kernel/time.ts';
import type { HostView } from '../observed/host-view.ts';
import type { AskHost, HostFacts } from '../ports/host-facts.ts';

export type { AskHost };

type Check =
  | 'reachable'
  | 'hostKey'
  | 'login'
  | 'engine'
  | 'permission'
  | 'clock'
  | 'disk'
  | 'liveRestore'
  | 'sessions'
  | 'ports'
  | 'loadBalancer';

export interface Finding {
  readonly check: Check;
  readonly state: 'ok' | 'warning' | 'failed' | 'unknown';
  readonly message: string;
  /** In the imperative; null where nothing is to be done. */
  readonly hint: string | null;
}

export interface TakenPort {
  readonly service: ServiceKey;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
  readonly by: string;
}

/** What the controller itself knows of the host. */
export interface KnownOfHost {
  readonly taken: readonly TakenPort[];
  /** Why its load balancer does not serve by the newest rules; null: it does. Undefined: it has none. */
  readonly balancer?: string | null | undefined;
}

const ASK_MS = 10_000;
const MAX_SKEW_MS = 5_000;
const FULL_SHARE = 0.9;
const MIN_FREE_BYTES = 2 * 1024 ** 3;

const ok = (check: Check, message: string): Finding => ({ check, state: 'ok', message, hint: null });

/** `ssh://user@host:port`, as people write it. */
export function formatAddress(address: HostAddress): string {
  switch (address.scheme) {
    case 'unix':
      return `unix://${address.socketPath}`;
    case 'tcp':
      return `tcp://${address.host}:${address.port}`;
    case 'ssh':
      return `ssh://${address.user}@${address.host}:${address.port}`;
    default:
      return address satisfies never;
  }
}

/** Which step a problem stopped at; every step before it went well. */
const STEP_OF: Partial<Record<Problem['code'], Check>> = {
  'host/unreachable': 'reachable',
  'host/timeout': 'reachable',
  'host/key-unknown': 'hostKey',
  'host/key-mismatch': 'hostKey',
  'host/auth': 'login',
  'host/permission': 'permission',
  'host/no-engine': 'engine',
  'host/api-version': 'engine',
};

function stepsBefore(check: Check, address: HostAddress): Finding[] {
  const isHere = address.scheme === 'unix';
  const steps: Finding[] = [
    ok('reachable', isHere ? 'it is this machine' : `${formatAddress(address)} answers`),
  ];
  if (address.scheme === 'ssh') {
    steps.push(ok('hostKey', 'the host shows a pinned key'));
    steps.push(ok('login', `${address.user} may log in`));
  }
  const end = steps.findIndex((step) => step.check === check);
  return end === -1 ? steps : steps.slice(0, end);
}

function clockFinding(facts: HostFacts): Finding {
  const { clockAheadMs, clockErrorMs } = facts;
  if (clockAheadMs === null)
    return { check: 'clock', state: 'unknown', message: 'the engine does not tell its time', hint: null };
  const skewMs = Math.abs(clockAheadMs);
  if (skewMs - clockErrorMs <= MAX_SKEW_MS)
    return ok('clock', `differs by ${formatDuration(skewMs)}, measured to ${formatDuration(clockErrorMs)}`);
  return {
    check: 'clock',
    state: 'warning',
    message: `its clock is ${formatDuration(skewMs)} ${clockAheadMs > 0 ? 'ahead' : 'behind'}`,
    hint: 'Let chrony or systemd-timesyncd keep the time, here and there.',
  };
}

function diskFinding({ disk }: HostFacts): Finding {
  if ('because' in disk) {
    const message = `the free space below ${disk.path} is not known: ${disk.because}`;
    return { check: 'disk', state: 'unknown', message, hint: null };
  }
  const message = `${formatBytes(disk.freeBytes)} of ${formatBytes(disk.totalBytes)} free below ${disk.path}`;
  const isFull = disk.freeBytes < MIN_FREE_BYTES || disk.freeBytes < disk.totalBytes * (1 - FULL_SHARE);
  return isFull
    ? { check: 'disk', state: 'warning', message, hint: 'Free space, or give Docker a larger disk.' }
    : ok('disk', message);
}

function engineFindings(facts: HostFacts): Finding[] {
  const { engine, door } = facts;
  const restore: Finding = engine.liveRestore
    ? ok('liveRestore', 'containers outlive a restart of the engine')
    : {
        check: 'liveRestore',
        state: 'warning',
        message: 'a restart of the engine stops every container',
        hint: 'Set "live-restore": true in /etc/docker/daemon.json and reload the engine.',
      };
  const sessions: Finding =
    door === 'dial-stdio'
      ? {
          check: 'sessions',
          state: 'warning',
          message:
            'the key may only run `docker system dial-stdio`: ten sessions at once, no HTTP or TCP probes',
          hint: 'Allow `restrict,port-forwarding` for the key, or raise MaxSessions in sshd_config.',
        }
      : ok(
          'sessions',
          {
            forwarding: 'reached by forwarding, without a limit of sessions',
            socket: 'reached by its socket',
            tls: 'reached over TLS',
          }[door],
        );
  return [
    ok('engine', `Docker ${engine.version}, API ${engine.apiVersion}, ${engine.os}/${engine.architecture}`),
    ok('permission', 'the engine may be used'),
    clockFinding(facts),
    diskFinding(facts),
    restore,
    sessions,
  ];
}

function portFinding(taken: readonly TakenPort[]): Finding {
  const [first] = taken;
  if (first === undefined) return ok('ports', 'no port that a service publishes is taken by others');
  const list = taken
    .map((t) => `${t.port}/${t.protocol} (wanted by ${t.service}, held by ${t.by})`)
    .join(', ');
  return {
    check: 'ports',
    state: 'warning',
    message: `taken: ${list}`,
    hint: 'Free the ports, or publish others.',
  };
}

function balancerFindings(waits: string | null | undefined): readonly Finding[] {
  if (waits === undefined) return [];
  if (waits === null) return [ok('loadBalancer', 'the load balancer serves by the newest rules')];
  return [
    {
      check: 'loadBalancer',
      state: 'warning',
      message: `the load balancer does not serve by the newest rules: ${waits}`,
      hint: 'Look there at `docker ps -a --filter name=plimsoll.` and at the logs of plimsoll.proxy.…',
    },
  ];
}

/** Asks the host and says what was found. Never rejects. */
export async function examineHost(
  host: DesiredHost,
  ask: AskHost,
  { taken, balancer }: KnownOfHost,
): Promise<readonly Finding[]> {
  try {
    const facts = await ask(host, { deadlineMs: ASK_MS });
    return [
      ...stepsBefore('engine', host.address),
      ...engineFindings(facts),
      portFinding(taken),
      ...balancerFindings(balancer),
    ];
  } catch (error) {
    const found = toProblem(error);
    const check = STEP_OF[found.code] ?? 'engine';
    const failed: Finding = {
      check,
      state: 'failed',
      message: `${found.message} (${found.code})`,
      hint: found.hint,
    };
    return [...stepsBefore(check, host.address), failed];
  }
}

/** Fixed ports of our services that a container of somebody else has on this host. */
export function findTakenPorts(
  view: HostView,
  services: Iterable<DesiredService>,
  controller: ControllerId,
): readonly TakenPort[] {
  const holders = new Map<string, string>();
  for (const container of view.containers.values()) {
    if (container.status !== 'running' || isOwnedBy(container.labels, controller)) continue;
    for (const { port, protocol } of container.hostPorts) holders.set(`${port}/${protocol}`, container.name);
  }
  const taken: TakenPort[] = [];
  for (const service of services) {
    for (const { published, protocol } of service.container.ports) {
      if (published === null || published.from !== published.to) continue;
      const by = holders.get(`${published.from}/${protocol}`);
      if (by !== undefined) taken.push({ service: service.key, port: published.from, protocol, by });
    }
  }
  return taken;
}
