// Where other hosts ask this one for its replicas: encrypted, and open only to who shows a certificate of the
// fleet and is on the list of the service.

import type { HostId } from '../kernel/ids.ts';
import { GENTLE, type ProxySettings } from './base.ts';
import { section } from './line.ts';
import { localName, meshName } from './names.ts';
import { ABSENT_HEADER } from './pool.ts';
import type { Pool, RevisionPool, Traffic } from './traffic.ts';

interface Asked {
  readonly pool: Pool;
  readonly own: RevisionPool;
}

/** HAProxy takes 64 words in a line and refuses all rules where one has more. */
const HOSTS_PER_LINE = 32;

function rulesOf(host: HostId, { pool, own }: Asked): readonly string[] {
  const isAsked = `{ ssl_fc_sni ${meshName(host, pool.to, own.revision)} }`;
  const lines = Math.ceil(pool.askedBy.length / HOSTS_PER_LINE);
  return Array.from({ length: lines }, (_, line) => {
    const hosts = pool.askedBy.slice(line * HOSTS_PER_LINE, (line + 1) * HOSTS_PER_LINE);
    const isAllowed = `{ ssl_c_s_dn(cn) ${hosts.join(' ')} }`;
    return `use_backend ${localName(pool.to, own.revision)} if ${isAsked} ${isAllowed}`;
  });
}

export function meshSections(
  { host, mesh, pools }: Traffic,
  { certificate, roots }: ProxySettings,
): readonly string[] {
  if (mesh === null) return [];
  const asked = pools.flatMap((pool): Asked[] =>
    pool.askedBy.length === 0
      ? []
      : pool.revisions.filter(({ local }) => local.length > 0).map((own) => ({ pool, own })),
  );
  const rules = (protocol: Pool['protocol']): readonly string[] =>
    asked.filter(({ pool }) => pool.protocol === protocol).flatMap((each) => rulesOf(host, each));
  const bind = (protocol: Pool['protocol'], more: string): string =>
    `bind ${mesh.address}:${mesh.ports[protocol]} ssl crt ${certificate} ca-file ${roots} verify required ssl-min-ver TLSv1.3${more}`;
  return [
    section('frontend mesh.http', [
      bind('http', ' alpn http/1.1'),
      GENTLE,
      ...rules('http'),
      'default_backend mesh.absent',
    ]),
    section('backend mesh.absent', [`http-request return status 425 hdr ${ABSENT_HEADER} 1`]),
    // Without a backend a connection ends at once.
    section('frontend mesh.tcp', ['mode tcp', bind('tcp', ''), ...rules('tcp')]),
  ];
}
