// One Service document in its namespace → a DesiredService and what is wrong with it on its own.

import { contentHash } from '../kernel/canonical.ts';
import { type Problem, problem } from '../kernel/errors.ts';
import { type NamespaceName, ServiceKey, type SourceId, serviceKey } from '../kernel/ids.ts';
import { type DocumentOf, valueSpan } from '../manifest/document.ts';
import type { Path } from '../manifest/position.ts';
import { DEFAULTS } from '../manifest/schema/defaults.ts';
import { nameSpan } from './collect.ts';
import { resolveConnections } from './connection-names.ts';
import type { Connection } from './connections.ts';
import type { ContainerSpec } from './container.ts';
import { resolveContainer } from './container-spec.ts';
import type { AllowedCaller, DesiredService, PlacementSpec } from './desired.ts';
import type { Scope } from './namespaces.ts';
import { checkPermissions } from './permissions.ts';
import { hashedContainer } from './revision.ts';
import { hashedRollout, resolveRollout } from './rollout.ts';
import { checkRollout } from './rollout-check.ts';
import { warningsFor } from './warnings.ts';

export interface ServiceInputs {
  readonly source: SourceId;
  readonly document: DocumentOf<'Service'>;
  readonly scope: Scope;
  readonly image: string;
  readonly configHashes: ReadonlyMap<string, string>;
  readonly placement: PlacementSpec;
  readonly connections: readonly Connection[];
}

export interface ResolvedService {
  readonly service: DesiredService;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

export function resolveService(inputs: ServiceInputs): ResolvedService {
  const { source, document, scope, placement } = inputs;
  const { metadata, spec } = document.manifest;
  const namespace = scope.namespace.name;
  const connections = resolveConnections(document, inputs.connections);
  const container = resolveContainer({
    document,
    namespace: scope.spec,
    image: inputs.image,
    configHashes: inputs.configHashes,
    connections,
  });
  const rollout = resolveRollout(document, scope.spec);
  const content = {
    key: serviceKey(namespace, metadata.name),
    namespace,
    name: metadata.name,
    container,
    replicas: spec.replicas ?? DEFAULTS.replicas,
    rollout,
    placement,
    probes: {
      startup: spec.startup ?? null,
      readiness: spec.readiness ?? null,
      liveness: spec.liveness ?? null,
    },
    dependsOn: dependencies(document, namespace),
    serves: [...(spec.serves ?? [])].sort((a, b) => a.port - b.port),
    allowFrom: [...(spec.allowFrom ?? [])].sort(byCaller),
    drift: spec.drift?.mode ?? scope.spec.defaults?.drift?.mode ?? DEFAULTS.drift,
    ignoredFields: [...new Set(spec.drift?.ignore ?? scope.spec.defaults?.drift?.ignore ?? [])].sort(),
  };
  return {
    service: { ...content, source, span: nameSpan(document), specHash: specHashOf(content) },
    problems: [
      ...checkRollout({ document, rollout, container, replicas: content.replicas }),
      ...connections.problems,
      ...checkContainer(document, container),
      ...checkPermissions(document, container, scope.spec),
    ],
    warnings: warningsFor(document, container),
  };
}

function byCaller(a: AllowedCaller, b: AllowedCaller): number {
  const [left, right] = [a, b].map(({ namespace, service }) => `${namespace}/${service ?? ''}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
}

/** What came later is left out where it is as it was before: empty, or the default. So what was hashed keeps its hash. */
function specHashOf(content: Omit<DesiredService, 'source' | 'span' | 'specHash'>): string {
  const absent = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);
  const hashed = {
    ...content,
    container: hashedContainer(content.container),
    rollout: hashedRollout(content.rollout),
    serves: absent(content.serves),
    allowFrom: absent(content.allowFrom),
  };
  // Through JSON, because the types of Desired have no index signature.
  return contentHash(JSON.parse(JSON.stringify(hashed)));
}

/** The services it depends on, each once. */
function dependencies(document: DocumentOf<'Service'>, namespace: NamespaceName): readonly ServiceKey[] {
  const keys = (document.manifest.spec.dependsOn ?? []).map((one) =>
    ServiceKey.parse(`${one.namespace ?? namespace}/${one.service}`),
  );
  return [...new Set(keys)];
}

/** What only shows in the whole container: contradictions between keys, two mounts on one path. */
function checkContainer(document: DocumentOf<'Service'>, container: ContainerSpec): readonly Problem[] {
  const { spec } = document.manifest;
  const found: Problem[] = [];
  const refuse = (message: string, ...path: Path): void => {
    found.push(problem('manifest/invalid-value', message, { span: valueSpan(document, ['spec', ...path]) }));
  };
  const { limits: own, requests } = spec.resources ?? {};
  if (differ(spec.mem_limit, own?.memory))
    refuse('mem_limit and resources.limits.memory differ', 'mem_limit');
  if (differ(spec.cpus, own?.cpus)) refuse('cpus and resources.limits.cpus differ', 'cpus');
  if (differ(spec.mem_reservation, requests?.memory)) {
    refuse('mem_reservation and resources.requests.memory differ', 'mem_reservation');
  }
  const { memoryBytes, memoryReservationBytes } = container.limits;
  if (memoryBytes !== null && memoryReservationBytes !== null && memoryReservationBytes > memoryBytes) {
    refuse('more memory is requested than the limit allows', 'resources', 'requests', 'memory');
  }
  const targets = new Set<string>();
  const written = writtenMounts(spec);
  container.mounts.forEach((mount, index) => {
    if (targets.has(mount.target)) {
      const message = `two mounts have the target ${mount.target}`;
      found.push(
        problem('manifest/duplicate', message, { span: valueSpan(document, written[index] ?? ['spec']) }),
      );
    }
    targets.add(mount.target);
  });
  return found;
}

const differ = (a: number | undefined, b: number | undefined): boolean =>
  a !== undefined && b !== undefined && a !== b;

/** Where each mount of the container is written, in the order of its mounts. */
function writtenMounts(spec: DocumentOf<'Service'>['manifest']['spec']): readonly Path[] {
  return (['volumes', 'tmpfs', 'configs'] as const).flatMap((key) =>
    (spec[key] ?? []).map((_, index): Path => ['spec', key, index]),
  );
}
