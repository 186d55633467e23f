// The shop that runs in simulated worlds: a small model of what people would write in manifests, from
// which the manifests are rendered. Checkers compare the hosts with the model, so that a mistake in
// reading manifests cannot hide itself.

import { connectionKeys, connectionsSay, type SimConnection } from './connections.ts';
import {
  extraKeys,
  firstDigest,
  type HostRules,
  hostKeys,
  isTight,
  readinessOf,
  type ServiceExtras,
  type ShopExtras,
  unavailableOf,
} from './extras.ts';
import { meshKeys } from './mesh.ts';
import { goesBySteps, stepKeys } from './steps.ts';

export { mayRunOn, roomFor } from './extras.ts';

export interface SimService extends ServiceExtras {
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
  readonly drift: 'correct' | 'report' | 'off';
}

export interface SimShop extends ShopExtras {
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
/** What nobody has pushed anywhere. */
export const importedName = (service: string): string => `registry.test/imported/${service}`;

export function imageOf(service: SimService): string {
  if (service.imported !== undefined) return `${importedName(service.name)}:${service.tag}`;
  const reference = `${imageName(service.name)}:${service.tag}`;
  return service.isPinned === true ? `${imageName(service.name)}@${firstDigest(reference)}` : reference;
}

export const namespaceOf = (service: SimService): string => service.namespace ?? NAMESPACE;

/** Whether some service of it connects to another one. */
export const connects = ({ services }: SimShop): boolean =>
  [...services.values()].some((service) => (service.connects ?? []).length > 0);

/** How many replicas may be missing in a rollout by the service's own rules. */
export function allowedMissing(service: SimService): number {
  // One that cannot have two at a time is stopped before its successor starts.
  const stopsFirst = service.strategy === 'recreate' || service.hasVolume;
  if (stopsFirst) return service.replicas;
  // Where every host has one already its successor finds no place: one is stopped first.
  return isTight(service) ? Math.max(1, unavailableOf(service)) : unavailableOf(service);
}

const seconds = (ms: number): string => `${ms / 1_000}s`;

function checksOf(service: SimService): object {
  if (service.check === 'health')
    return {
      healthcheck: { test: ['CMD', 'check'], interval: '3s', timeout: '1s', retries: 3, start_period: '1s' },
    };
  if (service.check === 'probe') return { readiness: readinessOf(service) };
  return {};
}

const percent = (share: number | undefined): string | undefined =>
  share === undefined ? undefined : `${share}%`;

function rolloutOf(service: SimService, shop: SimShop): object {
  const rules = {
    strategy: service.strategy,
    minHealthy: `${service.minHealthyS ?? MIN_HEALTHY_MS / 1_000}s`,
    progressDeadline: `${service.deadlineS ?? PROGRESS_DEADLINE_MS / 1_000}s`,
    onFailure: service.onFailure,
    ...(service.history === undefined ? {} : { history: service.history }),
  };
  return service.strategy === 'recreate'
    ? rules
    : {
        ...rules,
        maxSurge: percent(service.surgePercent) ?? service.maxSurge,
        maxUnavailable: percent(service.unavailablePercent) ?? service.maxUnavailable,
        ...stepKeys(service, shop),
      };
}

const rangeOf = (port: number, { ports = 1 }: SimService): string =>
  ports === 1 ? `${port}` : `${port}-${port + ports - 1}`;

/** The other namespace, whose services may connect to it. */
const callersOf = (service: SimService, { otherNamespace }: SimShop): readonly string[] =>
  otherNamespace === undefined ? [] : [service.namespace === undefined ? otherNamespace : NAMESPACE];

function serviceManifest(service: SimService, shop: SimShop): object {
  const { port, ignored, sharesConfigOf } = service;
  const elsewhere = (name: string): string | undefined => {
    const namespace = shop.services.get(name)?.namespace;
    return namespace === service.namespace ? undefined : (namespace ?? NAMESPACE);
  };
  const needed = service.dependsOn.map((name) => {
    const namespace = elsewhere(name);
    return namespace === undefined ? name : `${namespace}/${name}`;
  });
  return document('Service', service.name, namespaceOf(service), {
    image: imageOf(service),
    replicas: service.replicas,
    mem_limit: MEMORY_LIMIT,
    stop_grace_period: seconds(STOP_GRACE_MS),
    rollout: rolloutOf(service, shop),
    drift: { mode: service.drift, ...(ignored === undefined ? {} : { ignore: ignored }) },
    ...checksOf(service),
    ...extraKeys(service),
    ...(service.hasVolume ? { volumes: [`${service.name}-data:/data`] } : {}),
    ...(service.config === null
      ? {}
      : { configs: [{ source: sharesConfigOf ?? service.name, target: '/etc/service' }] }),
    ...(needed.length === 0 ? {} : { dependsOn: needed }),
    ...connectionKeys(service, shop.services, elsewhere, callersOf(service, shop)),
    ...(port === null ? {} : { ports: [`${rangeOf(port, service)}:8080`] }),
  });
}

function document(
  kind: string,
  name: string,
  namespace: string | null,
  spec: object,
  labels?: object,
): object {
  const metadata = {
    name,
    ...(namespace === null ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
  };
  return { apiVersion: 'plimsoll.dev/v1', kind, metadata, spec };
}

/** Every second host names another range than the default for the addresses of networks. */
const addressesOf = (name: string): object =>
  Number(name.replace(/\D/g, '')) % 2 === 0 ? { networkRange: '10.202.0.0/16' } : {};

function hostManifest(name: string, shop: SimShop): object {
  const rules: HostRules = shop.hostRules?.get(name) ?? {};
  const socket = rules.address === undefined ? name : `${name}-${rules.address}`;
  const spec = {
    address: `unix:///run/${socket}.sock`,
    ...hostKeys(rules),
    ...addressesOf(name),
    ...meshKeys(name, shop),
  };
  return document('Host', name, null, spec, rules.zone === undefined ? undefined : { zone: rules.zone });
}

/** The folders of a shop that is split: each is followed on its own. */
export const FLEET_FOLDER = 'fleet';
export const SHOP_FOLDER = 'shop';

/** The files of a commit: path to content. */
export function filesOf(shop: SimShop): ReadonlyMap<string, string> {
  const files = new Map<string, string>([['README.md', 'Our shop.']]);
  if (shop.isEmpty) return files;
  const [fleet, rest] = shop.isSplit === true ? [`${FLEET_FOLDER}/`, `${SHOP_FOLDER}/`] : ['', ''];
  const put = (path: string, value: object): void => {
    files.set(path, JSON.stringify(value));
  };
  for (const host of shop.hosts) put(`${fleet}hosts/${host}.json`, hostManifest(host, shop));
  put(`${fleet}namespace.json`, document('Namespace', NAMESPACE, null, {}));
  const { otherNamespace } = shop;
  if (otherNamespace !== undefined)
    put(`${fleet}${otherNamespace}.json`, document('Namespace', otherNamespace, null, {}));
  for (const service of shop.services.values()) {
    put(`${rest}services/${service.name}.json`, serviceManifest(service, shop));
    if (service.config === null || service.sharesConfigOf !== undefined) continue;
    const file = `${service.name}.txt`;
    const content =
      service.hasConfigFile === true
        ? { files: { 'settings.txt': file } }
        : { data: { 'settings.txt': service.config } };
    put(
      `${rest}configs/${service.name}.json`,
      document('Config', service.name, namespaceOf(service), content),
    );
    if (service.hasConfigFile === true) files.set(`${rest}configs/${file}`, service.config);
  }
  if (shop.broken)
    files.set(`${rest}services/broken.json`, '{"apiVersion": "plimsoll.dev/v1", "kind": "Servise"');
  return files;
}

/** What a container of a service is made of, as far as it shows on a host. */
interface Made {
  readonly tag: string;
  readonly config: string | null;
  readonly hasVolume: boolean;
  readonly port: number | null;
  /** How many ports it may take, from its port on. */
  readonly ports?: number;
  readonly hasHealthcheck: boolean;
  readonly memoryBytes: number | null;
  readonly cpus?: number;
  readonly pids?: number;
  readonly connects?: readonly SimConnection[];
}

/** Equal for two services whose containers are equal, and for a container and its service. */
export function serviceSays(of: SimService | Made): string {
  const made =
    'check' in of ? { ...of, hasHealthcheck: of.check === 'health', memoryBytes: MEMORY_BYTES } : of;
  const parts = [`image ${made.tag}`];
  if (made.config !== null) parts.push(`config "${made.config}"`);
  if (made.hasVolume) parts.push('a volume');
  if (made.port !== null)
    parts.push(`port ${made.port}${made.ports === undefined ? '' : ` and ${made.ports - 1} more`}`);
  if (made.cpus !== undefined) parts.push(`${made.cpus} CPUs`);
  if (made.pids !== undefined) parts.push(`${made.pids} processes`);
  if (made.hasHealthcheck) parts.push('a health check');
  if (made.connects !== undefined && made.connects.length > 0)
    parts.push(`connections to ${connectionsSay(made.connects)}`);
  return `${parts.join(', ')} and ${made.memoryBytes} bytes`;
}

/** In a line, for the transcript. */
export function describe(shop: SimShop): string {
  const { services, broken, isEmpty } = shop;
  if (isEmpty) return 'nothing';
  const all = [...services.values()].map((s) => {
    const how = s.strategy === 'recreate' || s.hasVolume ? 'recreate' : `+${s.maxSurge} -${s.maxUnavailable}`;
    const port = s.port === null ? '' : ` port ${s.port}`;
    const served = (s.serves ?? []).map((one) => ` serves ${one.port}/${one.protocol}`).join('');
    const to = (s.connects ?? []).length === 0 ? '' : ` → ${connectionsSay(s.connects ?? [])}`;
    const steps = goesBySteps(s, shop) ? ' by steps' : '';
    return `${s.name}:${s.tag} ×${s.replicas} ${how} ${s.check}${port}${served}${to}${steps}`;
  });
  return `${all.join(', ')}${broken ? ', broken' : ''}`;
}
