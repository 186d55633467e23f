// Placement as written → requirements, and whether any host can meet them.

import { type Problem, problem } from '../kernel/errors.ts';
import type { HostId } from '../kernel/ids.ts';
import { type DocumentOf, valueSpan } from '../manifest/document.ts';
import { nearest } from '../manifest/nearest.ts';
import type { DesiredHost, DesiredService, LabelRequirement, PlacementSpec } from './desired.ts';
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

/** A warning where the hosts have fewer of the published ports than there are replicas; null elsewhere. */
export function checkPorts(
  document: DocumentOf<'Service'>,
  { placement, replicas, container }: Pick<DesiredService, 'placement' | 'replicas' | 'container'>,
  hosts: ReadonlyMap<HostId, DesiredHost>,
): Problem | null {
  // Most services publish nothing, and this is asked of all of them at every commit.
  if (container.ports.every(({ published }) => published === null)) return null;
  const usable = [...hosts.values()].filter(
    (host) => host.schedulable && placement.hosts.every((requirement) => meets(host, requirement)),
  ).length;
  const scarce = container.ports.findIndex(
    ({ published }) => published !== null && (published.to - published.from + 1) * usable < replicas,
  );
  const { published = null, target = 0, protocol } = container.ports[scarce] ?? {};
  if (published === null || usable === 0) return null;
  const { from, to } = published;
  const what = from === to ? `port ${from}` : `ports ${from} to ${to}`;
  const room = `${what} on ${usable} ${usable === 1 ? 'host' : 'hosts'}`;
  const needed = Math.max(RANGE, Math.ceil(replicas / usable) + 1);
  const range = `${from}-${Math.min(from + needed - 1, MAX_PORT)}:${target}${protocol === 'udp' ? '/udp' : ''}`;
  return problem('manifest/ports', `${room} cannot serve ${replicas} replicas`, {
    span: valueSpan(document, ['spec', 'ports']),
    hint: `Publish a range, such as \`${range}\`, or ask for fewer replicas.`,
  });
}

/** So many ports are proposed, or one more than needed. */
const RANGE = 10;
const MAX_PORT = 65_535;

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
