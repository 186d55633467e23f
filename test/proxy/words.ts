// Traffic in the words of the domain.

import { HostId, RevisionId, ServiceKey } from '../../src/kernel/ids.ts';
import type { Door, Peer, Pool, Replica, RevisionPool, Traffic } from '../../src/proxy/traffic.ts';
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

export const on = (host: string, replicas = 1) => ({ host: HostId.parse(host), replicas });

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
  revision: CANARY,
  isFallback: false,
});

export const api = (revisions: readonly RevisionPool[], askedBy: readonly string[] = []): Pool => ({
  to: API,
  protocol: 'http',
  check: { kind: 'http', timeoutMs: 1_000, path: '/health', hostHeader: 'api' },
  revisions,
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

export const traffic = (host: string, change: Partial<Traffic>): Traffic => ({
  host: HostId.parse(host),
  doors: [],
  pools: [],
  peers: [],
  mesh: null,
  identity: null,
  ...change,
});
