// Where other hosts ask this one for its replicas: encrypted, and open only to who shows a certificate of the
// fleet and is on the list of the service.

import type { HostId } from '../kernel/ids.ts';
import { GENTLE, type ProxySettings } from './base.ts';
import { HEADER, SAY_ABSENT } from './header.ts';
import { section } from './line.ts';
import { aliveName, localName, meshName } from './names.ts';
import { cameIn, handOn } from './newest.ts';
import type { LocalPool, Pool, Traffic } from './traffic.ts';

/** Where requests of other hosts come in. */
export const MESH = 'mesh';
const ABSENT = `${MESH}.absent`;

interface Asked {
  readonly pool: Pool;
  readonly own: LocalPool;
}

/** Who asks for what: of a TLS connection itself, or as the process says that has handed the request on. */
const BY_CONNECTION = { asked: 'ssl_fc_sni', asker: 'ssl_c_s_dn(cn)' } as const;
const BY_HEADER = { asked: `req.fhdr(${HEADER.asked})`, asker: `req.fhdr(${HEADER.asker})` } as const;

/** HAProxy takes 64 words in a line and refuses all rules where one has more. */
const HOSTS_PER_LINE = 32;

function rulesOf(
  host: HostId,
  { pool, own }: Asked,
  by: typeof BY_CONNECTION | typeof BY_HEADER,
  backend: string,
  condition = '',
): readonly string[] {
  const isAsked = `{ ${by.asked} ${meshName(host, pool.to, own.revision)} }`;
  const lines = Math.ceil(pool.askedBy.length / HOSTS_PER_LINE);
  return Array.from({ length: lines }, (_, line) => {
    const hosts = pool.askedBy.slice(line * HOSTS_PER_LINE, (line + 1) * HOSTS_PER_LINE);
    return `use_backend ${backend} if ${condition}${isAsked} { ${by.asker} ${hosts.join(' ')} }`;
  });
}

const askedIn = ({ pools }: Traffic): readonly Asked[] =>
  pools.flatMap((pool): Asked[] =>
    pool.askedBy.length === 0
      ? []
      : pool.offered.filter(({ local }) => local.length > 0).map((own) => ({ pool, own })),
  );

function requestLines(traffic: Traffic, condition = ''): readonly string[] {
  const leading = condition === '' ? `default_backend ${ABSENT}` : `use_backend ${ABSENT} if ${condition}`;
  const rules = askedIn(traffic).flatMap((each) => {
    const name = each.pool.protocol === 'http' ? localName : aliveName;
    const backend = name(each.pool.to, each.own.revision);
    return rulesOf(traffic.host, each, BY_HEADER, backend, condition);
  });
  return [...rules, leading.trim()];
}

/** Where those requests go that the process before has handed on. */
export const meshLines = (traffic: Traffic): readonly string[] =>
  traffic.mesh === null ? [] : requestLines(traffic, `${cameIn(MESH)} `);

/** Connections of TCP cannot say that nobody serves; that is asked beforehand, as a request of HTTP. */
const aliveSection = ({ pool, own }: Asked): string =>
  section(`backend ${aliveName(pool.to, own.revision)}`, [
    `http-request return status 200 if { nbsrv(${localName(pool.to, own.revision)}) gt 0 }`,
    SAY_ABSENT,
  ]);

export function meshSections(traffic: Traffic, { certificate, roots }: ProxySettings): readonly string[] {
  const { host, mesh } = traffic;
  if (mesh === null) return [];
  const tcp = askedIn(traffic).filter(({ pool }) => pool.protocol === 'tcp');
  const bind = (protocol: Pool['protocol'], more: string): string =>
    `bind ${mesh.address}:${mesh.ports[protocol]} ssl crt ${certificate} ca-file ${roots} verify required ssl-min-ver TLSv1.3${more}`;
  return [
    section('frontend mesh.http', [
      bind('http', ' alpn http/1.1'),
      GENTLE,
      // The other host gives up what it does not need; closed from here, a connection might just then be sent a request.
      'timeout http-keep-alive 1h',
      `http-request set-header ${HEADER.asked} %[${BY_CONNECTION.asked}]`,
      `http-request set-header ${HEADER.asker} %[${BY_CONNECTION.asker}]`,
      handOn(MESH),
      ...requestLines(traffic),
    ]),
    section(`backend ${ABSENT}`, [SAY_ABSENT]),
    ...tcp.map(aliveSection),
    // Without a backend a connection ends at once.
    section('frontend mesh.tcp', [
      'mode tcp',
      bind('tcp', ''),
      ...tcp.flatMap((each) =>
        rulesOf(host, each, BY_CONNECTION, localName(each.pool.to, each.own.revision)),
      ),
    ]),
  ];
}
