// Replicas that were told to leave before they had ever run. An action that was under way starts them all the
// same, and nobody can call it back; the service has never had them, and may not count on them either.

import { containerName } from '../../kernel/owner.ts';
import type { Instance, ServiceMemory } from '../../rollout/memory.ts';
import type { Ledger, ServiceChange } from './ledger.ts';
import type { OwnPlace, Scene } from './scene.ts';

const nameIn = ({ namespace, name: service }: ServiceMemory, instance: Instance): string =>
  containerName({ ...instance, namespace, service });

/** Whether a row says of a container that it is to leave, or to run; null where it says nothing of it. */
function intentOf(row: ServiceMemory | null, host: string, name: string): Instance['intent'] | null {
  if (row === null) return null;
  return row.instances.find((i) => i.host === host && nameIn(row, i) === name)?.intent ?? null;
}

export class LeftUnstarted {
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
      const name = nameIn(after, instance);
      if (intentOf(before, host, name) === 'retire') continue;
      const hasRun = (this.#scene.find(host, name)?.container.startedAt ?? null) !== null;
      if (!hasRun) this.#left.add(`${host} ${name}`);
    }
  }

  /** A store that was lost or set back may want it again. */
  has({ host, container, service }: OwnPlace): boolean {
    const isNoted = this.#left.has(`${host.id} ${container.name}`);
    return isNoted && intentOf(this.#ledger.service(service), host.id, container.name) !== 'run';
  }
}
