// In which order services are looked at, and what one has to wait for.

import type { Desired } from '../desired/desired.ts';
import type { ServiceKey } from '../kernel/ids.ts';
import { isActive, type ServiceMemory } from '../rollout/memory.ts';

/** Dependencies first, then by name. Cycles were refused when the manifests were read. */
export function inDependencyOrder(
  keys: readonly ServiceKey[],
  dependenciesOf: (key: ServiceKey) => readonly ServiceKey[],
): readonly ServiceKey[] {
  const wanted = new Set(keys);
  const done = new Set<ServiceKey>();
  const ordered: ServiceKey[] = [];
  const visit = (key: ServiceKey): void => {
    if (done.has(key)) return;
    done.add(key);
    for (const dependency of dependenciesOf(key)) if (wanted.has(dependency)) visit(dependency);
    ordered.push(key);
  };
  for (const key of [...keys].sort()) visit(key);
  return ordered;
}

const readyCount = (memory: ServiceMemory): number =>
  memory.instances.filter((i) => i.intent === 'run' && i.revision === memory.target && i.readyAt !== null)
    .length;

/** Why a dependency is not there yet; null once it runs what its commit says and is ready. */
function missing(key: ServiceKey, desired: Desired, memory: ServiceMemory | undefined): string | null {
  const wanted = desired.services.get(key);
  if (wanted === undefined) return null;
  if (memory === undefined || memory.specHash !== wanted.specHash) return `${key} (not deployed yet)`;
  const phase = memory.rollout?.phase;
  if (isActive(memory.rollout)) return `${key} (being rolled out)`;
  if (memory.stable === null) return `${key} (${phase ?? 'not deployed yet'})`;
  const ready = readyCount(memory);
  return ready < wanted.replicas ? `${key} (${ready} of ${wanted.replicas} ready)` : null;
}

export function dependenciesMissing(
  key: ServiceKey,
  desired: Desired,
  memoryOf: (key: ServiceKey) => ServiceMemory | undefined,
): string | null {
  const reasons = (desired.services.get(key)?.dependsOn ?? [])
    .map((dependency) => missing(dependency, desired, memoryOf(dependency)))
    .filter((reason) => reason !== null);
  return reasons.length === 0 ? null : reasons.join(', ');
}

/**
 * Whether `to` waits for `from` to leave, be it through others: it leaves too, and is what `from` connects to or depends
 * on.
 */
function isWaitedForBy(
  from: ServiceKey,
  to: ServiceKey,
  desired: Desired,
  rows: ReadonlyMap<ServiceKey, ServiceMemory>,
  met = new Set<ServiceKey>(),
): boolean {
  if (met.has(from)) return false;
  met.add(from);
  const row = rows.get(from);
  const connected = row?.doors.map(({ service }) => service) ?? [];
  const needed = desired.services.has(from) ? [] : (row?.dependsOn ?? []);
  return [...connected, ...needed]
    .filter((next) => !desired.services.has(next))
    .some((next) => next === to || isWaitedForBy(next, to, desired, rows, met));
}

/** Services that leave too and depend on this one, and what still connects to it: they go first. */
export function dependentsLeft(
  key: ServiceKey,
  desired: Desired,
  remaining: ReadonlyMap<ServiceKey, ServiceMemory>,
): string | null {
  for (const other of remaining.values()) {
    if (other.instances.length === 0 || other.key === key) continue;
    if (other.dependsOn.includes(key) && !desired.services.has(other.key)) return other.key;
    // Two that connect to each other leave together: each would wait for the other.
    const connects = other.doors.some(({ service }) => service === key);
    if (connects && !isWaitedForBy(key, other.key, desired, remaining)) return other.key;
  }
  return null;
}
