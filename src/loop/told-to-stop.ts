// When stops were sent: whoever was told to stop goes, whatever is wanted since. A controller that begins cannot
// know what the one before it had sent, and takes all of it for sent that was decided on.

import { type Action, actionKey } from '../action/action.ts';
import type { Instant } from '../kernel/time.ts';
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
  #entries = new Map<string, Instant>();

  /** By the key of the action: when it was last under way. */
  get entries(): ReadonlyMap<string, Instant> {
    return this.#entries;
  }

  /** What the controller before this one has left behind. */
  inherit(services: Iterable<ServiceMemory>, now: Instant): void {
    for (const key of stopsOf(services, (i) => i.toldToStop)) this.#entries.set(key, now);
  }

  begun(action: Action, now: Instant): void {
    if (action.kind === 'stopContainer') this.#entries.set(action.key, now);
  }

  /** However it ended: one that never began was not sent. */
  ended(action: Action, now: Instant): void {
    if (this.#entries.has(action.key)) this.#entries.set(action.key, now);
  }

  /** Forgets those that have left. */
  prune(services: Iterable<ServiceMemory>): void {
    const leaving = new Set(stopsOf(services, () => true));
    this.#entries = new Map([...this.#entries].filter(([key]) => leaving.has(key)));
  }
}
