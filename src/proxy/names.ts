// How things are called in HAProxy's configuration, its statistics and its logs, and in the names by which
// the hosts' load balancers ask each other.

import { sha256 } from '../kernel/canonical.ts';
import type { HostId, ServiceKey } from '../kernel/ids.ts';
import { meshNameOf } from '../kernel/mesh-name.ts';
import type { Door, PoolName, ServicePort } from './traffic.ts';

/** A label of DNS has 63 characters at most, and two names with a port and a revision may be longer. */
const LABEL_DIGITS = 20;

/** HAProxy takes letters, digits, `-`, `_`, `.` and `:` in names; names of services have no dot. */
const dotted = (service: ServiceKey): string => service.replace('/', '.');

export const portName = ({ service, port }: ServicePort): string => `${dotted(service)}:${port}`;

export const revisionName = (to: ServicePort, revision: PoolName): string => `${portName(to)}.${revision}`;

/** Replicas of a port that are asked as one. */
export const poolKey = (to: ServicePort, name: PoolName): string =>
  name === 'all' ? portName(to) : revisionName(to, name);

/** Before the name of a revision: replicas on all hosts, which doors lead to; and for what must not be done twice. */
export const AGAIN = 'rt.';
export const ONCE = 'once.';

export const routeName = (to: ServicePort, revision: PoolName): string => AGAIN + revisionName(to, revision);

export const onceName = (to: ServicePort, revision: PoolName): string => ONCE + revisionName(to, revision);

/** Replicas on this host only: what other hosts are led to, so that no request goes in a circle. */
export const localName = (to: ServicePort, revision: PoolName): string => `lo.${portName(to)}.${revision}`;

/** Whether other hosts have replicas that serve: what this host asks them. */
export const checkName = (to: ServicePort, revision: PoolName): string => `ck.${portName(to)}.${revision}`;

/** Whether this host has replicas that serve, of what is not HTTP: what others ask it. */
export const aliveName = (to: ServicePort, revision: PoolName): string => `at.${portName(to)}.${revision}`;

/** Where the process that serves now takes what those before it still get. */
export const newestName = (what: string): string => `newest.${what}`;

export const doorName = ({ from, to, network }: Pick<Door, 'from' | 'to' | 'network'>): string =>
  `door.${dotted(from)}${network === 0 ? '' : `.${network + 1}`}_${portName(to)}`;

/** By which name another host is asked for a revision: the name of the TLS handshake (SNI). */
export function meshName(host: HostId, to: ServicePort, revision: PoolName): string {
  const label = sha256(`${portName(to)}/${revision}`).slice(0, LABEL_DIGITS);
  return meshNameOf(host, label);
}
