// What was told to start, to stop or to go: it has done none of it yet, and will in a moment, whatever the hosts
// show.

import { actionKey } from '../action/action.ts';
import type { HostId } from '../kernel/ids.ts';
import type { Assessed } from './assess.ts';
import type { Draft } from './draft.ts';

const STARTS = ['runContainer', 'startContainer', 'restartContainer'] as const;

export function isBeingStarted(draft: Draft, { instance, name }: Assessed): boolean {
  return STARTS.some((kind) => draft.input.facts.inFlight.has(actionKey(instance.host, kind, name)));
}

export function isToldToStop(draft: Draft, { instance, name }: Assessed): boolean {
  return draft.input.facts.toldToStop.has(actionKey(instance.host, 'stopContainer', name));
}

type Removal = 'removeImage' | 'removeNetwork' | 'removeVolume';

/** Key of the action that is removing the object; null where none is. Whoever needs it has it made anew afterwards. */
export function removalUnderWay(draft: Draft, host: HostId, kind: Removal, object: string): string | null {
  const key = actionKey(host, kind, object);
  return draft.input.facts.inFlight.has(key) ? key : null;
}
