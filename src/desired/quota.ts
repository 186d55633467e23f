// The limits of a namespace on all of its services together.

import { type Problem, problem } from '../kernel/errors.ts';
import { formatBytes } from '../kernel/quantity.ts';
import { valueSpan } from '../manifest/document.ts';
import type { DesiredService } from './desired.ts';
import type { Fault } from './input.ts';
import type { Scope } from './namespaces.ts';

export function checkQuotas(
  services: Iterable<DesiredService>,
  scopes: ReadonlyMap<string, Scope>,
): readonly Fault[] {
  const members = new Map<string, DesiredService[]>();
  for (const service of services) {
    const list = members.get(service.namespace);
    if (list === undefined) members.set(service.namespace, [service]);
    else list.push(service);
  }
  return [...scopes].flatMap(([name, scope]) => checkNamespace(scope, members.get(name) ?? []));
}

function checkNamespace(scope: Scope, services: readonly DesiredService[]): readonly Fault[] {
  const { limits } = scope.spec;
  const { document } = scope;
  if (limits === undefined || document === null) return [];
  const { name } = scope.namespace;
  const sources = [...new Set([...services.map((service) => service.source), scope.namespace.source])];
  const found: Problem[] = [];
  const exceeded = (key: 'services' | 'replicas' | 'memory', has: string, allowed: string): void => {
    const span = valueSpan(document, ['spec', 'limits', key]);
    found.push(problem('manifest/quota', `namespace ${name} has ${has}, its limit is ${allowed}`, { span }));
  };
  const replicas = services.reduce((sum, service) => sum + service.replicas, 0);
  if (limits.services !== undefined && services.length > limits.services) {
    exceeded('services', `${services.length} services`, String(limits.services));
  }
  if (limits.replicas !== undefined && replicas > limits.replicas)
    exceeded('replicas', `${replicas} replicas`, String(limits.replicas));
  if (limits.memory !== undefined) {
    const memory = services.reduce(
      (sum, one) => sum + one.replicas * (one.container.limits.memoryBytes ?? 0),
      0,
    );
    if (memory > limits.memory)
      exceeded('memory', `limits of ${formatBytes(memory)} of memory`, formatBytes(limits.memory));
    for (const service of services.filter((one) => one.container.limits.memoryBytes === null)) {
      const message = `${service.key} needs a memory limit, since namespace ${name} limits memory`;
      found.push(problem('manifest/quota', message, service.span === null ? {} : { span: service.span }));
    }
  }
  return found.map((one) => ({ sources, problem: one }));
}
