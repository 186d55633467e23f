// By what load balancers serve: never by the address of another service's replica, and at rest every container is led
// to exactly those on its host that answer, and to each other host that has some; where nobody connects to anybody there is no load balancer (I5, I12).

import { servedBy } from '../engine/balancer.ts';
import type { SimContainer } from '../engine/container.ts';
import type { EndedRequest } from '../requests/requests.ts';
import {
  type Connection,
  elsewhereOf,
  kindOf,
  type Pool,
  routeFrom,
  routeOn,
  servingOf,
} from '../requests/route.ts';
import type { SimHost } from '../world/fleet.ts';
import { CONTROLLER } from '../world/process.ts';
import type { Check } from './check.ts';
import { hasBeenOut } from './hosts.ts';
import { mayBeGivenUp } from './outcome.ts';
import type { OwnPlace, Scene } from './scene.ts';
import { serviceOf } from './truth.ts';
import { Violation } from './violation.ts';

const LOOK_EVERY_MS = 1_000;
/** Services are known by their names: no two of a shop have the same. */
const nameOf = (key: string): string => key.slice(key.indexOf('/') + 1);

export class Doors implements Check {
  readonly #scene: Scene;
  dueMs = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  requested({ host, route }: EndedRequest): void {
    if (route !== null) mustNameItsOwn(host, route.pool);
  }

  afterEvent(): void {
    const { nowMs, world } = this.#scene;
    if (nowMs < this.dueMs) return;
    this.dueMs = nowMs + LOOK_EVERY_MS;
    for (const host of world.hosts.values())
      for (const proxy of partsOn(host))
        for (const pool of servedBy(host.engine.machine, proxy)?.traffic.pools ?? [])
          mustNameItsOwn(host, pool);
  }

  atRest(): void {
    const { world } = this.#scene;
    for (const host of world.hosts.values()) {
      const isIn = world.shop.hosts.includes(host.id);
      if (isIn ? hasBeenOut(world, host.id) : mayBeGivenUp(world, host)) continue;
      const running = this.#scene.ours.filter(({ container }) => container.run !== null);
      const here = running.filter((place) => place.host === host);
      const consumers = here.filter(({ container }) => container.made.spec.connects.length > 0);
      if (consumers.length === 0 && !this.#isAsked(here, running)) mustHaveNone(host);
      for (const consumer of consumers) {
        mustReachAll(consumer, here);
        this.#mustReachElsewhere(consumer, running);
      }
      mustLeadNobodyElse(host, consumers);
    }
  }

  /** By the load balancer of another host, for what connects there. */
  #isAsked(here: readonly OwnPlace[], running: readonly OwnPlace[]): boolean {
    const connects = running.flatMap(({ container }) => container.made.spec.connects);
    return (
      this.#scene.world.shop.hasMesh === true && connects.some((to) => here.some((one) => isOf(to, one)))
    );
  }

  /** To every other host with a replica, as far as all about it is known, and to no other. */
  #mustReachElsewhere({ host, container }: OwnPlace, running: readonly OwnPlace[]): void {
    const { world } = this.#scene;
    const isKnown = (other: SimHost): boolean =>
      other !== host && world.shop.hosts.includes(other.id) && !hasBeenOut(world, other.id);
    for (const to of container.made.spec.connects) {
      const route = routeFrom(host, container, to);
      if (typeof route === 'string') continue;
      const what = `${container.name} on ${host.id} connects to ${to.service}:${to.port}`;
      const led = new Map(elsewhereOf(route.pool).map((one) => [one.host, one]));
      for (const other of [...world.hosts.values()].filter(isKnown)) {
        const isThere = running.some((one) => one.host === other && isOf(to, one));
        if (led.has(other.id) !== (isThere && world.shop.hasMesh === true))
          throw new Violation('I5', `${what} and is ${isThere ? 'not ' : ''}led to ${other.id}`);
        const next = isThere ? led.get(other.id) : undefined;
        const way = next === undefined ? null : routeOn(world.hosts.values(), route, next, world.clock.now());
        if (typeof way === 'string') throw new Violation('I5', `${what}, is led to ${other.id}, and ${way}`);
      }
    }
  }
}

const isOf = (to: Connection, { service }: OwnPlace): boolean => service === nameOf(to.service);

/** Of its load balancer, in whatever state. */
const partsOn = ({ engine }: SimHost): readonly SimContainer[] =>
  [...engine.machine.containers.values()].filter(
    (one) => kindOf(one) === 'anchor' || kindOf(one) === 'proxy',
  );

/** Addresses are used again: requests of one service would come to another one. */
function mustNameItsOwn({ id, engine }: SimHost, { to, revisions, offered }: Pool): void {
  for (const { name, address } of [...revisions, ...offered].flatMap(({ local }) => local)) {
    const there = engine.machine.addresses.get(address);
    const service = there === undefined ? null : serviceOf(there, CONTROLLER);
    if (there !== undefined && service !== null && service !== nameOf(to.service))
      throw new Violation(
        'I5',
        `the load balancer on ${id} takes ${there.name} at ${address} for ${name} of ${to.service}`,
      );
  }
}

function mustHaveNone(host: SimHost): void {
  const [left] = partsOn(host);
  if (left !== undefined) throw new Violation('I12', `${left.name} is on ${host.id}, where nobody connects`);
}

const textOf = (all: readonly { readonly name: string; readonly address: string }[]): string =>
  all
    .map(({ name, address }) => `${name} at ${address}`)
    .sort()
    .join(', ');

function mustReachAll({ host, container, service }: OwnPlace, here: readonly OwnPlace[]): void {
  for (const to of container.made.spec.connects) {
    const route = routeFrom(host, container, to);
    const what = `${container.name} on ${host.id} connects to ${to.service}:${to.port}`;
    if (typeof route === 'string') throw new Violation('I5', `${what}, and ${route}`);
    const own = `plimsoll.${to.service.replace('/', '.')}`;
    const ready = here
      .filter((other) => isOf(to, other) && other.service !== service)
      .map((other) => ({
        name: other.container.name,
        address: other.container.endpoints.get(own)?.address ?? 'no address',
      }));
    const [led, wanted] = [textOf(servingOf(route.pool)), textOf(ready)];
    if (led !== wanted)
      throw new Violation('I5', `${what} and is led to ${led || 'nobody'} instead of ${wanted || 'nobody'}`);
  }
}

function mustLeadNobodyElse(host: SimHost, consumers: readonly OwnPlace[]): void {
  for (const proxy of partsOn(host))
    for (const { from, to } of servedBy(host.engine.machine, proxy)?.traffic.doors ?? []) {
      const isWanted = consumers.some(
        ({ service, container }) =>
          service === nameOf(from) &&
          container.made.spec.connects.some((one) => one.service === to.service && one.port === to.port),
      );
      if (!isWanted)
        throw new Violation(
          'I5',
          `the load balancer on ${host.id} leads ${from} to ${to.service}:${to.port}`,
        );
    }
}
