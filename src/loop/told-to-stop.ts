// Which stops were sent: whoever was told to stop goes, whatever is wanted since. A controller that begins cannot
// know what the one before it had sent, and takes all of it for sent that was decided on.

import { type Action, actionKey } from '../action/action.ts';
import { type Instance, instanceName, type ServiceMemory } from '../rollout/memory.ts';

function* stopsOf(
  services: Iterable<ServiceMemory>,
  isMeant: (instance: Instance) => boolean,
): Generator<string> {
  for (const row of services)
    for (const instance of row.instances)
      if (instance.intent === 'retire' && isMeant(instance))
        yield actionKey(instance.host, 'stopContainer', instanceName(row, instance));
}

export class ToldToStop {
  #keys = new Set<string>();

  get keys(): ReadonlySet<string> {
    return this.#keys;
  }

  /** What the controller before this one has left behind. */
  inherit(services: Iterable<ServiceMemory>): void {
    for (const key of stopsOf(services, (i) => i.toldToStop)) this.#keys.add(key);
  }

  begun(action: Action): void {
    if (action.kind === 'stopContainer') this.#keys.add(action.key);
  }

  /** Forgets those that have left. */
  prune(services: Iterable<ServiceMemory>): void {
    const leaving = new Set(stopsOf(services, () => true));
    this.#keys = new Set([...this.#keys].filter((key) => leaving.has(key)));
  }
}
