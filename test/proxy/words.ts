// Traffic in the words of the domain.

import { HostId, RevisionId, ServiceKey } from '../../src/kernel/ids.ts';
import type { RequestLimits, RouteAction, RouteRule } from '../../src/kernel/route.ts';
import type {
  Door,
  Peer,
  Pool,
  Replica,
  RevisionPool,
  ServicePort,
  Traffic,
} from '../../src/proxy/traffic.ts';
import { HTTP_PORT, TCP_PORT } from './servers.ts';

const WEB = ServiceKey.parse('shop/web');
export const API = { service: ServiceKey.parse('shop/api'), port: HTTP_PORT };
export const DB = { service: ServiceKey.parse('shop/db'), port: TCP_PORT };
export const STABLE = RevisionId.parse('5'.repeat(12));
export const CANARY = RevisionId.parse('c'.repeat(12));

export const MESH_PORTS = { http: 4_433, tcp: 4_434 };

export const serving = ({ name, address }: { name: string; address: string }): Replica => ({
  name,
  address,
  state: 'serving',
});

export const on = (host: string, replicas = 1) => ({
  host: HostId.parse(host),
  as: STABLE,
  replicas,
});

export const stable = (change: Partial<RevisionPool>): RevisionPool => ({
  revision: STABLE,
  share: 10_000,
  isFallback: true,
  local: [],
  remote: [],
  ...change,
});

export const canary = (change: Partial<RevisionPool>): RevisionPool => ({
  ...stable(change),
  remote: (change.remote ?? []).map((remote) => ({ ...remote, as: CANARY })),
  revision: CANARY,
  isFallback: false,
});

export const api = (revisions: readonly RevisionPool[], askedBy: readonly string[] = []): Pool => ({
  to: API,
  protocol: 'http',
  check: { kind: 'http', timeoutMs: 1_000, path: '/health', hostHeader: 'api' },
  revisions,
  offered: revisions.map(({ revision, local }) => ({ revision, local })),
  askedBy: askedBy.map((name) => HostId.parse(name)),
});

export const db = (revisions: readonly RevisionPool[], askedBy: readonly string[] = []): Pool => ({
  ...api(revisions, askedBy),
  to: DB,
  protocol: 'tcp',
  check: { kind: 'tcp', timeoutMs: 1_000 },
});

export const peer = (host: string, address: string): Peer => ({
  host: HostId.parse(host),
  address,
  ports: MESH_PORTS,
});

export const door = (to: Door['to'], address: string, subnet: string): Door => ({
  from: WEB,
  to,
  network: 0,
  address,
  port: to.port,
  subnet,
});

/** A rule in short: what it asks for, where it leads, and what it limits. */
export interface WrittenRule {
  readonly hosts?: readonly string[];
  readonly path?: string;
  readonly exact?: string;
  readonly methods?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly to?: ServicePort;
  readonly rewrite?: string;
  readonly timeoutMs?: number;
  readonly redirect?: Omit<Extract<RouteAction, { kind: 'redirect' }>, 'kind'>;
  readonly limits?: Partial<RequestLimits>;
}

export function rule(written: WrittenRule): RouteRule {
  const { hosts = [], path = '', exact, methods = [], headers = {}, redirect, limits = {} } = written;
  const { to = API, rewrite = null, timeoutMs = null } = written;
  return {
    match: {
      hosts,
      path: exact === undefined ? { kind: 'prefix', path } : { kind: 'exact', path: exact },
      methods,
      headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
    },
    action:
      redirect === undefined
        ? { kind: 'service', ...to, rewrite, timeoutMs }
        : { kind: 'redirect', ...redirect },
    limits: { maxBodyBytes: null, rate: null, allow: [], ...limits },
  };
}

export const traffic = (host: string, change: Partial<Traffic>): Traffic => ({
  host: HostId.parse(host),
  doors: [],
  pools: [],
  peers: [],
  mesh: null,
  identity: null,
  ingress: null,
  ...change,
});
