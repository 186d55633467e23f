// The documents of all sources → Desired, every default resolved and every reference checked, or the
// problems that stand in the way.

import { contentHash } from '../kernel/canonical.ts';
import { type Problem, problem } from '../kernel/errors.ts';
import type { ConfigName, HostId, NamespaceName, ServiceKey } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { type DocumentOf, valueSpan } from '../manifest/document.ts';
import { nearest } from '../manifest/nearest.ts';
import { ResolutionCache } from './cache.ts';
import { warnOfCallers } from './callers.ts';
import { type Collected, collect, namespaceOf, type Sourced } from './collect.ts';
import { configInputs, resolveConfig } from './configs.ts';
import { findConnections } from './connections.ts';
import { checkDependencies } from './dependencies.ts';
import type { Desired, DesiredConfig, DesiredHost, DesiredService } from './desired.ts';
import { type Fleet, resolveHosts } from './hosts.ts';
import { resolveImage } from './images.ts';
import type { Fault, FleetOverrides, ResolveInput, SourceDocuments } from './input.ts';
import { checkHostPathPrefixes, resolveNamespaces, type Scope, undefinedNamespace } from './namespaces.ts';
import { checkPlacement, checkPorts, resolvePlacement } from './placement-check.ts';
import { checkQuotas } from './quota.ts';
import { resolveRoutes } from './routes.ts';
import { refuseRoutes } from './routes-not-served.ts';
import { resolveService } from './service.ts';

export interface Resolution {
  readonly desired: Desired;
  /** What is allowed and probably not meant. */
  readonly warnings: readonly Problem[];
}

/** Resolves all sources together; any problem refuses all of them. */
export function resolveDesired(
  input: ResolveInput,
  cache: ResolutionCache = new ResolutionCache(),
): Result<Resolution, readonly Problem[]> {
  const { resolution, faults } = resolveWithFaults(input, cache);
  return faults.length === 0 ? ok(resolution) : err(faults.map((fault) => fault.problem));
}

/** Like `resolveDesired`, with the sources that each problem belongs to. */
function resolveWithFaults(
  input: ResolveInput,
  cache: ResolutionCache,
): { readonly resolution: Resolution; readonly faults: readonly Fault[] } {
  const overrides = input.overrides ?? {};
  cache.beginPass();
  const collected = collect(input.sources);
  const fleet = resolveHosts(collected.hosts, overrides);
  const scopes = resolveNamespaces(collected.namespaces, input.sources);
  const work = new Resolving(input.sources, fleet, scopes, overrides, cache);
  for (const [name, one] of collected.configs) work.addConfig(name, one);
  for (const one of collected.services.values()) work.addService(one, collected.services);
  const { routes, faults: routeFaults } = resolveRoutes(collected.routes, collected.services, scopes);
  cache.endPass(collected.services.size, collected.configs.size);
  const faults = [
    ...collected.faults,
    ...fleet.faults,
    ...checkHostPathPrefixes(scopes),
    ...work.faults,
    ...checkDependencies(work.services, collected.services),
    ...checkQuotas(work.services.values(), scopes),
    ...routeFaults,
    ...refuseRoutes(collected),
  ];
  const desired: Desired = {
    commits: new Map(input.sources.map((source) => [source.id, source.commit])),
    hosts: fleet.hosts,
    namespaces: new Map([...scopes.values()].map((scope) => [scope.namespace.name, scope.namespace])),
    services: work.services,
    configs: work.configs,
    routes,
  };
  const warnings = [...fleet.warnings, ...work.warnings, ...warnOfCallers(collected.services, scopes)];
  return { resolution: { desired, warnings }, faults };
}

class Resolving {
  readonly services = new Map<ServiceKey, DesiredService>();
  readonly configs = new Map<string, DesiredConfig>();
  readonly faults: Fault[] = [];
  readonly warnings: Problem[] = [];
  readonly #fleet: Fleet;
  readonly #scopes: ReadonlyMap<string, Scope>;
  readonly #sources: ReadonlyMap<string, SourceDocuments>;
  readonly #images: Readonly<Record<string, string>>;
  readonly #cache: ResolutionCache;
  /** By `namespace/name`; null for a Config with faults of its own. */
  readonly #configHashes = new Map<string, string | null>();
  /** What services depend on beyond their document, namespace and configs. */
  readonly #overridesKey: string;

  constructor(
    sources: readonly SourceDocuments[],
    fleet: Fleet,
    scopes: ReadonlyMap<string, Scope>,
    overrides: FleetOverrides,
    cache: ResolutionCache,
  ) {
    this.#sources = new Map(sources.map((source) => [source.id, source]));
    this.#fleet = fleet;
    this.#scopes = scopes;
    this.#images = overrides.images ?? {};
    this.#cache = cache;
    this.#overridesKey = keyOf(overrides, fleet.hosts);
  }

  addConfig(name: string, one: Sourced<DocumentOf<'Config'>>): void {
    const scope = this.#scopeOf(one);
    if (scope === null) return;
    const inputs = configInputs(one.document, this.#sources.get(one.source)?.files ?? new Map());
    const { config, faults } = this.#cache.config(one.source, one.document.id, inputs, () =>
      resolveConfig(one, scope.namespace.name, inputs),
    );
    this.faults.push(...faults);
    this.#configHashes.set(name, config?.contentHash ?? null);
    if (config !== null) this.configs.set(config.contentHash, config);
  }

  addService(one: Sourced<DocumentOf<'Service'>>, all: Collected['services']): void {
    const { source, document } = one;
    const scope = this.#scopeOf(one);
    if (scope === null) return;
    const configHashes = this.#hashesFor(one, scope.namespace.name);
    const { found: connections, faults } = findConnections(one, all);
    this.faults.push(...faults);
    const context = { scopeKey: scope.key, overridesKey: this.#overridesKey, configHashes, connections };
    const { service, problems, warnings } = this.#cache.service(source, document.id, context, () =>
      resolveService({
        source,
        document,
        scope,
        configHashes,
        connections,
        image: resolveImage(document.manifest.spec.image, this.#images),
        placement: resolvePlacement(document, this.#fleet),
      }),
    );
    const unplaceable = checkPlacement(document, service.placement, this.#fleet.hosts);
    for (const found of unplaceable === null ? problems : [...problems, unplaceable]) {
      this.faults.push({ sources: [source], problem: found });
    }
    const crowded = checkPorts(document, service, this.#fleet.hosts);
    this.warnings.push(...warnings, ...(crowded === null ? [] : [crowded]));
    this.services.set(service.key, service);
  }

  /** The namespace of a document; a fault and null where nobody defines it. */
  #scopeOf({ source, document }: Sourced<DocumentOf<'Service'> | DocumentOf<'Config'>>): Scope | null {
    const name = namespaceOf(document);
    const scope = this.#scopes.get(name);
    if (scope !== undefined) return scope;
    this.faults.push(undefinedNamespace(source, document, this.#scopes));
    return null;
  }

  /** The content hashes of the configs that a service mounts; a fault for each that is not defined. */
  #hashesFor(
    { source, document }: Sourced<DocumentOf<'Service'>>,
    namespace: NamespaceName,
  ): ReadonlyMap<ConfigName, string> {
    const hashes = new Map<ConfigName, string>();
    (document.manifest.spec.configs ?? []).forEach(({ config }, index) => {
      const hash = this.#configHashes.get(`${namespace}/${config}`);
      if (typeof hash === 'string') hashes.set(config, hash);
      else if (hash === undefined) {
        const inNamespace = [...this.#configHashes.keys()].filter((key) => key.startsWith(`${namespace}/`));
        const meant = nearest(
          config,
          inNamespace.map((key) => key.slice(namespace.length + 1)),
        );
        const missing = problem(
          'manifest/reference',
          `the Config ${config} is not defined in namespace ${namespace}`,
          {
            span: valueSpan(document, ['spec', 'configs', index]),
            ...(meant === null ? {} : { hint: `Did you mean \`${meant}\`?` }),
          },
        );
        this.faults.push({ sources: [source], problem: missing });
      }
    });
    return hashes;
  }
}

/** Empty without overrides, which is the usual case. */
function keyOf(overrides: FleetOverrides, hosts: ReadonlyMap<HostId, DesiredHost>): string {
  if (overrides.hosts === undefined && overrides.images === undefined) return '';
  const labels =
    overrides.hosts === undefined
      ? []
      : [...hosts.values()].map((host) => ({ id: host.id, labels: host.labels }));
  return contentHash({ images: overrides.images, folded: overrides.hosts, labels });
}
