// From a line of the engine's event stream to our words, and which events to ask for.

import { instant } from '../../kernel/time.ts';
import type { EngineEvent } from '../../observed/report.ts';
import type { EventMessage } from './engine-answers.ts';

const TYPES: readonly EngineEvent['type'][] = ['container', 'network', 'volume', 'image'];

/**
 * Only what changes something that a report shows: a health check alone would otherwise send three events
 * (exec_create, exec_start, exec_die) each time it runs. `health_status` also matches its long forms.
 */
const ACTIONS = [
  'create',
  'start',
  'restart',
  'die',
  'stop',
  'pause',
  'unpause',
  'destroy',
  'oom',
  'health_status',
  'update',
  'rename',
  'connect',
  'disconnect',
  'remove',
  'pull',
  'tag',
  'untag',
  'delete',
  'import',
  'load',
];

export const EVENT_FILTERS = { type: [...TYPES], event: ACTIONS };

/** What the engine itself writes among the labels of an object. */
const NOT_LABELS = new Set([
  'name',
  'image',
  'exitCode',
  'signal',
  'execID',
  'execDuration',
  'oldName',
  'container',
  'type',
  'driver',
]);

/** Null for types that were not asked for. */
export function observeEvent(message: EventMessage): EngineEvent | null {
  const type = TYPES.find((known) => known === message.Type);
  if (type === undefined) return null;
  const { ID, Attributes } = message.Actor;
  return {
    type,
    // `health_status: healthy` names the new state, which is read from the container itself.
    action: message.Action.replace(/:.*$/, ''),
    object: ID,
    container: type === 'network' ? (Attributes['container'] ?? null) : null,
    labels: Object.fromEntries(Object.entries(Attributes).filter(([key]) => !NOT_LABELS.has(key))),
    at: instant(Math.floor(message.timeNano / 1e6)),
  };
}
