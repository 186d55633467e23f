// A small fleet and services in the words of the domain, for tests of the pure rooms.

import type { ContainerSpec } from '../../src/desired/container.ts';
import type { Desired, DesiredHost, DesiredService } from '../../src/desired/desired.ts';
import { plainContainer } from '../../src/desired/plain-container.ts';
import { contentHash } from '../../src/kernel/canonical.ts';
import {
  CommitSha,
  ConfigName,
  ControllerId,
  HostId,
  NamespaceName,
  ServiceName,
  SourceId,
  serviceKey,
} from '../../src/kernel/ids.ts';
import { instant } from '../../src/kernel/time.ts';
import { DEFAULTS } from '../../src/manifest/schema/defaults.ts';
import { type HostView, unknownHost } from '../../src/observed/host-view.ts';
import { observe } from '../../src/observed/observed.ts';
import { EMPTY_MEMORY, type World } from '../../src/plan/world.ts';
import type { ImageFact } from '../../src/rollout/facts.ts';

export const CONTROLLER = ControllerId.parse('test');
const SOURCE = SourceId.parse('main');
const START = instant(1_000_000_000_000);

const CONTAINER: ContainerSpec = {
  ...plainContainer('registry.test/shop/api:1'),
  securityOpt: ['no-new-privileges:true'],
  logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } },
  limits: { memoryBytes: 64 * 1024 * 1024, memoryReservationBytes: null, cpus: null, pids: 1024 },
  restart: 'unless-stopped',
};

/** A config that a service mounts. */
export const COLOURS = {
  kind: 'config' as const,
  config: ConfigName.parse('colours'),
  contentHash: 'c'.repeat(64),
  target: '/etc/colours',
};

export interface ServiceWords {
  readonly image?: string;
  readonly replicas?: number;
  readonly container?: Partial<ContainerSpec>;
  readonly change?: Partial<DesiredService>;
  readonly rollout?: Partial<DesiredService['rollout']>;
}

export function service(name: string, words: ServiceWords = {}): DesiredService {
  const namespace = NamespaceName.parse('shop');
  const service = ServiceName.parse(name);
  const body = {
    key: serviceKey(namespace, service),
    namespace,
    name: service,
    source: SOURCE,
    container: { ...CONTAINER, image: words.image ?? `registry.test/shop/${name}:1`, ...words.container },
    replicas: words.replicas ?? 1,
    rollout: {
      strategy: 'rolling' as const,
      steps: [],
      compare: null,
      maxSurge: '25%' as const,
      maxUnavailable: 0,
      minHealthyMs: 10_000,
      progressDeadlineMs: 600_000,
      drainMs: 30_000,
      onFailure: 'rollback' as const,
      breaker: { failures: '50%' as const, min: 3, max: 200 },
      historyLimit: 10,
      ...words.rollout,
    },
    placement: { hosts: [], tolerations: [], maxPerHost: null },
    probes: { startup: null, readiness: null, liveness: null },
    dependsOn: [],
    serves: [],
    allowFrom: [],
    drift: 'correct' as const,
    ignoredFields: [],
    span: null,
    ...words.change,
  };
  return { ...body, specHash: contentHash(JSON.parse(JSON.stringify(body))) };
}

export function host(id: string, change: Partial<DesiredHost> = {}): DesiredHost {
  return {
    id: HostId.parse(id),
    address: { scheme: 'unix', socketPath: `/run/${id}.sock` },
    hostKeys: [],
    credential: 'default',
    labels: {},
    taints: [],
    reserved: { cpus: 0, memoryBytes: 0 },
    networkRange: DEFAULTS.networkRange,
    meshAddress: null,
    schedulable: true,
    span: null,
    ...change,
  };
}

function desired(hosts: readonly DesiredHost[], services: readonly DesiredService[]): Desired {
  return {
    commits: new Map([[SOURCE, CommitSha.parse('a'.repeat(40))]]),
    hosts: new Map(hosts.map((h) => [h.id, h])),
    namespaces: new Map(),
    services: new Map(services.map((s) => [s.key, s])),
    configs: new Map(),
    routes: [],
  };
}

function freshView(id: string): HostView {
  return { ...unknownHost(HostId.parse(id), START), state: 'fresh', because: 'connected' };
}

/** The registry knows every image: its digest follows from its name. */
function resolvedImages(services: Iterable<DesiredService>): ReadonlyMap<DesiredService['key'], ImageFact> {
  const facts = new Map<DesiredService['key'], ImageFact>();
  for (const s of services) {
    const identity = { kind: 'digest' as const, digest: `sha256:${contentHash(s.container.image)}` };
    facts.set(s.key, { reference: s.container.image, at: START, outcome: { ok: true, identity } });
  }
  return facts;
}

export function world(hosts: readonly DesiredHost[], services: readonly DesiredService[]): World {
  return {
    now: START,
    controller: CONTROLLER,
    desired: desired(hosts, services),
    observed: observe(
      hosts.map((h) => freshView(h.id)),
      CONTROLLER,
    ),
    memory: EMPTY_MEMORY,
    facts: {
      images: resolvedImages(services),
      probes: new Map(),
      failures: new Map(),
      inFlight: new Set(),
      unanswered: new Map(),
      waiting: new Set(),
      toldToStop: new Map(),
      measured: new Map(),
    },
    hosts: new Map(hosts.map((h) => [h.id, h])),
    balancers: new Map(),
    balancerWaits: new Map(),
    identities: new Map(),
    settings: {
      balancer: {
        image: 'registry.test/haproxy:2',
        meshPorts: { http: 4_433, tcp: 4_434 },
        command: ['serve'],
        user: '0:0',
        directory: '/rules',
      },
      keepStoppedMs: 0,
      reportOnly: null,
      unmetHosts: new Set(),
      sources: new Set([SOURCE]),
      fleetSource: SOURCE,
      reportsRemovals: new Set(),
      reportsDrift: new Set(),
    },
  };
}

/** The same world after another commit. */
export function commit(before: World, services: readonly DesiredService[]): World {
  return {
    ...before,
    desired: { ...before.desired, services: new Map(services.map((s) => [s.key, s])) },
    facts: { ...before.facts, images: resolvedImages(services) },
  };
}
