// What happens to single containers: by themselves, and by people who work on a host without asking.

import { NamespaceName, ServiceName } from '../../kernel/ids.ts';
import { LABEL, networkName } from '../../kernel/owner.ts';
import type { Random } from '../../ports/clock.ts';
import { pick } from '../core/random.ts';
import type { SimContainer } from '../engine/container.ts';
import { setConditions } from '../world/fleet.ts';
import { foreignRequest } from '../world/foreign.ts';
import type { World } from '../world/world.ts';
import type { ContainerFault, PersonFault } from './fault.ts';
import { approve, command } from './orders.ts';
import { runningVictim } from './victims.ts';

/** So long no event of the host arrives. */
const UNSEEN_MS = 3_000;
const networkOf = ({ made }: SimContainer): string =>
  networkName(
    NamespaceName.parse(made.labels[LABEL.namespace]),
    ServiceName.parse(made.labels[LABEL.service]),
  );

export function strikeContainer(world: World, fault: ContainerFault, random: Random): string {
  const victim = runningVictim(world, random);
  if (victim === null) return 'nothing runs';
  const { host, container } = victim;
  const { engine } = host;
  switch (fault.kind) {
    case 'outOfMemory':
      engine.killForMemory(container.id);
      break;
    case 'exits':
      engine.endProcess(container.id, 1);
      break;
    case 'restartsUnseen':
      setConditions(host, { eventLost: 1 });
      engine.people.restart(container.id);
      world.scheduler.after(UNSEEN_MS, () => setConditions(host, { eventLost: host.usual.eventLost }));
      break;
    case 'unhealthy':
      engine.changeBehaviour(container.id, { sickAfterMs: 0 });
      world.scheduler.after(fault.forMs, () => {
        engine.changeBehaviour(container.id, { sickAfterMs: null });
      });
      break;
    default:
      fault satisfies never;
  }
  return `${host.id}: ${container.name}`;
}

function meddle(world: World, fault: PersonFault, random: Random): string {
  const victim = runningVictim(world, random);
  if (victim === null) return 'nothing runs';
  const { host, container } = victim;
  const { people } = host.engine;
  switch (fault.kind) {
    case 'stopsContainer':
      people.stop(container.id);
      break;
    case 'removesContainer':
      people.remove(container.id);
      break;
    case 'changesLimits':
      people.update(container.id, {
        limits: { ...container.limits, memoryBytes: 32 * 2 ** 20 },
        restartPolicy: container.restartPolicy,
      });
      break;
    case 'disconnectsNetwork':
      people.disconnect(networkOf(container), container.id);
      break;
    case 'losesAlias':
      people.disconnect(networkOf(container), container.id);
      people.connect(networkOf(container), container.id);
      break;
    case 'pausesContainer':
      people.pause(container.id);
      world.scheduler.after(fault.forMs, () => people.unpause(container.id));
      break;
    default:
      break;
  }
  return `${host.id}: ${container.name}`;
}

function addForeign(
  world: World,
  object: 'container' | 'network' | 'volume' | 'namesake',
  random: Random,
): string {
  const host = pick(random, [...world.hosts.values()]);
  const { people } = host.engine;
  const note = (made: { readonly ok: boolean }, object: string): void => {
    if (made.ok) host.theirs.push(object);
  };
  const name = `theirs-${Math.floor(random.next() * 1_000_000)}`;
  if (object === 'network') {
    const made = people.createNetwork(name);
    note(made, made.ok ? made.value.id : name);
  } else if (object === 'volume') note(people.createVolume(name), name);
  else {
    // A name that the first replica of some service could get.
    const taken = object === 'namesake' ? runningVictim(world, random)?.container.name : undefined;
    const wanted = taken?.replace(/\.\d+\.\d+$/, '.9.0') ?? name;
    const made = people.run(foreignRequest(wanted));
    note(made, made.ok ? made.value : wanted);
    return `${host.id}: ${wanted}`;
  }
  return `${host.id}: ${name}`;
}

export function strikePerson(world: World, fault: PersonFault, random: Random): string {
  if (fault.kind === 'foreignObject') return addForeign(world, fault.object, random);
  if (fault.kind === 'command') return command(world, fault.command, random);
  if (fault.kind === 'approves') return approve(world);
  return meddle(world, fault, random);
}
