// What was told to start or to stop: it does neither yet, and will in a moment, whatever the hosts show.

import { actionKey } from '../action/action.ts';
import type { Assessed } from './assess.ts';
import type { Draft } from './draft.ts';

const STARTS = ['runContainer', 'startContainer', 'restartContainer'] as const;

export function isBeingStarted(draft: Draft, { instance, name }: Assessed): boolean {
  return STARTS.some((kind) => draft.input.facts.inFlight.has(actionKey(instance.host, kind, name)));
}

export function isToldToStop(draft: Draft, { instance, name }: Assessed): boolean {
  return draft.input.facts.toldToStop.has(actionKey(instance.host, 'stopContainer', name));
}
