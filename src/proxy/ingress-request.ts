// What is done to a request of the outside before anything is decided by it: what its client says of itself goes, and
// what two programs could read differently is refused.

import { HEADER, WITHOUT_HEADERS } from './header.ts';

/** The name of the listener that only a process before this one can reach. */
const AGAIN_FROM_BEFORE = '{ so_name again }';

export const ANSWERED = '{ var(txn.answer) -m found }';

/** The first answer that a request has got counts. */
export const answer = (status: number, condition: string): string =>
  `http-request set-var(txn.answer) int(${status}) if !${ANSWERED} ${condition}`;

export const refuse = (condition: string): string => answer(400, condition);

/** What clients say of themselves and of those before them, in the spellings that applications take for the same. */
const FORWARDED = "'^x[-_](forwarded|real)[-_]'";

/** By which some applications (of IIS, Symfony, Zend) take another path than the one that a rule was found by. */
const OTHER_PATH = "'^x[-_](original|rewrite)[-_]url$'";

/** And another method. Elsewhere than where rules tell methods apart, applications may be asked so. */
export const WITHOUT_OTHER_METHOD =
  "http-request del-header '^x[-_](http[-_])?method([-_]override)?$' -m reg";

/**
 * A connection may become a websocket and nothing else: by HTTP/2 on the same connection requests would pass every rule.
 * And an application may drop the headers that `connection` names, which could be those that are set here.
 */
const CONNECTION = [
  'http-request set-var(txn.upgrade) bool(true) if { req.hdr(connection) -i upgrade } { req.hdr(upgrade) -i websocket }',
  'http-request del-header connection',
  'http-request del-header upgrade',
  'http-request set-header connection upgrade if { var(txn.upgrade) -m found }',
  'http-request set-header upgrade websocket if { var(txn.upgrade) -m found }',
];

/** In a request that was handed on its client stands in a header: none of it is believed from anybody else. */
const CLIENT = [
  `http-request set-src req.hdr_ip(${HEADER.client}) if ${AGAIN_FROM_BEFORE}`,
  WITHOUT_HEADERS,
  `http-request del-header ${FORWARDED} -m reg`,
  'http-request del-header forwarded',
  `http-request del-header ${OTHER_PATH} -m reg`,
  'http-request set-header x-forwarded-for %[src]',
  'http-request set-header x-forwarded-proto http',
  'http-request set-header x-forwarded-host %[req.fhdr(host)] if { req.fhdr(host) -m found }',
];

/** Of what applications make links from. An address of IPv6 stands in brackets. */
const HOST = "'^([a-z0-9._-]*|\\[[0-9a-f:.]*\\])(:[0-9]*)?$'";

/** Of an escape: no digits behind it, a control character, a backslash. */
const BAD_ESCAPE = "'%([01].|7f|5c|[^0-9a-f]|[0-9a-f][^0-9a-f]|[0-9a-f]?$)'";

/**
 * Rules are found by the path as an application may read it: decoded, without what follows `;`, without double slashes.
 * What it may take for a way up is refused. It gets the path as the client has written it, but for double slashes.
 */
const PLAIN = [
  refuse(`{ req.fhdr(host) -m found } !{ req.fhdr(host) -i -m reg ${HOST} }`),
  refuse('!{ path -m beg / }'),
  refuse("{ path -m sub '\\' }"),
  refuse(`{ path -m sub % } { path -i -m reg ${BAD_ESCAPE} }`),
  'http-request set-path %[path,regsub(/+,/,g)] if { path -m sub // }',
  'http-request set-var(txn.path) path,url_dec',
  refuse("{ var(txn.path) -m sub '/;' }"),
  'http-request set-var(txn.path) var(txn.path),regsub(;[^/]*,,g) if { var(txn.path) -m sub ; }',
  'http-request set-var(txn.path) var(txn.path),regsub(/+,/,g) if { var(txn.path) -m sub // }',
  refuse("{ var(txn.path) -m sub /. } { var(txn.path) -m reg '/\\.\\.?(/|$)' }"),
];

export const CLEANED = [...CLIENT, ...CONNECTION, ...PLAIN];
