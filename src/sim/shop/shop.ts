// The shop that runs in simulated worlds: a small model of what people would write in manifests, from
// which the manifests are rendered. Checkers compare the hosts with the model, so that a mistake in
// reading manifests cannot hide itself.

export interface SimService {
  readonly name: string;
  /** The image's tag; what its processes do is decided by the tag (`behaviour.ts`). */
  readonly tag: string;
  readonly replicas: number;
  readonly strategy: 'rolling' | 'recreate';
  readonly maxSurge: number;
  readonly maxUnavailable: number;
  readonly check: 'none' | 'health' | 'probe';
  /** Has a named volume of its own; such a service has one replica. */
  readonly hasVolume: boolean;
  /** Content of a config that it mounts. */
  readonly config: string | null;
  readonly dependsOn: readonly string[];
  /** A fixed port that it publishes: two replicas never fit on one host. */
  readonly port: number | null;
  readonly onFailure: 'rollback' | 'pause' | 'freeze';
  readonly drift: 'correct' | 'report';
}

export interface SimShop {
  readonly hosts: readonly string[];
  readonly services: ReadonlyMap<string, SimService>;
  /** A file that is no valid manifest; the commit that has it must be refused as a whole. */
  readonly broken: boolean;
  /** Somebody removed every manifest. */
  readonly isEmpty: boolean;
}

export const NAMESPACE = 'shop';
const MIN_HEALTHY_MS = 2_000;
export const PROGRESS_DEADLINE_MS = 60_000;
const STOP_GRACE_MS = 5_000;
const MEMORY_LIMIT = '64m';
const MEMORY_BYTES = 64 * 2 ** 20;

export const imageName = (service: string): string => `registry.test/shop/${service}`;
export const imageOf = (service: SimService): string => `${imageName(service.name)}:${service.tag}`;

/** How many replicas may be missing in a rollout by the service's own rules. */
export function allowedMissing(service: SimService): number {
  // One that cannot have two at a time is stopped before its successor starts.
  const stopsFirst = service.strategy === 'recreate' || service.hasVolume;
  if (stopsFirst) return service.replicas;
  // Where every host has one already its successor finds no free port: one is stopped first.
  return service.port === null ? service.maxUnavailable : Math.max(1, service.maxUnavailable);
}

const seconds = (ms: number): string => `${ms / 1_000}s`;

function checksOf(service: SimService): object {
  if (service.check === 'health')
    return {
      healthcheck: { test: ['CMD', 'check'], interval: '3s', timeout: '1s', retries: 3, start_period: '1s' },
    };
  if (service.check === 'probe')
    return { readiness: { http: { path: '/ready', port: 8080 }, period: '3s', failureThreshold: 3 } };
  return {};
}

function rolloutOf(service: SimService): object {
  const rules = {
    strategy: service.strategy,
    minHealthy: seconds(MIN_HEALTHY_MS),
    progressDeadline: seconds(PROGRESS_DEADLINE_MS),
    onFailure: service.onFailure,
  };
  return service.strategy === 'recreate'
    ? rules
    : { ...rules, maxSurge: service.maxSurge, maxUnavailable: service.maxUnavailable };
}

function serviceManifest(service: SimService): object {
  return document('Service', service.name, {
    image: imageOf(service),
    replicas: service.replicas,
    mem_limit: MEMORY_LIMIT,
    stop_grace_period: seconds(STOP_GRACE_MS),
    rollout: rolloutOf(service),
    drift: { mode: service.drift },
    ...checksOf(service),
    ...(service.hasVolume ? { volumes: [`${service.name}-data:/data`] } : {}),
    ...(service.config === null ? {} : { configs: [{ source: service.name, target: '/etc/service' }] }),
    ...(service.dependsOn.length === 0 ? {} : { dependsOn: service.dependsOn }),
    ...(service.port === null ? {} : { ports: [`${service.port}:8080`] }),
  });
}

function document(kind: string, name: string, spec: object): object {
  const namespace = kind === 'Service' || kind === 'Config' ? { namespace: NAMESPACE } : {};
  return { apiVersion: 'plimsoll.dev/v1', kind, metadata: { name, ...namespace }, spec };
}

/** The files of a commit: path to content. */
export function filesOf(shop: SimShop): ReadonlyMap<string, string> {
  const files = new Map<string, string>([['README.md', 'Our shop.']]);
  if (shop.isEmpty) return files;
  const put = (path: string, value: object): void => {
    files.set(path, JSON.stringify(value));
  };
  for (const host of shop.hosts)
    put(`hosts/${host}.json`, document('Host', host, { address: `unix:///run/${host}.sock` }));
  put('namespace.json', document('Namespace', NAMESPACE, {}));
  for (const service of shop.services.values()) {
    put(`services/${service.name}.json`, serviceManifest(service));
    if (service.config !== null)
      put(
        `configs/${service.name}.json`,
        document('Config', service.name, { data: { 'settings.txt': service.config } }),
      );
  }
  if (shop.broken) files.set('services/broken.json', '{"apiVersion": "plimsoll.dev/v1", "kind": "Servise"');
  return files;
}

/** What a container of a service is made of, as far as it shows on a host. */
interface Made {
  readonly tag: string;
  readonly config: string | null;
  readonly hasVolume: boolean;
  readonly port: number | null;
  readonly hasHealthcheck: boolean;
  readonly memoryBytes: number | null;
}

/** Equal for two services whose containers are equal, and for a container and its service. */
export function serviceSays(of: SimService | Made): string {
  const made =
    'check' in of ? { ...of, hasHealthcheck: of.check === 'health', memoryBytes: MEMORY_BYTES } : of;
  const parts = [`image ${made.tag}`];
  if (made.config !== null) parts.push(`config "${made.config}"`);
  if (made.hasVolume) parts.push('a volume');
  if (made.port !== null) parts.push(`port ${made.port}`);
  if (made.hasHealthcheck) parts.push('a health check');
  return `${parts.join(', ')} and ${made.memoryBytes} bytes`;
}

/** In a line, for the transcript. */
export function describe({ services, broken, isEmpty }: SimShop): string {
  if (isEmpty) return 'nothing';
  const all = [...services.values()].map((s) => {
    const how = s.strategy === 'recreate' || s.hasVolume ? 'recreate' : `+${s.maxSurge} -${s.maxUnavailable}`;
    const port = s.port === null ? '' : ` port ${s.port}`;
    return `${s.name}:${s.tag} ×${s.replicas} ${how} ${s.check}${port}`;
  });
  return `${all.join(', ')}${broken ? ', broken' : ''}`;
}
