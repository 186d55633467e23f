// The replicas of a service's port, by revision: what doors lead to, and what other hosts are led to.

import type { HostId } from '../kernel/ids.ts';
import type { ProxySettings } from './base.ts';
import { quoted, section } from './line.ts';
import { localName, meshName, routeName } from './names.ts';
import type { Peer, Pool, Replica, RevisionPool } from './traffic.ts';

/** HAProxy's largest weight. */
const MOST_WEIGHT = 256;

/** The name of the backend in which each other host has its one health check. */
const PEERS = 'peers.hosts';

/** Says that a host has no replica any more; whoever asked asks another one. */
export const ABSENT_HEADER = 'x-plimsoll-absent';

/**
 * Requests tell sooner than checks that a replica is gone: after `errors` in a row that nobody answered it is asked
 * no more. What is under way is left alone, or it could not be sent again to another one.
 */
const checked = (errors: number): string =>
  `check inter 2s fastinter 250ms downinter 1s fall 2 rise 1 observe layer4 error-limit ${errors} on-error mark-down`;

const ERRORS = 2;
/** Where others stand in for it at once, one is enough: until then every retry would meet it again. */
const ERRORS_OF_STOOD_IN = 1;

/** Connections that stay open for hours must not wait for a host that is gone. */
const CUT = ' on-marked-down shutdown-sessions';

function localServer({ name, address }: Replica, { to, protocol }: Pool, errors = ERRORS, more = ''): string {
  const cut = protocol === 'tcp' ? CUT : '';
  return `server ${name} ${address}:${to.port} ${checked(errors)}${cut}${more}`;
}

/** Weights are numbers of replicas, made smaller together where they are more than HAProxy takes. */
function weightOf(replicas: number, most: number): number {
  return most <= MOST_WEIGHT ? replicas : Math.max(1, Math.round((replicas * MOST_WEIGHT) / most));
}

function remoteServers(
  pool: Pool,
  { revision, remote }: RevisionPool,
  peers: ReadonlyMap<HostId, Peer>,
  { certificate, roots }: ProxySettings,
  more = '',
): readonly string[] {
  const most = Math.max(1, ...remote.map(({ replicas }) => replicas));
  const alpn = pool.protocol === 'http' ? ' alpn http/1.1' : '';
  return remote.flatMap(({ host, replicas }) => {
    const peer = peers.get(host);
    if (peer === undefined) return [];
    const tls = `ssl sni str(${meshName(host, pool.to, revision)}) verify required ca-file ${roots} crt ${certificate} ssl-min-ver TLSv1.3${alpn}`;
    const name = `${host}${more === '' ? '' : `.${revision}`}`;
    return `server ${name} ${peer.address}:${peer.ports[pool.protocol]} weight ${weightOf(replicas, most)} ${tls} track ${PEERS}/${host}${CUT}${more}`;
  });
}

function checkLines({ check, protocol }: Pool): readonly string[] {
  const timeout = `timeout check ${check.timeoutMs}ms`;
  if (check.kind === 'tcp' || protocol === 'tcp') return [timeout, 'option tcp-check'];
  return [
    timeout,
    'option httpchk',
    // Without a version and a host many applications refuse what their own probe is granted.
    `http-check send meth GET uri ${quoted(check.path)} ver HTTP/1.1 hdr host ${quoted(check.hostHeader)}`,
    'http-check expect status 200-399',
  ];
}

/** What may be sent again is: nobody has answered it, and once more does no harm. */
const RETRIES = [
  'retry-on conn-failure empty-response 425',
  'http-request disable-l7-retry unless { method GET HEAD OPTIONS TRACE PUT DELETE }',
];

/** Without sharing each connection of a client costs a TLS handshake with the other host; then retries must be more. */
const SHARED = ['http-reuse always', 'retries 8'];

const isServing = ({ state }: Replica): boolean => state === 'serving';

/** Where several revisions share the requests, one that serves nobody is stood in for by what is known to serve. */
function routeSection(
  pool: Pool,
  own: RevisionPool,
  peers: ReadonlyMap<HostId, Peer>,
  settings: ProxySettings,
): string {
  const others = own.isFallback ? [] : pool.revisions.filter((r) => r !== own && r.isFallback);
  const errors = others.length > 0 ? ERRORS_OF_STOOD_IN : ERRORS;
  const serversOf = (of: RevisionPool, more: string): readonly string[] => [
    ...of.local.filter(isServing).map((replica) => localServer(replica, pool, errors, more)),
    ...remoteServers(pool, of, peers, settings, more),
  ];
  const isHttp = pool.protocol === 'http';
  const isElsewhere = [own, ...others].some(({ remote }) => remote.length > 0);
  return section(`backend ${routeName(pool.to, own.revision)}`, [
    ...(isHttp ? RETRIES : ['mode tcp']),
    ...(isHttp && isElsewhere ? SHARED : []),
    ...checkLines(pool),
    // The host that answered so was asked in vain: to the consumer it is the same as nobody being there.
    ...(isHttp
      ? [`http-response set-status 503 if { status 425 } { res.hdr(${ABSENT_HEADER}) -m found }`]
      : []),
    ...(others.length > 0 ? ['option allbackups'] : []),
    ...serversOf(own, ''),
    ...others.flatMap((other) => serversOf(other, ' backup')),
  ]);
}

/** Null where this host has no replica of the revision. */
function localSection(pool: Pool, own: RevisionPool): string | null {
  if (own.local.length === 0) return null;
  const serving = own.local.filter(isServing);
  const leaving = own.local.filter((replica) => !isServing(replica));
  const isHttp = pool.protocol === 'http';
  return section(`backend ${localName(pool.to, own.revision)}`, [
    ...(isHttp ? RETRIES : ['mode tcp']),
    ...checkLines(pool),
    ...(serving.length > 0 && leaving.length > 0 ? ['option allbackups'] : []),
    ...serving.map((replica) => localServer(replica, pool)),
    ...leaving.map((replica) => localServer(replica, pool, ERRORS, serving.length > 0 ? ' backup' : '')),
  ]);
}

export function poolSections(
  pool: Pool,
  peers: ReadonlyMap<HostId, Peer>,
  settings: ProxySettings,
): readonly string[] {
  return pool.revisions.flatMap((own) => {
    const local = localSection(pool, own);
    return [routeSection(pool, own, peers, settings), ...(local === null ? [] : [local])];
  });
}

/** One check for each host, however many services are asked of it. */
export const peersSection = (peers: readonly Peer[]): string =>
  section(`backend ${PEERS}`, [
    'mode tcp',
    ...peers.map(
      ({ host, address, ports }) =>
        `server ${host} ${address}:${ports.http} check inter 2s fastinter 500ms downinter 1s fall 2 rise 1`,
    ),
  ]);
