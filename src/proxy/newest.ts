// From a process that a reload has replaced to the one that serves now. The old one keeps the idle connections of
// its clients, and answers each once more (GENTLE): by then the replicas that it knows may all be gone, and it makes
// no health checks any more. So it decides nothing: it hands the request on, before anything was tried in vain.
// No request goes in a circle: only a process that is stopping hands on, and it listens no more.
// TCP needs none of this. Its connections have their replica from the first moment, and new ones go to the new process.

import { GENTLE, type ProxySettings } from './base.ts';
import { HEADER } from './header.ts';
import { section } from './line.ts';
import { newestName } from './names.ts';

const NEWEST = 'newest';

/** Of every listener of HTTP, before whatever else leads anywhere. `what` tells the newest process where it came in. */
export const handOn = (what: string): string => `use_backend ${newestName(what)} if { stopping }`;

/** Whether a request that was handed on came in there. */
export const cameIn = (what: string): string => `{ req.fhdr(${HEADER.to}) ${what} }`;

/**
 * The one listener for all that is handed on. It is of TCP, on an address that only this network namespace has: an
 * abstract socket cannot be paused, and for that a process would stop that should go on after a reload that failed.
 */
export function newestSections(
  entries: readonly string[],
  lines: readonly string[],
  { newest }: ProxySettings,
): readonly string[] {
  if (entries.length === 0) return [];
  const address = `${newest.address}:${newest.port}`;
  const server = `server newest ${address}`;
  return [
    // As it came: it may have been handed on more than once.
    section(`frontend ${NEWEST}`, [GENTLE, `bind ${address}`, ...lines]),
    section(`backend ${NEWEST}`, [server]),
    ...entries.map((what) =>
      section(`backend ${newestName(what)}`, [`http-request set-header ${HEADER.to} ${what}`, server]),
    ),
  ];
}

/** The first of the lines of that listener. */
export const HAND_ON_AGAIN = `use_backend ${NEWEST} if { stopping }`;
