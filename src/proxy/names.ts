// How things are called in HAProxy's configuration, its statistics and its logs, and in the names by which
// the hosts' load balancers ask each other.

import { sha256 } from '../kernel/canonical.ts';
import type { HostId, RevisionId, ServiceKey } from '../kernel/ids.ts';
import { meshNameOf } from '../kernel/mesh-name.ts';
import type { ServicePort } from './traffic.ts';

/** A label of DNS has 63 characters at most, and two names with a port and a revision may be longer. */
const LABEL_DIGITS = 20;

/** HAProxy takes letters, digits, `-`, `_`, `.` and `:` in names; names of services have no dot. */
const dotted = (service: ServiceKey): string => service.replace('/', '.');

export const portName = ({ service, port }: ServicePort): string => `${dotted(service)}:${port}`;

/** Replicas on all hosts: what doors lead to. */
export const routeName = (to: ServicePort, revision: RevisionId): string => `rt.${portName(to)}.${revision}`;

/** Replicas on this host only: what other hosts are led to, so that no request goes in a circle. */
export const localName = (to: ServicePort, revision: RevisionId): string => `lo.${portName(to)}.${revision}`;

export const doorName = (from: ServiceKey, to: ServicePort): string => `door.${dotted(from)}_${portName(to)}`;

/** By which name another host is asked for a revision: the name of the TLS handshake (SNI). */
export function meshName(host: HostId, to: ServicePort, revision: RevisionId): string {
  const label = sha256(`${portName(to)}/${revision}`).slice(0, LABEL_DIGITS);
  return meshNameOf(host, label);
}
