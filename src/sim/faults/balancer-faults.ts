// What happens to a host's load balancer: its processes end, it does not come up by new rules, it has lost what it was
// told, or serves by what it was told before (F19); or it has a certificate that is due (F24).

import { formatDuration } from '../../kernel/time.ts';
import type { Random } from '../../ports/clock.ts';
import { between, chance, pick } from '../core/random.ts';
import { setRulesBack } from '../engine/balancer.ts';
import type { SimContainer } from '../engine/container.ts';
import { kindOf } from '../requests/route.ts';
import type { SimHost } from '../world/fleet.ts';
import type { World } from '../world/world.ts';
import { BALANCER_FAULT_KINDS, type BalancerFault, type FaultKind, type PlannedFault } from './fault.ts';

const KILLED = 137;
const REMOVED_MS = 20;
const SECOND_MS = 1_000;
/** Other faults of a world count from 0. */
const FIRST_ID = 1_000;
const FAULTS = [1, 5] as const;

const HOUR_MS = 3_600 * SECOND_MS;
/** Nothing is due; certificates are; they have expired; so is the root. */
const PASSING_MS = [10 * HOUR_MS, 17 * HOUR_MS, 30 * HOUR_MS, 8 * 365 * 24 * HOUR_MS] as const;

interface Victim {
  readonly host: SimHost;
  readonly container: SimContainer;
}

function victim(world: World, kind: 'anchor' | 'proxy', random: Random): Victim | null {
  const found = [...world.hosts.values()].flatMap((host) =>
    [...host.engine.machine.containers.values()]
      .filter((container) => container.run !== null && kindOf(container) === kind)
      .map((container) => ({ host, container })),
  );
  return found.length === 0 ? null : pick(random, found);
}

/** Strikes, and says in a few words what it hit. */
export function strikeBalancer(world: World, fault: BalancerFault, random: Random): string {
  const found = victim(world, fault.kind === 'anchorKilled' ? 'anchor' : 'proxy', random);
  if (found === null) return 'there is no load balancer';
  const { host, container } = found;
  const { engine } = host;
  const { nowMs } = world.scheduler;
  host.balancerStruckMs = Math.max(host.balancerStruckMs, nowMs);
  world.counts.add(`struck ${fault.kind}`);
  switch (fault.kind) {
    case 'anchorKilled':
    case 'proxyKilled':
      engine.endProcess(container.id, KILLED);
      break;
    case 'reloadFails':
      engine.machine.reloadFailsUntilMs =
        fault.forMs === 0 ? Number.POSITIVE_INFINITY : engine.machine.clock.monotonicMs() + fault.forMs;
      host.balancerStruckMs = nowMs + fault.forMs;
      break;
    case 'rulesLost':
      engine.people.remove(container.id);
      world.scheduler.after(REMOVED_MS, () => {
        for (const { volume } of container.made.mounts) engine.people.removeVolume(volume);
      });
      break;
    case 'rulesSetBack':
      if (!setRulesBack(engine.machine, container)) return 'it has no older rules';
      host.rulesSetBackMs = nowMs;
      break;
    case 'daysPass':
      world.clock.jump(fault.byMs);
      for (const each of world.hosts.values()) each.balancerStruckMs = Math.max(each.balancerStruckMs, nowMs);
      world.trapdoor = { when: fault.when, downMs: fault.downMs };
      return `${formatDuration(fault.byMs)} later`;
    default:
      fault satisfies never;
  }
  return `${host.id}: ${container.name}`;
}

function drawFault(random: Random, kind: BalancerFault['kind']): BalancerFault {
  switch (kind) {
    case 'reloadFails':
      return { kind, forMs: chance(random, 0.4) ? 0 : between(random, 2, 80) * SECOND_MS };
    case 'daysPass': {
      const when = pick(random, ['before', 'unacknowledged', 'after'] as const);
      return { kind, byMs: pick(random, PASSING_MS), when, downMs: between(random, 2, 15) * SECOND_MS };
    }
    default:
      return { kind };
  }
}

/** With chance of its own, so that worlds without load balancers are drawn as they always were. */
export function drawBalancerFaults(
  random: Random,
  fromMs: number,
  untilMs: number,
  kinds: ReadonlySet<FaultKind> | null,
): readonly PlannedFault[] {
  const drawn = BALANCER_FAULT_KINDS.filter(
    (kind) => !chance(random, 0.3) && (kinds === null || kinds.has(kind)),
  );
  const count = between(random, ...FAULTS);
  if (drawn.length === 0) return [];
  return Array.from({ length: count }, (_, n) => ({
    id: FIRST_ID + n,
    atMs: between(random, fromMs, untilMs),
    fault: drawFault(random, pick(random, drawn)),
  }));
}
