// Which rollouts are compared with what was there before, and whose load balancers have counted their requests.

import type { HostId, ServiceKey } from '../kernel/ids.ts';
import type { World } from '../plan/world.ts';
import { portName } from '../proxy/names.ts';
import { inSteps, type ServiceMemory } from '../rollout/memory.ts';
import type { Watched } from './balancer-watch.ts';
import type { Compared } from './request-watch.ts';

/** A load balancer that was told, and may be going by, a share for the revision. */
const splits = (world: World, host: HostId, entry: string): boolean =>
  world.memory.balancers
    .get(host)
    ?.told.some(({ shares }) => shares.some((share) => share.startsWith(`${entry} `))) === true;

function comparedOf(
  world: World,
  row: ServiceMemory,
  running: ReadonlyMap<HostId, Watched>,
): Compared | null {
  const canary = inSteps(row.rollout);
  const desired = world.desired.services.get(row.key);
  const [stable] = canary?.beside ?? [];
  const { rollout } = row;
  if (canary === null || rollout === null || stable === undefined || canary.share === 0) return null;
  if (desired === undefined || desired.rollout.compare === null) return null;
  const ports = desired.serves.filter(({ protocol }) => protocol === 'http');
  const entries = ports.map(({ port }) => `${portName({ service: row.key, port })} ${rollout.to}`);
  const balancers = [...running].filter(([host]) => entries.some((entry) => splits(world, host, entry)));
  return {
    sequence: rollout.sequence,
    pools: ports.map(({ port }) => `${row.key}:${port}`),
    canary: rollout.to,
    stable,
    balancers: new Map(balancers.map(([host, { container }]) => [host, container])),
  };
}

/** `services`: the rows as they are remembered by now. */
export function comparedIn(
  world: World,
  services: ReadonlyMap<ServiceKey, ServiceMemory>,
  running: ReadonlyMap<HostId, Watched>,
): ReadonlyMap<ServiceKey, Compared> {
  const compared = new Map<ServiceKey, Compared>();
  for (const row of services.values()) {
    const one = comparedOf(world, row, running);
    if (one !== null) compared.set(row.key, one);
  }
  return compared;
}
