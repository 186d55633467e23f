// Chooses a host for a new instance: filters that explain their refusals, then fewest instances of the
// same service, then fewest containers, then the host's name. Same input, same host.

import type { PortSpec } from '../desired/container.ts';
import type { DesiredHost, LabelRequirement, PlacementSpec, Taint, Toleration } from '../desired/desired.ts';
import type { HostId, ServiceKey } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { after, type Instant } from '../kernel/time.ts';
import type { HostView } from '../observed/host-view.ts';

export interface Candidate {
  readonly host: DesiredHost;
  readonly view: HostView;
}

/** What is already meant to be on the hosts; grows as a plan places more. */
export interface Load {
  /** Instances on a host, all services. */
  total(host: HostId): number;
  ofService(host: HostId, service: ServiceKey): number;
  portTaken(host: HostId, port: number, protocol: 'tcp' | 'udp'): boolean;
  /** The service that holds a port which is taken; null where it is none of ours. */
  portHolder(host: HostId, port: number, protocol: 'tcp' | 'udp'): ServiceKey | null;
}

export interface PlacementAsk {
  readonly service: ServiceKey;
  readonly placement: PlacementSpec;
  readonly ports: readonly PortSpec[];
  /** A named volume of the service lies there: no other host will do. */
  readonly pinnedTo: { readonly host: HostId; readonly volume: string } | null;
  /** Not null: the image exists only on these hosts (imported by hand). */
  readonly imageHosts: ReadonlySet<HostId> | null;
  readonly now: Instant;
}

/**
 * A host that was just added is waited for so long: otherwise the first one to answer would get all
 * replicas of a new fleet.
 */
const FIRST_LOOK_MS = 15_000;

export interface Placed {
  readonly host: HostId;
  readonly hostPorts: readonly (number | null)[];
}

/** Why no host was chosen, most frequent refusal first. */
export interface Unplaced {
  readonly because: string;
  /** True where the service's own instances are in the way: stopping one first makes room. */
  readonly roomAfterStop: boolean;
  /** Not null: a host that was just added may still answer; it is waited for until then. */
  readonly retryAt: Instant | null;
}

export function matchesLabels(
  labels: Readonly<Record<string, string>>,
  requirements: readonly LabelRequirement[],
): boolean {
  return requirements.every((r) => {
    const value = labels[r.key];
    if (r.operator === 'Exists') return value !== undefined;
    if (r.operator === 'DoesNotExist') return value === undefined;
    const among = value !== undefined && r.values.includes(value);
    return r.operator === 'In' ? among : !among;
  });
}

const tolerates = (taint: Taint, tolerations: readonly Toleration[]): boolean =>
  tolerations.some(
    (t) =>
      (t.key === null || t.key === taint.key) &&
      (t.value === null || t.value === taint.value) &&
      (t.effect === null || t.effect === taint.effect),
  );

/** The lowest free port of each published range, or the first range that is used up. */
function choosePorts(
  ports: readonly PortSpec[],
  isTaken: (port: number, protocol: 'tcp' | 'udp') => boolean,
): readonly (number | null)[] | PublishedPort {
  const chosen: (number | null)[] = [];
  const used = new Set<string>();
  for (const port of ports) {
    if (port.published === null) {
      chosen.push(null);
      continue;
    }
    const { published } = port;
    let found: number | null = null;
    for (let p = published.from; p <= published.to && found === null; p += 1) {
      if (!used.has(`${port.protocol}/${p}`) && !isTaken(p, port.protocol)) found = p;
    }
    if (found === null) return { ...port, published };
    used.add(`${port.protocol}/${found}`);
    chosen.push(found);
  }
  return chosen;
}

interface PublishedPort extends PortSpec {
  readonly published: { readonly from: number; readonly to: number };
}

/** How many ports are proposed where one was published. */
const PROPOSED_PORTS = 10;
const MAX_PORT = 65_535;

function withoutPort(
  host: HostId,
  { published, protocol, target }: PublishedPort,
  ask: PlacementAsk,
  load: Load,
): Refusal {
  const { from, to } = published;
  const holder = load.portHolder(host, from, protocol);
  const isOwn = holder === ask.service;
  const own = load.ofService(host, ask.service) > 0;
  const udp = protocol === 'udp' ? '/udp' : '';
  if (from !== to) return { because: `ports ${from} to ${to}${udp} are all taken`, own, retryAt: null };
  const by = holder === null ? 'what is not of Plimsoll' : isOwn ? 'an instance of its own' : holder;
  const range = `${from}-${Math.min(from + PROPOSED_PORTS - 1, MAX_PORT)}:${target}${udp}`;
  const advice = isOwn ? `; for several on one host publish a range such as ${range}` : '';
  return { because: `port ${from}${udp} is taken by ${by}${advice}`, own, retryAt: null };
}

interface Refusal {
  readonly because: string;
  /** The service's own instances are in the way. */
  readonly own: boolean;
  readonly retryAt: Instant | null;
}

function refusal(candidate: Candidate, ask: PlacementAsk, load: Load): Refusal | readonly (number | null)[] {
  const { host, view } = candidate;
  const no = (because: string, own = false): Refusal => ({ because, own, retryAt: null });
  if (ask.pinnedTo !== null && ask.pinnedTo.host !== host.id)
    return no(`volume ${ask.pinnedTo.volume} lies on ${ask.pinnedTo.host}`);
  if (!matchesLabels(host.labels, ask.placement.hosts)) return no('labels do not match');
  if (!host.schedulable) return no('not schedulable');
  const taint = host.taints.find(
    (t) => t.effect !== 'PreferNoSchedule' && !tolerates(t, ask.placement.tolerations),
  );
  if (taint !== undefined) return no(`taint ${taint.key} is not tolerated`);
  if (view.state !== 'fresh') {
    const retryAt = after(view.since, FIRST_LOOK_MS);
    const isNew = view.state === 'unknown' && retryAt > ask.now;
    return { ...no(`${view.state} (${view.because})`), retryAt: isNew ? retryAt : null };
  }
  if (ask.imageHosts !== null && !ask.imageHosts.has(host.id)) return no('image is not on the host');
  const own = load.ofService(host.id, ask.service);
  if (ask.placement.maxPerHost !== null && own >= ask.placement.maxPerHost)
    return no(`already has ${own} of at most ${ask.placement.maxPerHost} per host`, true);
  const ports = choosePorts(ask.ports, (port, protocol) => load.portTaken(host.id, port, protocol));
  return 'published' in ports ? withoutPort(host.id, ports, ask, load) : ports;
}

function explain(refusals: readonly Refusal[]): Unplaced {
  const counts = new Map<string, number>();
  for (const r of refusals) counts.set(r.because, (counts.get(r.because) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return {
    because:
      refusals.length === 0
        ? 'there is no host'
        : `no host will do: ${sorted.map(([why, n]) => `${n}× ${why}`).join(', ')}`,
    roomAfterStop: refusals.some((r) => r.own),
    retryAt: null,
  };
}

const prefersNot = (host: DesiredHost, tolerations: readonly Toleration[]): number =>
  host.taints.some((t) => t.effect === 'PreferNoSchedule' && !tolerates(t, tolerations)) ? 1 : 0;

export function place(
  ask: PlacementAsk,
  candidates: readonly Candidate[],
  load: Load,
): Result<Placed, Unplaced> {
  const refusals: Refusal[] = [];
  let best: { placed: Placed; score: readonly number[] } | null = null;
  for (const candidate of candidates) {
    const answer = refusal(candidate, ask, load);
    if ('because' in answer) {
      refusals.push(answer);
      continue;
    }
    const id = candidate.host.id;
    const score = [
      prefersNot(candidate.host, ask.placement.tolerations),
      load.ofService(id, ask.service),
      load.total(id),
    ];
    if (best === null || isLess(score, best.score) || (isEqual(score, best.score) && id < best.placed.host))
      best = { placed: { host: id, hostPorts: answer }, score };
  }
  const awaited = refusals.find((r) => r.retryAt !== null);
  if (awaited !== undefined) {
    const because = 'waits for the first look at every host that would do';
    return err({ because, roomAfterStop: false, retryAt: awaited.retryAt });
  }
  return best === null ? err(explain(refusals)) : ok(best.placed);
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at !== -1 && (a[at] ?? 0) < (b[at] ?? 0);
}

const isEqual = (a: readonly number[], b: readonly number[]): boolean =>
  a.every((value, i) => value === b[i]);
