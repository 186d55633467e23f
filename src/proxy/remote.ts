// Replicas on other hosts: each host is one server, reached through its load balancer.

import type { HostId } from '../kernel/ids.ts';
import type { ProxySettings } from './base.ts';
import { HEADER } from './header.ts';
import { section } from './line.ts';
import { checkName, meshName } from './names.ts';
import type { Peer, Pool, RevisionPool } from './traffic.ts';

export type Peers = ReadonlyMap<HostId, Peer>;

/** HAProxy's largest weight. */
const MOST_WEIGHT = 256;

/** Weights are numbers of replicas, made smaller together where they are more than HAProxy takes. */
function weightOf(replicas: number, most: number): number {
  return most <= MOST_WEIGHT ? replicas : Math.max(1, Math.round((replicas * MOST_WEIGHT) / most));
}

const tlsTo = (sni: string, { certificate, roots }: ProxySettings): string =>
  `ssl sni str(${sni}) verify required ca-file ${roots} crt ${certificate} ssl-min-ver TLSv1.3`;

/** A host that is gone acknowledges nothing: what waits for it ends, and idle connections end by their keep-alives. */
const GONE = 'tcp-ut 15s';

/** Its health is that of the replicas there, as the section of checks has it. */
export function remoteServers(
  pool: Pool,
  { revision, remote }: RevisionPool,
  peers: Peers,
  settings: ProxySettings,
  more = '',
): readonly string[] {
  const most = Math.max(1, ...remote.map(({ replicas }) => replicas));
  const alpn = pool.protocol === 'http' ? ' alpn http/1.1' : '';
  return remote.flatMap(({ host, replicas, as }) => {
    const peer = peers.get(host);
    if (peer === undefined) return [];
    const tls = `${tlsTo(meshName(host, pool.to, as), settings)}${alpn}`;
    const name = `${host}${more === '' ? '' : `.${revision}`}`;
    const health = `track ${checkName(pool.to, revision)}/${host}`;
    return `server ${name} ${peer.address}:${peer.ports[pool.protocol]} weight ${weightOf(replicas, most)} ${tls} ${health} ${GONE}${more}`;
  });
}

/**
 * Asks each other host whether it has a replica that serves, once for all who are led there. That its load balancer
 * lives is not enough: one whose replicas are all gone answers fastest of all. The other host answers by what its own
 * checks say, so no replica is asked the more the more hosts there are. Null where there is no other host.
 */
export function checkSection(
  { to }: Pool,
  { revision, remote }: RevisionPool,
  peers: Peers,
  settings: ProxySettings,
): string | null {
  const servers = remote.flatMap(({ host, as }) => {
    const peer = peers.get(host);
    if (peer === undefined) return [];
    const sni = meshName(host, to, as);
    const check = `check check-sni ${sni} check-alpn http/1.1 inter 2s fastinter 250ms downinter 1s fall 2 rise 1`;
    return `server ${host} ${peer.address}:${peer.ports.http} ${tlsTo(sni, settings)} ${check}`;
  });
  if (servers.length === 0) return null;
  return section(`backend ${checkName(to, revision)}`, [
    'timeout connect 2s',
    'timeout check 2s',
    'option httpchk',
    `http-check send meth GET uri / ver HTTP/1.1 hdr host plimsoll hdr ${HEADER.check} 1`,
    'http-check expect status 200',
    ...servers,
  ]);
}
