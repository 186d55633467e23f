// Placement as written → requirements, and whether any host can meet them.

import { type Problem, problem } from '../kernel/errors.ts';
import type { HostId } from '../kernel/ids.ts';
import { type DocumentOf, valueSpan } from '../manifest/document.ts';
import { nearest } from '../manifest/nearest.ts';
import type { DesiredHost, LabelRequirement, PlacementSpec } from './desired.ts';
import { acceptFolded, type Fleet } from './hosts.ts';

export function resolvePlacement(document: DocumentOf<'Service'>, fleet: Fleet): PlacementSpec {
  const written = document.manifest.spec.placement ?? {};
  const folded = fleet.foldedHosts > 1;
  const maxPerHost = written.maxPerHost ?? null;
  return {
    hosts: Object.entries(written.hosts ?? {})
      .map(([key, values]): LabelRequirement => {
        const unique = [...new Set(values)].sort();
        return {
          key,
          operator: 'In',
          values: folded ? acceptFolded(unique, key, fleet.hosts.values()) : unique,
        };
      })
      .sort((a, b) => (a.key < b.key ? -1 : 1)),
    tolerations: written.tolerations ?? [],
    // The limit of each host that was folded counts for the one that stands in for them.
    maxPerHost: maxPerHost === null ? null : maxPerHost * fleet.foldedHosts,
  };
}

/** Null where at least one host has all the labels. */
export function checkPlacement(
  document: DocumentOf<'Service'>,
  placement: PlacementSpec,
  hosts: ReadonlyMap<HostId, DesiredHost>,
): Problem | null {
  const { hosts: requirements } = placement;
  if (requirements.length === 0) return null;
  const all = [...hosts.values()];
  if (all.some((host) => requirements.every((requirement) => meets(host, requirement)))) return null;
  const impossible = requirements.find((requirement) => !all.some((host) => meets(host, requirement)));
  const path = ['spec', 'placement', 'hosts', ...(impossible === undefined ? [] : [impossible.key])];
  const span = valueSpan(document, path);
  if (impossible === undefined) {
    return problem('manifest/reference', 'no host has all of these labels together', { span });
  }
  const wanted = impossible.values.map((value) => `${impossible.key}=${value}`);
  const present = new Set(
    all.flatMap((host) => Object.entries(host.labels).map(([key, value]) => `${key}=${value}`)),
  );
  const meant = wanted.map((label) => nearest(label, present)).find((label) => label !== null);
  return problem('manifest/reference', `no host has the label ${wanted.join(' or ')}`, {
    span,
    ...(meant === undefined ? {} : { hint: `Did you mean \`${meant}\`?` }),
  });
}

const meets = (host: DesiredHost, requirement: LabelRequirement): boolean => {
  const label = host.labels[requirement.key];
  return label !== undefined && requirement.values.includes(label);
};
