// `dependsOn` over all services: what is not there, and circles, in which nothing could ever start.

import { problem, type Span } from '../kernel/errors.ts';
import type { ServiceKey } from '../kernel/ids.ts';
import { type DocumentOf, valueSpan } from '../manifest/document.ts';
import { nearest } from '../manifest/nearest.ts';
import type { Sourced } from './collect.ts';
import type { DesiredService } from './desired.ts';
import type { Fault } from './input.ts';

type Services = ReadonlyMap<ServiceKey, DesiredService>;
type Documents = ReadonlyMap<string, Sourced<DocumentOf<'Service'>>>;

export function checkDependencies(services: Services, documents: Documents): readonly Fault[] {
  return [...missing(services, documents), ...cycles(services, documents)];
}

/** Where `service` says that it depends on `on`. */
function dependencySpan(service: DesiredService, on: ServiceKey, documents: Documents): Span | null {
  const found = documents.get(service.key);
  if (found === undefined) return service.span;
  const written = found.document.manifest.spec.dependsOn ?? [];
  const index = written.findIndex((one) => `${one.namespace ?? service.namespace}/${one.service}` === on);
  return valueSpan(found.document, ['spec', 'dependsOn', Math.max(0, index)]);
}

function missing(services: Services, documents: Documents): readonly Fault[] {
  return [...services.values()].flatMap((service) =>
    service.dependsOn
      .filter((on) => !documents.has(on))
      .map((on): Fault => {
        const span = dependencySpan(service, on, documents);
        const meant = nearest(on, documents.keys());
        const because = problem(
          'manifest/reference',
          `${service.key} depends on ${on}, which is not defined`,
          {
            ...(span === null ? {} : { span }),
            ...(meant === null ? {} : { hint: `Did you mean \`${meant}\`?` }),
          },
        );
        return { sources: [service.source], problem: because };
      }),
  );
}

/** Each circle once, beginning at the service that comes first in the order of `services`. */
function cycles(services: Services, documents: Documents): readonly Fault[] {
  const found: Fault[] = [];
  const done = new Set<ServiceKey>();
  for (const root of services.keys()) {
    const trail: { readonly key: ServiceKey; next: number }[] = [];
    const onTrail = new Set<ServiceKey>();
    const enter = (key: ServiceKey): void => {
      trail.push({ key, next: 0 });
      onTrail.add(key);
    };
    if (!done.has(root)) enter(root);
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const on = services.get(top.key)?.dependsOn[top.next];
      top.next += 1;
      if (on === undefined) {
        done.add(top.key);
        onTrail.delete(top.key);
        trail.pop();
      } else if (onTrail.has(on)) {
        const circle = trail.slice(trail.findIndex((step) => step.key === on)).map((step) => step.key);
        found.push(cycleFault(circle, services, documents));
      } else if (!done.has(on)) enter(on);
    }
  }
  return found;
}

function cycleFault(circle: readonly ServiceKey[], services: Services, documents: Documents): Fault {
  const members = circle.flatMap((key) => services.get(key) ?? []);
  const [first, second] = [members[0], members[1] ?? members[0]];
  const span =
    first === undefined || second === undefined ? null : dependencySpan(first, second.key, documents);
  return {
    sources: [...new Set(members.map((member) => member.source))],
    problem: problem(
      'manifest/cycle',
      `services depend on each other in a circle: ${[...circle, circle[0]].join(' → ')}`,
      {
        ...(span === null ? {} : { span }),
      },
    ),
  };
}
