// The replicas of a service's port, by revision: what doors lead to, and what other hosts are led to.

import type { ProxySettings } from './base.ts';
import { countedThere, countLines } from './count.ts';
import { ABSENT_STATUS, HEADER, WITHOUT_ANSWER_HEADERS, WITHOUT_HEADERS } from './header.ts';
import { quoted, REPEATABLE, section, TIMEOUT } from './line.ts';
import { localName, onceName, portName, routeName } from './names.ts';
import { nobodyServer } from './nobody.ts';
import { checkSection, type Peers, remoteServers } from './remote.ts';
import type { LocalPool, Pool, Replica, RevisionPool } from './traffic.ts';

/**
 * Requests tell sooner than checks that a replica is gone: after `errors` in a row that nobody answered it is asked
 * no more. What is under way is left alone, or it could not be sent again to another one.
 */
const checked = (errors: number): string =>
  `check inter 2s fastinter 250ms downinter 1s fall 2 rise 1 observe layer4 error-limit ${errors} on-error mark-down`;

const ERRORS = 2;
/** Where others stand in for it at once, one is enough: until then every retry would meet it again. */
const ERRORS_OF_STOOD_IN = 1;

/** Connections that stay open for hours must not wait for a replica that is gone. */
const CUT = ' on-marked-down shutdown-sessions';

function localServer({ name, address }: Replica, { to, protocol }: Pool, errors = ERRORS, more = ''): string {
  const cut = protocol === 'tcp' ? CUT : '';
  return `server ${name} ${address}:${to.port} ${checked(errors)}${cut}${more}`;
}

/**
 * Who is overloaded takes no connections, and where that takes the last one out nobody is left: so those that should serve
 * are asked unchecked then, instead of failing everything at once (Envoy calls it panic). Where the mesh makes connections
 * slow they would be waited for for too long, and connections of TCP would not be cut when their replica goes.
 */
const uncheckedServer = ({ name, address }: Replica, { to }: Pool): string =>
  `server unchecked.${name} ${address}:${to.port} backup`;

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

/**
 * What nobody has answered is sent again. So a request that kills whoever gets it kills as many replicas as there are
 * attempts: one more than `retries`.
 */
const UNTIL_ANSWERED = `retry-on conn-failure empty-response ${ABSENT_STATUS}`;

/** What no replica has got: there was no connection, or the other host has none that serves. */
const UNTIL_SENT = `retry-on conn-failure ${ABSENT_STATUS}`;

/**
 * A replica may close an idle connection while a request is on its way: of 2,000 that met its patience 70 failed.
 * What cannot be sent again gets a connection of its own; that costs a fifth of what a host can pass on.
 */
const FRESH = 'option http-server-close';
const NOT_KEPT = ' pool-max-conn 0';

/**
 * Who is gone is silent, and so is who has too much to do to take connections. The first is found out quickly (`timeout
 * connect` in base.ts), the second must be waited for: so tries are short and many. For three seconds where each may
 * cost a replica (UNTIL_ANSWERED), for five where none can; with another host no try is short (PATIENT). With three a
 * busy second lost requests, and those on connections that had served before without a word: HAProxy only closes these.
 */
const RETRIES = { again: 12, once: 19, elsewhere: 8 } as const;

/** Without sharing each connection of a client costs a TLS handshake with the other host. */
const SHARED = 'http-reuse always';

/** It has to hold for the TLS handshake as well, with a host that has much to do or is far away. */
const PATIENT = 'timeout connect 3s';

function retryLines(kind: 'again' | 'once', isHttp: boolean, isElsewhere: boolean): readonly string[] {
  if (isElsewhere) return isHttp ? [`retries ${RETRIES.elsewhere}`] : [];
  return [`retries ${RETRIES[isHttp ? kind : 'once']}`];
}

const isServing = ({ state }: Replica): boolean => state === 'serving';

export interface PoolContext {
  readonly peers: Peers;
  readonly settings: ProxySettings;
  /** Names of the ports that a route with a timeout of its own leads to. */
  readonly timed: ReadonlySet<string>;
}

/** A frontend cannot set it: it counts from when the replica is chosen. */
const AS_ROUTED = `http-request set-timeout server var(${TIMEOUT}) if { var(${TIMEOUT}) -m found }`;

/**
 * Of what may be sent again, or of what may not; TCP has but one kind. Where several revisions share the requests,
 * one that serves nobody is stood in for by what is known to serve.
 */
function routeSection(
  kind: 'again' | 'once',
  pool: Pool,
  own: RevisionPool,
  { peers, settings, timed }: PoolContext,
): string {
  const others = own.isFallback ? [] : pool.revisions.filter((r) => r !== own && r.isFallback);
  const errors = others.length > 0 ? ERRORS_OF_STOOD_IN : ERRORS;
  const isHttp = pool.protocol === 'http';
  const isElsewhere = [own, ...others].some(({ remote }) => remote.length > 0);
  const kept = kind === 'once' && isElsewhere ? NOT_KEPT : '';
  const serversOf = (of: RevisionPool, more: string): readonly string[] => [
    ...of.local.filter(isServing).map((replica) => localServer(replica, pool, errors, `${kept}${more}`)),
    ...remoteServers(pool, of, peers, settings, more),
  ];
  // What others stand in for is not asked when it does not answer.
  const isAskedUnchecked = isHttp && !isElsewhere && others.length === 0;
  const unchecked = isAskedUnchecked ? own.local.filter(isServing) : [];
  const name = kind === 'once' ? onceName : routeName;
  const again = kind === 'once' ? [UNTIL_SENT, ...(isElsewhere ? [] : [FRESH])] : [UNTIL_ANSWERED];
  const servers = [...serversOf(own, ''), ...unchecked.map((replica) => uncheckedServer(replica, pool))];
  const standIns = others.flatMap((other) => serversOf(other, ' backup'));
  return section(`backend ${name(pool.to, own.revision)}`, [
    ...(isHttp ? [...again, WITHOUT_HEADERS] : ['mode tcp']),
    ...(timed.has(portName(pool.to)) ? [AS_ROUTED] : []),
    ...(isElsewhere ? [PATIENT] : []),
    ...(isHttp && isElsewhere ? [SHARED] : []),
    ...retryLines(kind, isHttp, isElsewhere),
    ...checkLines(pool),
    // The host that answered so was asked in vain: to the consumer it is the same as nobody being there.
    ...(isHttp
      ? [`http-response set-status 503 if { status ${ABSENT_STATUS} } { res.hdr(${HEADER.absent}) -m found }`]
      : []),
    ...countLines(pool, own, { own: servers.length, standIns: standIns.length, isElsewhere }),
    ...(isHttp && isElsewhere ? [WITHOUT_ANSWER_HEADERS] : []),
    ...(others.length + unchecked.length > 0 ? ['option allbackups'] : []),
    ...servers,
    ...standIns,
    ...(isHttp && isElsewhere && others.length === 0 ? [nobodyServer(settings)] : []),
  ]);
}

/** A 503 of HAProxy itself says that no replica has got the request: the host that asked may ask another one. */
const OWN_503 = '{ status 503 } !{ var(txn.answered) -m found }';

/** To requests of other hosts: whether somebody serves, and that nobody does. */
const TO_HOSTS = [
  'retry-on conn-failure empty-response',
  `http-request disable-l7-retry unless ${REPEATABLE}`,
  FRESH,
  `http-request return status 200 if { req.hdr(${HEADER.check}) -m found } { nbsrv gt 0 }`,
  WITHOUT_HEADERS,
  'http-response set-var(txn.answered) bool(true)',
  `http-after-response set-header ${HEADER.absent} 1 if ${OWN_503}`,
  `http-after-response set-status ${ABSENT_STATUS} if ${OWN_503}`,
];

/** Null where this host has no replica of the revision. */
function localSection(pool: Pool, own: LocalPool): string | null {
  if (own.local.length === 0) return null;
  const serving = own.local.filter(isServing);
  const leaving = own.local.filter((replica) => !isServing(replica));
  const isHttp = pool.protocol === 'http';
  return section(`backend ${localName(pool.to, own.revision)}`, [
    ...(isHttp ? [...TO_HOSTS, ...countedThere(pool)] : ['mode tcp']),
    ...checkLines(pool),
    ...(serving.length > 0 && leaving.length > 0 ? ['option allbackups'] : []),
    ...serving.map((replica) => localServer(replica, pool)),
    ...leaving.map((replica) => localServer(replica, pool, ERRORS, serving.length > 0 ? ' backup' : '')),
  ]);
}

/** Nobody is led to what has no share; others may be led there all the same, by their own rules. */
function routeSections(pool: Pool, own: RevisionPool, context: PoolContext): readonly string[] {
  if (own.share === 0) return [];
  const again = routeSection('again', pool, own, context);
  return pool.protocol === 'http' ? [again, routeSection('once', pool, own, context)] : [again];
}

export function poolSections(pool: Pool, context: PoolContext): readonly string[] {
  const led = pool.revisions.flatMap((own) => [
    ...routeSections(pool, own, context),
    checkSection(pool, own, context.peers, context.settings),
  ]);
  const offered = pool.offered.map((own) => localSection(pool, own));
  return [...led, ...offered].filter((each) => each !== null);
}
