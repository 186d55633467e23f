// What would happen if everything went well: the plan is played on an ideal engine, in steps of thought
// instead of time, until nothing is left to do. `plimsoll plan` shows its actions.

import type { Action } from '../action/action.ts';
import type { ContainerRequest } from '../action/container-request.ts';
import type { HostId, ServiceKey } from '../kernel/ids.ts';
import { LABEL } from '../kernel/owner.ts';
import { hostAt, subnetAround } from '../kernel/subnet.ts';
import { type Instant, instant } from '../kernel/time.ts';
import { type HostView, withContainers } from '../observed/host-view.ts';
import { observe } from '../observed/observed.ts';
import type { ObservedContainer } from '../observed/report.ts';
import type { Blocked, ProbeVerdict } from '../rollout/facts.ts';
import type { ServiceMemory } from '../rollout/memory.ts';
import type { BalancerFact } from '../traffic/told.ts';
import { reconcile } from './reconcile.ts';
import type { Memory, Plan, World } from './world.ts';

export interface Forecast {
  readonly actions: readonly Action[];
  /** What still stands in the way at the end. */
  readonly blocked: readonly Blocked[];
  /** Services whose image could not be resolved. */
  readonly unresolved: readonly ServiceKey[];
  readonly world: World;
}

const MAX_ROUNDS = 2_000;
/** So many jumps in time without anything to do: what is waited for does not come by waiting. */
const MAX_IDLE_JUMPS = 10;
/** What is due later (the removal of stopped containers, for one) is no part of a plan. */
const HORIZON_MS = 6 * 3_600_000;
const PASSED: ProbeVerdict = { startup: 'passed', ready: true, alive: true, because: 'assumed ready' };

/** Nobody has it on an ideal engine, which never gives one back. */
function freeAddress({ containers, networks }: HostView, network: string): string | null {
  const subnet = subnetAround(networks.get(network)?.subnets[0] ?? '');
  return subnet === null ? null : hostAt(subnet, containers.size + 2);
}

function idealContainer(request: ContainerRequest, view: HostView, now: Instant): ObservedContainer {
  const { spec } = request;
  const networks = request.networks.map(({ name, aliases, address }) => [
    name,
    { address: address ?? freeAddress(view, name), aliases },
  ]);
  return {
    id: request.name,
    name: request.name,
    labels: request.labels,
    imageId: request.image,
    status: 'running',
    health: spec.healthcheck === null || spec.healthcheck.test[0] === 'NONE' ? 'none' : 'healthy',
    startedAt: now,
    finishedAt: null,
    exitCode: null,
    outOfMemory: false,
    restartCount: 0,
    restartPolicy: spec.restart,
    networks: Object.fromEntries(networks),
    // An ideal engine gives containers their names as ids.
    sharesNetworkOf: request.sharesNetworkOf,
    hostPorts: [],
    volumes: request.volumes,
    limits: spec.limits,
  };
}

function withContainer(
  view: HostView,
  id: string,
  change: Partial<ObservedContainer> | null,
  now: Instant,
): HostView {
  const containers = new Map(view.containers);
  const before = containers.get(id);
  if (change === null) containers.delete(id);
  else if (before !== undefined) containers.set(id, { ...before, ...change });
  return { ...view, ...withContainers(view, containers, now) };
}

/** The host after an action that went well. */
function played(view: HostView, action: Action, now: Instant): HostView {
  switch (action.kind) {
    case 'pullImage':
      return {
        ...view,
        images: [
          ...view.images,
          { id: action.image, tags: [], digests: [action.image], createdAt: now, sizeBytes: 0 },
        ],
      };
    case 'createNetwork': {
      const { name, labels, subnet } = action;
      const network = { id: name, name, labels, subnets: subnet === null ? [] : [subnet] };
      return { ...view, networks: new Map(view.networks).set(action.name, network) };
    }
    case 'createVolume':
      return {
        ...view,
        volumes: new Map(view.volumes).set(action.name, { name: action.name, labels: action.labels }),
      };
    case 'fillConfig': {
      const volume = { name: action.volume, labels: action.labels };
      return { ...view, volumes: new Map(view.volumes).set(action.volume, volume) };
    }
    case 'runContainer': {
      const container = idealContainer(action.request, view, now);
      return { ...view, containers: new Map(view.containers).set(container.id, container) };
    }
    case 'startContainer':
    case 'restartContainer':
      return withContainer(view, action.id, { status: 'running', health: 'none', startedAt: now }, now);
    case 'stopContainer':
      return withContainer(view, action.id, { status: 'exited', exitCode: 0, finishedAt: now }, now);
    case 'removeContainer':
      return withContainer(view, action.id, null, now);
    case 'updateContainer':
      return withContainer(
        view,
        action.id,
        { limits: action.limits, restartPolicy: action.restartPolicy },
        now,
      );
    case 'connectNetwork': {
      const before = view.containers.get(action.id)?.networks ?? {};
      const networks = { ...before, [action.network]: { address: action.address, aliases: action.aliases } };
      return withContainer(view, action.id, { networks }, now);
    }
    case 'disconnectNetwork': {
      const { [action.network]: _, ...networks } = view.containers.get(action.id)?.networks ?? {};
      return withContainer(view, action.id, { networks }, now);
    }
    case 'tellBalancer':
      return view;
    case 'removeNetwork':
      return { ...view, networks: new Map([...view.networks].filter(([, n]) => n.id !== action.id)) };
    case 'removeVolume':
      return { ...view, volumes: new Map([...view.volumes].filter(([name]) => name !== action.name)) };
    case 'removeImage':
      return { ...view, images: view.images.filter((image) => image.id !== action.id) };
    default:
      return action satisfies never;
  }
}

/** The memory after a plan has been saved. */
export function remember(memory: Memory, plan: Plan): Memory {
  const services = new Map(memory.services);
  const lastRuns = new Map(memory.lastRuns);
  for (const [key, row] of plan.services) {
    if (row !== null) {
      services.set(key, row);
      continue;
    }
    lastRuns.set(key, memory.services.get(key)?.sequence ?? lastRuns.get(key) ?? 0);
    services.delete(key);
  }
  const revisions = new Map(memory.revisions);
  for (const revision of plan.revisions) revisions.set(revision.id, revision);
  return {
    ...memory,
    services,
    lastRuns,
    revisions,
    volumeHosts: new Map([...memory.volumeHosts, ...plan.volumeHosts]),
    balancers: new Map([...memory.balancers, ...plan.balancers.rows]),
  };
}

/** It serves by what it was told, and whatever it was asked has been answered. */
const idleBalancer = (mark: string | null, at: Instant): BalancerFact => ({
  at,
  mark,
  sessions: new Map(),
  problem: null,
});

/** The world after a plan was saved and played to the letter, at `now`. */
export function play(world: World, plan: Plan, now: Instant): World {
  const views = new Map<HostId, HostView>(world.observed.hosts);
  const probes = new Map(world.facts.probes);
  const filled = new Set(world.memory.filled);
  const marks = new Map([...world.balancers].map(([host, { mark }]) => [host, mark]));
  for (const action of plan.actions) {
    const view = views.get(action.host);
    if (view === undefined) continue;
    views.set(action.host, played(view, action, now));
    if (action.kind === 'runContainer') probes.set(action.request.name, PASSED);
    if (action.kind === 'startContainer' || action.kind === 'restartContainer') probes.set(action.id, PASSED);
    if (action.kind === 'runContainer' && action.request.labels[LABEL.kind] === 'proxy')
      marks.set(action.host, marks.get(action.host) ?? null);
    if (action.kind === 'tellBalancer') marks.set(action.host, action.mark);
    if (action.kind === 'fillConfig') filled.add(`${action.host}/${action.labels[LABEL.content]}`);
  }
  return {
    ...world,
    now,
    observed: observe(views.values(), world.controller),
    memory: { ...remember(world.memory, plan), filled },
    balancerWaits: plan.balancers.waits,
    balancers: new Map([...marks].map(([host, mark]) => [host, idleBalancer(mark, now)])),
    facts: { ...world.facts, probes, inFlight: new Set(), waiting: new Set() },
  };
}

const badRevisions = (row: ServiceMemory | null | undefined): number => row?.quarantine.length ?? 0;

/** The services whose rollout would be given up: what stood in its way before is the answer. */
function givenUp(start: World, world: World, plan: Plan): ReadonlySet<ServiceKey> {
  const keys = [...world.memory.services.keys(), ...plan.services.keys()];
  return new Set(
    keys.filter((key) => {
      const row = plan.services.get(key) ?? world.memory.services.get(key);
      return badRevisions(row) > badRevisions(start.memory.services.get(key));
    }),
  );
}

/** When the first service or load balancer wants to be looked at again. */
function nextLook({ wakeAt, balancers }: Plan): Instant | undefined {
  const all = [...wakeAt.values(), ...(balancers.wakeAt === null ? [] : [balancers.wakeAt])];
  return all.sort((a, b) => a - b)[0];
}

export function forecast(start: World): Forecast {
  const actions = new Map<string, Action>();
  const unresolved = new Set<ServiceKey>();
  const blocked = new Map<ServiceKey, readonly Blocked[]>();
  let world: World = { ...start, settings: { ...start.settings, reportOnly: null } };
  let idleJumps = 0;
  for (let round = 0; round < MAX_ROUNDS && idleJumps < MAX_IDLE_JUMPS; round += 1) {
    const plan = reconcile(world);
    const over = givenUp(start, world, plan);
    for (const action of plan.actions) {
      const isOver = action.service !== null && over.has(action.service);
      if (!isOver && !actions.has(action.key)) actions.set(action.key, action);
    }
    for (const ask of plan.asks) unresolved.add(ask.service);
    for (const [key, reasons] of plan.blocked) if (!over.has(key)) blocked.set(key, reasons);
    const isQuiet = plan.actions.length === 0 && plan.services.size === 0;
    const wakeAt = nextLook(plan);
    const isLate = wakeAt === undefined || wakeAt - start.now > HORIZON_MS;
    if (isQuiet && (isLate || unresolved.size === plan.wakeAt.size)) break;
    idleJumps = plan.actions.length > 0 ? 0 : isQuiet ? idleJumps + 1 : idleJumps;
    world = play(world, plan, isQuiet && wakeAt !== undefined ? wakeAt : instant(world.now));
  }
  return {
    actions: [...actions.values()],
    blocked: [...blocked.values()].flat(),
    unresolved: [...unresolved].sort(),
    world,
  };
}
