// The names that hosts have for each other's load balancers: what one of them asks for, and what the
// other's certificate is made out to.

import type { HostId } from './ids.ts';

/** Reserved for private use: no name in it is ever resolved outside. */
const MESH_DOMAIN = 'plimsoll.internal';

/** `label` stands for what is asked of the host; names end there, so none is of two hosts. */
export const meshNameOf = (host: HostId, label: string): string => `${label}.${host}.${MESH_DOMAIN}`;

/** What the certificate of a host's load balancer is made out to: every name below it. */
export const meshWildcard = (host: HostId): string => meshNameOf(host, '*');
