// Where other hosts ask this one for its replicas: encrypted, and open only to who shows a
// certificate of the fleet and is on the list of the service.

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

const ruleOf = (host: HostId, { pool, own }: Asked): string => {
  const isAsked = `{ ssl_fc_sni ${meshName(host, pool, own.revision)} }`;
  const isAllowed = `{ ssl_c_s_dn(cn) ${pool.askedBy.join(' ')} }`;
  return `use_backend ${localName(pool.to, own.revision)} if ${isAsked} ${isAllowed}`;
};

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
    asked.filter(({ pool }) => pool.protocol === protocol).map((each) => ruleOf(host, each));
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
    // Without a backend a connection ends at once, and who asked tries another host.
    section('frontend mesh.tcp', ['mode tcp', bind('tcp', ''), ...rules('tcp')]),
  ];
}
