// What containers are there, and as what: each replica once, with the labels, limits, ports, networks and volumes
// that it was meant to have (I1).

import { LABEL } from '../../kernel/owner.ts';
import type { SimContainer } from '../engine/container.ts';
import { NAMESPACE } from '../shop/shop.ts';
import { CONTROLLER } from '../world/process.ts';
import type { Check } from './check.ts';
import { serviceRows } from './disk-rows.ts';
import { hasBeenOut } from './hosts.ts';
import type { OwnPlace, Scene } from './scene.ts';
import { networksOf } from './truth.ts';
import { Violation } from './violation.ts';

export class Placing implements Check {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  atRest(): void {
    const { world, ours } = this.#scene;
    const isIn = (host: string): boolean => !hasBeenOut(world, host);
    const running = ours.filter(({ host, container }) => container.run !== null && isIn(host.id));
    for (const place of running) this.#mustBeAsMade(place);
    const rows = [...serviceRows(world.disk).values()];
    for (const { name, target, instances } of rows) {
      const mine = running.filter(({ service }) => service === name);
      const slots = mine.map(({ container }) => slotOf(container));
      if (new Set(slots).size < slots.length)
        throw new Violation('I1', `two replicas of ${name} are the same one: ${slots.join(', ')}`);
      const known = instances.filter(({ intent, host }) => intent === 'run' && isIn(host));
      const remembered = known.map((i) => `${i.host} ${name} ${i.revision} ${i.ordinal} ${i.attempt}`).sort();
      const there = mine.map(({ host, container }) => `${host.id} ${identityOf(container)}`).sort();
      if (remembered.join() !== there.join())
        throw new Violation('I10', `remembered are ${remembered.join(', ')}; there are ${there.join(', ')}`);
      const other = known.find(({ revision }) => revision !== target);
      if (other !== undefined)
        throw new Violation('I1', `${name} has revision ${other.revision}, its target is ${target}`);
    }
  }

  #mustBeAsMade({ host, container, service }: OwnPlace): void {
    const wrong = labelsWrong(container, service, this.#scene.world.shop.services.get(service)?.namespace);
    const other = wrong ?? this.#surroundingsWrong(container, service);
    if (other !== null) throw new Violation('I1', `${container.name} on ${host.id} ${other}`);
  }

  #surroundingsWrong(container: SimContainer, service: string): string | null {
    const { made, limits, restartPolicy, endpoints, bound } = container;
    const { spec } = made;
    if (restartPolicy !== spec.restart) return `restarts ${restartPolicy}`;
    const own = spec.limits;
    const isLimited =
      limits.memoryBytes === own.memoryBytes &&
      limits.memoryReservationBytes === own.memoryReservationBytes &&
      limits.cpus === own.cpus &&
      limits.pids === own.pids;
    if (!isLimited) return `has limits ${JSON.stringify(limits)} instead of ${JSON.stringify(own)}`;
    const isLeftToOthers = this.#scene.world.shop.services.get(service)?.ignored?.includes('networks');
    if (isLeftToOthers !== true && [...endpoints.keys()].sort().join() !== networksOf(container).join())
      return `is in ${[...endpoints.keys()].join(', ')}`;
    if (bound.length !== spec.ports.length) return `has ${bound.length} of ${spec.ports.length} ports`;
    for (const [index, { target, published }] of spec.ports.entries()) {
      const port = bound[index];
      const isRight =
        port?.target === target &&
        (published === null || (port.port >= published.from && port.port <= published.to));
      if (!isRight) return `has port ${port?.port} for ${target}`;
    }
    return null;
  }
}

const slotOf = ({ made: { labels } }: SimContainer): string =>
  `${labels[LABEL.revision]} ${labels[LABEL.ordinal]}`;
const identityOf = (container: SimContainer): string => {
  const { labels } = container.made;
  return `${labels[LABEL.service]} ${slotOf(container)} ${labels[LABEL.attempt]}`;
};

/** The labels are what a store that was lost is rebuilt from. */
function labelsWrong({ name, made }: SimContainer, service: string, namespace = NAMESPACE): string | null {
  const { labels } = made;
  const says = [LABEL.namespace, LABEL.service, LABEL.revision, LABEL.ordinal, LABEL.attempt].map(
    (label) => labels[label] ?? '?',
  );
  const isRight =
    labels[LABEL.controller] === CONTROLLER &&
    says[0] === namespace &&
    says[1] === service &&
    says.join('.') === name;
  return isRight ? null : `has the labels ${JSON.stringify(labels)}`;
}
