// Which hosts and services of the manifests `--lose` and `--fail-health` mean.

import type { SimulationOptions } from '../cli/runtime.ts';
import type { Desired } from '../desired/desired.ts';
import { type Problem, problem } from '../kernel/errors.ts';
import type { HostId, ServiceKey } from '../kernel/ids.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { formatDuration } from '../kernel/time.ts';
import { nearest } from '../manifest/nearest.ts';
import type { LostHost } from '../sim/dry-run/request.ts';

const listed = (names: Iterable<string>): string => [...names].sort().join(', ') || 'none';

function notFound(what: string, name: string, meant: string | null, names: Iterable<string>): Problem {
  const guess = meant === null ? '' : `Did you mean \`${meant}\`? `;
  const hint = `${guess}The manifests have: ${listed(names)}.`;
  return problem('command/not-found', `there is no ${what} ${name}`, { hint });
}

function findHost(name: string, hosts: readonly HostId[]): Result<HostId, Problem> {
  const found = hosts.find((host) => host === name);
  return found === undefined ? err(notFound('host', name, nearest(name, hosts), hosts)) : ok(found);
}

/** NAME or NAMESPACE/NAME. */
function findService(name: string, { services }: Desired): Result<ServiceKey, Problem> {
  const found = [...services.values()].filter((s) => s.key === name || s.name === name);
  const [only, other] = found;
  if (only !== undefined && other === undefined) return ok(only.key);
  if (only !== undefined) {
    const hint = `Name one of them: ${listed(found.map((s) => s.key))}.`;
    return err(problem('command/usage', `there are ${found.length} services ${name}`, { hint }));
  }
  const names = name.includes('/') ? [...services.keys()] : [...services.values()].map((s) => s.name);
  return err(notFound('service', name, nearest(name, names), services.keys()));
}

function tooLate(host: string, atMs: number, boundMs: number): Problem {
  const hint = `Name a moment within the ${formatDuration(boundMs)} that are simulated at most.`;
  const words = `host ${host} would be lost after ${formatDuration(atMs)}, when the simulation is over`;
  return problem('command/usage', words, { hint });
}

function lostTwice(host: string): Problem {
  const hint = 'Name it once: it stays away.';
  return problem('command/usage', `host ${host} would be lost twice`, { hint });
}

export interface Troubles {
  readonly lost: readonly LostHost[];
  readonly failing: ReadonlySet<ServiceKey>;
}

/**
 * `hosts`: those of the commit, and those that it takes out of the fleet; `boundMs`: so much virtual time is played
 * at most. All names that nothing has are told at once.
 */
export function findTroubles(
  options: Pick<SimulationOptions, 'lost' | 'failing'>,
  desired: Desired,
  hosts: readonly HostId[],
  boundMs: number,
): Result<Troubles, readonly Problem[]> {
  const problems: Problem[] = [];
  const lost: LostHost[] = [];
  const failing = new Set<ServiceKey>();
  for (const { host, atMs } of options.lost) {
    const found = findHost(host, hosts);
    if (!found.ok) problems.push(found.error);
    else if (atMs !== null && atMs >= boundMs) problems.push(tooLate(host, atMs, boundMs));
    else if (lost.some((other) => other.host === found.value)) problems.push(lostTwice(host));
    else lost.push({ host: found.value, atMs });
  }
  for (const name of options.failing) {
    const found = findService(name, desired);
    if (found.ok) failing.add(found.value);
    else problems.push(found.error);
  }
  return problems.length > 0 ? err(problems) : ok({ lost, failing });
}
