// Which port of the container stands behind a port of the host. Reports of engines name the host's side
// alone; the other one follows from the revision and from the ports that were chosen for the instance.

import type { PortSpec } from '../desired/container.ts';
import type { ObservedContainer } from '../observed/report.ts';
import type { Instance } from '../rollout/memory.ts';

type HostPort = ObservedContainer['hostPorts'][number];

export interface PublishedPort extends HostPort {
  /** Null where several would do and nobody knows. */
  readonly containerPort: number | null;
}

/** Engines list ports in the order of `80/tcp` as text. */
const byText = (a: PortSpec, b: PortSpec): number =>
  `${a.target}/${a.protocol}` < `${b.target}/${b.protocol}` ? -1 : 1;

/** `specs` are those of the instance's revision, in the order of `chosen`. */
export function publishedPorts(
  seen: readonly HostPort[],
  specs: readonly PortSpec[],
  chosen: Instance['hostPorts'],
): readonly PublishedPort[] {
  const fixed = (port: HostPort): PortSpec | undefined =>
    specs.find((spec, i) => chosen[i] === port.port && spec.protocol === port.protocol);
  return seen.map((port) => {
    const known = fixed(port);
    if (known !== undefined) return { ...port, containerPort: known.target };
    const isAlike = (other: { readonly protocol: string }): boolean => other.protocol === port.protocol;
    const free = specs.filter((spec, i) => (chosen[i] ?? null) === null && isAlike(spec)).sort(byText);
    const picked = seen.filter((other) => isAlike(other) && fixed(other) === undefined);
    const only = free.length === 1 ? free[0] : undefined;
    const paired = free.length === picked.length ? free[picked.indexOf(port)] : undefined;
    return { ...port, containerPort: (only ?? paired)?.target ?? null };
  });
}
