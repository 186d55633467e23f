// What an event of the engine makes us look at.

import type { EngineEvent } from '../observed/report.ts';
import type { ObjectList } from './object-lists.ts';

/** Events that change nothing that is looked at; a health check alone causes three per run. */
const NOISE = /^(exec_|top|attach|detach|resize|archive-path|extract-to-dir|export|copy|commit)/;

export type EventLook =
  | { readonly container: string }
  | { readonly list: ObjectList }
  /** Nothing is there any more to look at. */
  | { readonly destroyed: string };

/** Null: at nothing. */
export function lookAfter({ type, action, object, container }: EngineEvent): EventLook | null {
  switch (type) {
    case 'container':
      if (action === 'destroy') return { destroyed: object };
      return NOISE.test(action) ? null : { container: object };
    case 'network':
      return container === null ? { list: 'networks' } : { container };
    case 'volume':
      return action === 'create' || action === 'destroy' ? { list: 'volumes' } : null;
    case 'image':
      return { list: 'images' };
    default:
      return type satisfies never;
  }
}
