// Rows for containers that were found by their labels: after a store was lost, or on a host that is back.

import type { PortSpec } from '../desired/container.ts';
import { type Instant, instant } from '../kernel/time.ts';
import type { FoundContainer } from '../observed/observed.ts';
import type { ObservedContainer } from '../observed/report.ts';
import type { Instance } from './memory.ts';

export const isRowOf = (i: Instance, { host, identity }: FoundContainer): boolean =>
  i.host === host &&
  i.revision === identity.revision &&
  i.ordinal === identity.ordinal &&
  i.attempt === identity.attempt;

export const holdsPortOf = (f: FoundContainer, i: Instance): boolean =>
  f.host === i.host && f.container.hostPorts.some(({ port }) => i.hostPorts.includes(port));

/** Whatever is wrong with a container now is no new failure to a row with this mark. */
export const markOf = ({ startedAt, restartCount }: ObservedContainer): string =>
  `unhealthy ${startedAt ?? ''} ${restartCount}`;

const fits = ({ published }: PortSpec, port: number | null): boolean =>
  published === null ? port === null : port !== null && port >= published.from && port <= published.to;

/**
 * Ports of a host in the order of the spec's ports, as rows have them; null where the engine chooses. Engines list
 * them in an order of their own, and a container that is made anew by it would be published on the wrong ones.
 */
export function inSpecOrder(specs: readonly PortSpec[], ports: Instance['hostPorts']): (number | null)[] {
  const left = [...ports];
  if (left.length === specs.length && specs.every((spec, at) => fits(spec, left[at] ?? null))) return left;
  return specs.map((spec) => {
    if (spec.published === null) return null;
    const at = left.findIndex((port) => fits(spec, port));
    return at === -1 ? null : (left.splice(at, 1)[0] ?? null);
  });
}

/** `specs` are the ports of its revision; null where nobody knows them. */
export function rowOf(
  { host, container, identity }: FoundContainer,
  {
    specs,
    now,
    because,
  }: { readonly specs: readonly PortSpec[] | null; readonly now: Instant; readonly because: string },
): Instance {
  const hostPorts = container.hostPorts.map(({ port }) => port);
  return {
    revision: identity.revision,
    ordinal: identity.ordinal,
    attempt: identity.attempt,
    host,
    hostPorts: specs === null ? hostPorts : inSpecOrder(specs, hostPorts),
    intent: 'run',
    because,
    // Nobody knows more: a restart that was asked for since has not reached it.
    plannedAt: instant(Math.min(now, container.startedAt ?? now)),
    seenAt: now,
    readyAt: null,
    hasServed: false,
    toldToStop: false,
    faults: 0,
    // That it was ill, or failed, before it was found says nothing of now.
    faultMark: markOf(container),
    retryAt: null,
    leavingSince: null,
    drainingSince: null,
  };
}
