// Replicas that were told to leave while they did not run. An action that was under way starts them all the same,
// and nobody can call it back; the service did not have them, and may not count on them either.

import type { ContainerStatus } from '../../observed/report.ts';
import { instanceName } from '../../rollout/memory.ts';
import { instanceIn, type Ledger, type ServiceChange } from './ledger.ts';
import type { OwnPlace, Scene } from './scene.ts';

/** Whatever restarts by the engine's policy runs again in a moment. */
const STANDS: ReadonlySet<ContainerStatus> = new Set(['created', 'exited', 'dead']);

export class LeftStanding {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  readonly #left = new Set<string>();

  constructor(scene: Scene, ledger: Ledger) {
    this.#scene = scene;
    this.#ledger = ledger;
  }

  /** To be called when a row has changed on the disk. */
  note({ before, after }: ServiceChange): void {
    if (after === null) return;
    for (const instance of after.instances) {
      if (instance.intent !== 'retire') continue;
      const { host } = instance;
      const name = instanceName(after, instance);
      if (instanceIn(before, host, name)?.intent === 'retire') continue;
      const status = this.#scene.find(host, name)?.container.status ?? null;
      if (status === null || STANDS.has(status)) this.#left.add(`${host} ${name}`);
      else this.#left.delete(`${host} ${name}`);
    }
  }

  /** A store that was lost or set back may want it again. */
  has({ host, container, service }: OwnPlace): boolean {
    const isNoted = this.#left.has(`${host.id} ${container.name}`);
    return isNoted && instanceIn(this.#ledger.service(service), host.id, container.name)?.intent !== 'run';
  }
}
