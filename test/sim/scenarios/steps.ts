// The words in which scenarios are told: what people, machines and other tools do.

import { ServiceKey } from '../../../src/kernel/ids.ts';
import type { SimContainer } from '../../../src/sim/engine/container.ts';
import { strikeController } from '../../../src/sim/faults/controller-faults.ts';
import { healMachine } from '../../../src/sim/faults/machine-faults.ts';
import { NAMESPACE, type SimService, type SimShop } from '../../../src/sim/shop/shop.ts';
import { type SimHost, setConditions } from '../../../src/sim/world/fleet.ts';
import type { World } from '../../../src/sim/world/world.ts';
import { type Condition, isSettled, type Step } from './scenario.ts';

export function event(what: string, when: Condition, happen: (world: World) => void): Step {
  return { what, when, deed: { kind: 'event', happen } };
}

/** Somebody pushes, and says so. */
export function commit(what: string, change: (shop: SimShop) => SimShop, when: Condition = isSettled): Step {
  return event(what, when, (world) => {
    world.commit(change(world.shop), what);
    void world.active?.controller.sync(null).catch(() => {});
  });
}

/** Changes a service in the next commit. */
export const changed =
  (name: string, change: Partial<SimService>) =>
  (shop: SimShop): SimShop => {
    const service = shop.services.get(name);
    if (service === undefined) throw new Error(`no service ${name} in the shop`);
    return { ...shop, broken: false, services: new Map(shop.services).set(name, { ...service, ...change }) };
  };

export const withService =
  (service: SimService) =>
  (shop: SimShop): SimShop => ({ ...shop, services: new Map(shop.services).set(service.name, service) });

/** Leaves services out of the next commit. */
export const without =
  (...names: readonly string[]) =>
  (shop: SimShop): SimShop => ({
    ...shop,
    services: new Map([...shop.services].filter(([name]) => !names.includes(name))),
  });

export function approve(when: Condition, what = 'somebody approves'): Step {
  const ask = (world: World) => world.active?.controller.approve(null, 'user:ada');
  return { what, when, deed: { kind: 'request', audited: 'command/approve', ask } };
}

type Command = 'restart' | 'rollback' | 'pause' | 'resume' | 'promote' | 'abort' | 'retry';

export function command(kind: Command, name: string, when: Condition = isSettled): Step {
  const key = ServiceKey.parse(`${NAMESPACE}/${name}`);
  const ask = (world: World) => world.active?.give(key, kind);
  return { what: `${kind} ${name}`, when, deed: { kind: 'request', audited: `command/${kind}`, ask } };
}

/** `restart --pull`: looks the tag up again. */
export function restartWithPull(name: string, when: Condition = isSettled): Step {
  const key = ServiceKey.parse(`${NAMESPACE}/${name}`);
  const ask = (world: World) =>
    world.active?.controller.command(key, { kind: 'restart', pull: true }, 'user:ada');
  return { what: `restart --pull ${name}`, when, deed: { kind: 'request', audited: 'command/restart', ask } };
}

function hostNamed(world: World, name: string): SimHost {
  const host = world.hosts.get(name);
  if (host === undefined) throw new Error(`no host ${name} in this world`);
  return host;
}

/** Answers and requests vanish, and what runs there runs on. */
export const cut = (host: string, when: Condition): Step =>
  event(`${host} is cut off`, when, (world) => setConditions(hostNamed(world, host), { way: 'cut' }));

export const heal = (host: string, when: Condition): Step =>
  event(`${host} is back`, when, (world) => {
    healMachine(hostNamed(world, host));
    setConditions(hostNamed(world, host), world.tempo.link);
  });

/** Something happens to the first container of a service that runs. */
export function meddle(
  what: string,
  name: string,
  when: Condition,
  act: (host: SimHost, container: SimContainer) => void,
): Step {
  return event(what, when, (world) => {
    for (const host of world.hosts.values())
      for (const container of host.engine.machine.containers.values())
        if (container.name.startsWith(`${NAMESPACE}.${name}.`) && container.run !== null) {
          act(host, container);
          return;
        }
  });
}

export const loseStore = (when: Condition): Step =>
  event('the store is lost', when, (world) => strikeController(world, { kind: 'storeLost' }));

/** The controller is killed, and another one begins after a moment. */
export const crash = (when: Condition, downMs = 1_000): Step =>
  event('the controller dies', when, (world) => {
    if (world.active !== null) world.crash(world.active, downMs, 'by its operator');
  });

/** The controller is told to stop, and its process ends that much later than it is done. */
export function stop(endsAfterMs: number): Step {
  return event('the controller is stopped', isSettled, (world) => {
    const process = world.active;
    const end = (): void => {
      if (process !== null) world.crash(process, 100, 'by its operator');
    };
    void process?.stop().then(() => world.scheduler.after(endsAfterMs, end));
  });
}
