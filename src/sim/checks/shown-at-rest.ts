// Once all is done the controller shows exactly that: every service ready at the revision that runs, every host
// seen, the newest commit in force, nothing held and nothing wrong.

import { LABEL } from '../../kernel/owner.ts';
import type { ControllerStatus, ServiceStatus } from '../../loop/status.ts';
import { namespaceOf } from '../shop/shop.ts';
import type { Check } from './check.ts';
import type { Scene } from './scene.ts';
import { Violation } from './violation.ts';

/** What must be equal, as it is shown and as it is. */
type Pair = readonly [what: string, shown: unknown, is: unknown];

export class ShownAtRest implements Check {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  atRest(): void {
    const status = this.#scene.world.active?.controller.status();
    // A story may also end otherwise.
    if (status?.phase !== 'converged') return;
    for (const [what, shown, is] of [...this.#whole(status), ...this.#services(status)])
      if (JSON.stringify(shown) !== JSON.stringify(is))
        throw new Violation(
          'I1',
          `${what} is shown as ${JSON.stringify(shown)}, and is ${JSON.stringify(is)}`,
        );
  }

  #whole({ commit, hosts, sources, problems }: ControllerStatus): readonly Pair[] {
    const { repository, shop } = this.#scene.world;
    const { head } = repository;
    return [
      ['what is in force', commit, head],
      ['what is wrong', problems, []],
      [
        'the hosts',
        hosts.map(({ name, state }) => `${name} ${state}`).sort(),
        shop.hosts.map((name) => `${name} fresh`).sort(),
      ],
      ...sources.flatMap((source): readonly Pair[] => [
        [`the commit of ${source.id}`, source.commit, head],
        [`the newest commit of ${source.id}`, source.head?.commit, head],
        [`what is held of ${source.id}`, source.held, null],
        [`what is wrong with ${source.id}`, source.problems, []],
      ]),
    ];
  }

  #services({ services }: ControllerStatus): readonly Pair[] {
    const { shop } = this.#scene.world;
    const wanted = [...shop.services.values()].map(
      (service) =>
        `${namespaceOf(service)}/${service.name} ready ${service.replicas} of ${service.replicas} at ${this.#revision(service.name)}`,
    );
    return [['the services', services.map(textOf).sort(), wanted.sort()]];
  }

  /** That of its containers; a service with none may be said to be at any. */
  #revision(name: string): string {
    const running = this.#scene.ours.filter(
      ({ host, service, container }) =>
        service === name &&
        container.run !== null &&
        this.#scene.world.shop.hosts.some((id) => id === host.id),
    );
    return (
      [...new Set(running.map(({ container }) => container.made.labels[LABEL.revision]))].join(' ') || 'any'
    );
  }
}

const textOf = ({ namespace, name, phase, ready, desired, revision }: ServiceStatus): string =>
  `${namespace}/${name} ${phase} ${ready} of ${desired} at ${desired === 0 ? 'any' : revision}`;
