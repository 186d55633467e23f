// The load balancers of all hosts: which are needed, what each is to be told, and what is done for that.

import type { Action } from '../action/action.ts';
import type { ControllerId, HostId, ServiceKey } from '../kernel/ids.ts';
import { isBalancerPart, networkName } from '../kernel/owner.ts';
import { lastHost, subnetAround } from '../kernel/subnet.ts';
import type { Instant } from '../kernel/time.ts';
import type { HostView } from '../observed/host-view.ts';
import type { MeshAddress } from '../proxy/traffic.ts';
import type { ServiceMemory } from '../rollout/memory.ts';
import { stepBalancer } from '../traffic/balancer.ts';
import { demandOf } from '../traffic/demand.ts';
import type { Sight } from '../traffic/sight.ts';
import type { BalancerMemory } from '../traffic/told.ts';
import { trafficOf } from '../traffic/traffic-of.ts';
import type { BalancerPlan, World } from './world.ts';

/** The hosts that can ask each other; one alone has nobody to ask. */
function meshOf({ hosts, settings }: World): ReadonlyMap<HostId, MeshAddress> {
  const { meshPorts } = settings.balancer;
  const reachable = [...hosts.values()].flatMap(({ id, meshAddress }): (readonly [HostId, MeshAddress])[] =>
    meshAddress === null ? [] : [[id, { address: meshAddress, ports: meshPorts }]],
  );
  return new Map(reachable.length < 2 ? [] : reachable);
}

/** What is known of the traffic of the fleet; `services`: the rows to go by. */
export function sightOf(
  world: World,
  services: ReadonlyMap<ServiceKey, ServiceMemory>,
  revision: Sight['revision'],
): Sight {
  return {
    services,
    desired: world.desired.services,
    revision,
    hosts: world.observed.hosts,
    found: (key) => world.observed.byService.get(key),
    demand: demandOf(services.values(), revision),
    balancers: world.memory.balancers,
    facts: world.balancers,
    waits: world.balancerWaits,
    mesh: meshOf(world),
    identities: world.identities,
  };
}

const checked = new WeakMap<HostView, boolean>();

/** Whether a part of one is there. Views never change, and most fleets have many without any. */
function hasBalancer(view: HostView, controller: ControllerId): boolean {
  let found = checked.get(view);
  if (found === undefined) {
    found = [...view.containers.values()].some(({ labels }) => isBalancerPart(labels, controller));
    checked.set(view, found);
  }
  return found;
}

/** The networks on a host that requests come from or go to, with the load balancer's address in each. */
function networksOn(sight: Sight, { host, networks }: HostView): ReadonlyMap<string, string> {
  const names = new Set(
    (sight.demand.doors.get(host) ?? []).map(({ from, network }) =>
      networkName(from.namespace, from.name, network),
    ),
  );
  for (const key of sight.demand.asked.keys()) {
    const row = sight.services.get(key);
    if (row?.instances.some((i) => i.host === host)) names.add(networkName(row.namespace, row.name));
  }
  const joined = new Map<string, string>();
  for (const name of [...names].sort()) {
    const subnet = subnetAround(networks.get(name)?.subnets[0] ?? '');
    if (subnet !== null) joined.set(name, lastHost(subnet));
  }
  return joined;
}

/** `planned`: what the services are about to do. */
export function planBalancers(
  world: World,
  sight: Sight,
  planned: readonly Action[],
): BalancerPlan & { readonly actions: readonly Action[] } {
  const actions: Action[] = [];
  const rows = new Map<HostId, BalancerMemory>();
  const waits = new Map<HostId, string>();
  let wakeAt: Instant | null = null;
  const isIdle = sight.demand.doors.size === 0;
  for (const [host, view] of world.observed.hosts) {
    const known = world.hosts.get(host);
    if (known === undefined || (isIdle && !hasBalancer(view, world.controller))) continue;
    const step = stepBalancer({
      now: world.now,
      controller: world.controller,
      host,
      networkRange: known.networkRange,
      planned,
      identity: world.identities.get(host) ?? null,
      view,
      memory: world.memory.balancers.get(host) ?? null,
      fact: world.balancers.get(host),
      facts: world.facts,
      traffic: trafficOf(sight, host),
      networks: networksOn(sight, view),
      settings: world.settings.balancer,
      isAsked: known.meshAddress !== null,
    });
    actions.push(...step.actions);
    if (step.memory !== null) rows.set(host, step.memory);
    if (step.because !== null) waits.set(host, step.because);
    if (step.wakeAt !== null && (wakeAt === null || step.wakeAt < wakeAt)) wakeAt = step.wakeAt;
  }
  return { actions, rows, waits, wakeAt };
}
