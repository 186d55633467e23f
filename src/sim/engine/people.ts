// What somebody does with the docker command on the machine itself, without asking anybody. Like the
// command it needs a daemon that answers.

import type { ContainerRequest } from '../../action/container-request.ts';
import { ok } from '../../kernel/result.ts';
import type { ObservedNetwork, ObservedVolume } from '../../observed/report.ts';
import { type Answer, noSuchContainer, refuse } from './answer.ts';
import type { SimContainer } from './container.ts';
import { createContainer } from './create.ts';
import { removeImage } from './images.ts';
import type { Machine } from './machine.ts';
import { connectNetwork, disconnectNetwork } from './network-places.ts';
import { createNetwork, removeNetwork } from './networks.ts';
import { removeContainer } from './remove.ts';
import { startContainer } from './start.ts';
import { pauseContainer, restartContainer, stopContainer, unpauseContainer } from './stop.ts';
import { type ContainerUpdate, updateContainer } from './update.ts';
import { createVolume, removeVolume } from './volumes.ts';

type Labels = Readonly<Record<string, string>>;

/** What `docker stop` gives unless it is told otherwise. */
const USUAL_GRACE_MS = 10_000;

export class People {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** `docker run -d`: the id. A container that cannot be started stays created. */
  run(request: ContainerRequest): Answer<string> {
    return this.#ask(() => {
      const created = createContainer(this.#machine, request);
      if (!created.ok) return created;
      const started = this.#with(created.value, (container) => startContainer(this.#machine, container));
      return started.ok ? created : started;
    });
  }

  start(idOrName: string): Answer<void> {
    return this.#with(idOrName, (container) => startContainer(this.#machine, container));
  }

  /** Returns when it has been asked to; it is down when its process has ended. */
  stop(idOrName: string, graceMs = USUAL_GRACE_MS): Answer<void> {
    return this.#with(idOrName, (container) => {
      stopContainer(this.#machine, container, graceMs, () => {});
      return ok(undefined);
    });
  }

  restart(idOrName: string, graceMs = USUAL_GRACE_MS): Answer<void> {
    return this.#with(idOrName, (container) => {
      restartContainer(this.#machine, container, graceMs, () => {});
      return ok(undefined);
    });
  }

  kill(idOrName: string): Answer<void> {
    return this.stop(idOrName, 0);
  }

  /** `docker rm -f`. */
  remove(idOrName: string): Answer<void> {
    return this.#with(idOrName, (container) => {
      removeContainer(this.#machine, container, true, () => {});
      return ok(undefined);
    });
  }

  update(idOrName: string, change: ContainerUpdate): Answer<void> {
    return this.#with(idOrName, (container) => updateContainer(this.#machine, container, change));
  }

  pause(idOrName: string): Answer<void> {
    return this.#with(idOrName, (container) => pauseContainer(this.#machine, container));
  }

  unpause(idOrName: string): Answer<void> {
    return this.#with(idOrName, (container) => unpauseContainer(this.#machine, container));
  }

  rename(idOrName: string, name: string): Answer<void> {
    const { names } = this.#machine;
    return this.#with(idOrName, (container) => {
      if (names.has(name)) return refuse('engine/conflict', `the name "/${name}" is already in use`);
      names.delete(container.name);
      container.name = name;
      names.set(name, container);
      this.#machine.touch(container);
      this.#machine.tellOf(container, 'rename');
      return ok(undefined);
    });
  }

  connect(network: string, idOrName: string, aliases: readonly string[] = []): Answer<void> {
    const place = { aliases, address: null };
    return this.#with(idOrName, (container) => connectNetwork(this.#machine, network, container, place));
  }

  disconnect(network: string, idOrName: string): Answer<void> {
    return this.#with(idOrName, (container) => disconnectNetwork(this.#machine, network, container));
  }

  createNetwork(name: string, labels: Labels = {}): Answer<ObservedNetwork> {
    return this.#ask(() => createNetwork(this.#machine, { name, labels, subnet: null }));
  }

  removeNetwork(idOrName: string): Answer<void> {
    return this.#ask(() => removeNetwork(this.#machine, idOrName));
  }

  createVolume(name: string, labels: Labels = {}): Answer<ObservedVolume> {
    return this.#ask(() => createVolume(this.#machine, name, labels));
  }

  removeVolume(name: string): Answer<void> {
    return this.#ask(() => removeVolume(this.#machine, name));
  }

  removeImage(reference: string): Answer<void> {
    return this.#ask(() => removeImage(this.#machine, reference));
  }

  #ask<T>(work: () => Answer<T>): Answer<T> {
    if (this.#machine.daemon === 'up') return work();
    return refuse('host/no-engine', 'Cannot connect to the Docker daemon');
  }

  #with(idOrName: string, work: (container: SimContainer) => Answer<void>): Answer<void> {
    return this.#ask(() => {
      const container = this.#machine.find(idOrName);
      return container === undefined ? noSuchContainer(idOrName) : work(container);
    });
  }
}
