// Which containers of a host our own actions are changing at the moment. Each of their steps is an event,
// and the engine answers an inspection only when the step is over: looking once, when the action has
// ended, tells the same at a quarter of the price.

import type { Action } from '../action/action.ts';

interface UnderWay {
  /** Name of the container for `runContainer`, else its id. */
  readonly object: string;
  /** Ids that turned out to be the container's. */
  readonly ids: Set<string>;
  readonly beganMs: number;
}

/** After this long an action may be hanging: then events are looked at again. */
const PATIENCE_MS = 10_000;

/** Id or name of the container that an action changes; null for actions on anything else. */
function containerOf(action: Action): string | null {
  switch (action.kind) {
    case 'runContainer':
      return action.request.name;
    case 'startContainer':
    case 'restartContainer':
    case 'stopContainer':
    case 'removeContainer':
    case 'updateContainer':
    case 'connectNetwork':
      return action.id;
    case 'pullImage':
    case 'createNetwork':
    case 'createVolume':
    case 'fillConfig':
    case 'removeNetwork':
    case 'removeVolume':
    case 'removeImage':
      return null;
    default:
      return action satisfies never;
  }
}

export class ActionsUnderWay {
  readonly #actions = new Map<string, UnderWay>();

  begin(action: Action, nowMs: number): void {
    const object = containerOf(action);
    if (object !== null) this.#actions.set(action.key, { object, ids: new Set(), beganMs: nowMs });
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
