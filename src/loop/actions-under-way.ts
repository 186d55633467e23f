// Which containers of a host our own actions are changing at the moment. Each of their steps is an event,
// and the engine answers an inspection only when the step is over: looking once, when the action has
// ended, tells the same at a quarter of the price.

import type { Action } from '../action/action.ts';
import type { ObjectList } from './object-lists.ts';

interface UnderWay {
  /** Name of the container for `runContainer`, else its id. */
  readonly object: string;
  /** Ids that turned out to be the container's. */
  readonly ids: Set<string>;
  readonly beganMs: number;
}

/** After this long an action may be hanging: then events are looked at again. */
const PATIENCE_MS = 10_000;

/** What an action changes: one container (by id, or by name where it is new), or something of a list. */
export function touchedBy(action: Action): { readonly container: string } | { readonly list: ObjectList } {
  switch (action.kind) {
    case 'runContainer':
      return { container: action.request.name };
    case 'startContainer':
    case 'restartContainer':
    case 'stopContainer':
    case 'removeContainer':
    case 'updateContainer':
    case 'connectNetwork':
    case 'disconnectNetwork':
    case 'tellBalancer':
      return { container: action.id };
    case 'pullImage':
    case 'removeImage':
      return { list: 'images' };
    case 'createNetwork':
    case 'removeNetwork':
      return { list: 'networks' };
    case 'createVolume':
    case 'removeVolume':
    case 'fillConfig':
      return { list: 'volumes' };
    default:
      return action satisfies never;
  }
}

export class ActionsUnderWay {
  readonly #actions = new Map<string, UnderWay>();

  begin(action: Action, nowMs: number): void {
    const touched = touchedBy(action);
    if ('container' in touched)
      this.#actions.set(action.key, { object: touched.container, ids: new Set(), beganMs: nowMs });
  }

  end(action: Action): void {
    this.#actions.delete(action.key);
  }

  /**
   * Whether the end of an action will be looked at anyway, so that an event about this container need not
   * be. `name` is null where the event does not tell it.
   */
  covers(id: string, name: string | null, nowMs: number): boolean {
    for (const { object, ids, beganMs } of this.#actions.values()) {
      if (nowMs - beganMs > PATIENCE_MS) continue;
      if (object === name) ids.add(id);
      if (object === id || ids.has(id)) return true;
    }
    return false;
  }
}
