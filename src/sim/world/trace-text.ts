// What the record of a world says of an event: always with the names of what it is about.

import type { ControllerEvent } from '../../loop/events.ts';
import type { Effect } from '../link/observer.ts';

/** What a process tells people, with the service or the source and the host that it means. */
export function saidText({ kind, service, source, host, message }: ControllerEvent): string {
  const named = [service ?? source, host].filter((name) => name !== null);
  return `${[kind, named.join(' on ')].filter((part) => part !== '').join(' ')}: ${message}`;
}

/** A write without rows is one of the audit alone. */
export const writtenText = (keys: readonly string[]): string => keys.join(' ') || 'the audit';

export const effectText = ({ kind, object, host }: Effect): string => `${kind} ${object} on ${host}`;
