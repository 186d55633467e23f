// What the reader of a dry run should know about the dry run itself.

import { formatBytes } from '../../kernel/quantity.ts';
import { formatDuration } from '../../kernel/time.ts';
import { failureOf } from './failing.ts';
import { unreadableMemory } from './machines.ts';
import type { Play } from './play.ts';
import type { ServiceForecast } from './report.ts';
import type { DryRunRequest } from './request.ts';
import { isChecked } from './rules.ts';

const HAS_NO_NEW_REVISION: ReadonlySet<ServiceForecast['change']> = new Set(['unchanged', 'moved']);

function failingNotes({ failing, commit }: DryRunRequest, services: readonly ServiceForecast[]): string[] {
  return [...failing].map((key) => {
    const service = commit.desired.services.get(key);
    const forecast = services.find((s) => s.service === key);
    if (service === undefined) return `${key} is not part of the commit: nothing of it can fail`;
    if (forecast !== undefined && HAS_NO_NEW_REVISION.has(forecast.change))
      return `${key} gets no new revision by this commit: nothing of it fails`;
    return `assumed: the new revision of ${key} ${failureOf(service)}`;
  });
}

/** Where a replica counts as ready before it can be. */
function uncheckedNotes(
  { commit, assumptions }: DryRunRequest,
  services: readonly ServiceForecast[],
): string[] {
  return services.flatMap(({ service: key, change }) => {
    const service = commit.desired.services.get(key);
    if (service === undefined || HAS_NO_NEW_REVISION.has(change) || isChecked(service)) return [];
    const { minHealthyMs } = service.rollout;
    if (minHealthyMs >= assumptions.startupMs) return [];
    const [counts, needs] = [formatDuration(minHealthyMs), formatDuration(assumptions.startupMs)];
    return [
      `${key} has no check: a replica counts as ready once it has run for ${counts} (minHealthy), although it is assumed to need ${needs}`,
    ];
  });
}

/** What was not as it should be before the commit, which is not its doing. */
function startNotes({ before, notes }: Play): readonly string[] {
  const unwell = [...before].filter(([, { status }]) => status.phase !== 'ready');
  return [
    ...notes,
    ...unwell.map(([key, { status }]) => `before the commit ${key} is ${status.phase}: ${status.because}`),
  ];
}

/** Labels that were meant to tell how much memory a machine has, and do not. */
function labelNotes({ stage, request }: Play): readonly string[] {
  const { assumptions, commit } = request;
  return [...commit.desired.hosts.values()].flatMap((host) => {
    const written = unreadableMemory(host);
    if (written === null || stage.machines.get(host.id)?.knownFrom !== 'assumed') return [];
    const size = formatBytes(assumptions.hostMemoryBytes);
    return [`label memory of host ${host.id}, "${written}", is no size such as 16g: ${size} are assumed`];
  });
}

export function notesOf(play: Play, services: readonly ServiceForecast[]): readonly string[] {
  const { request } = play;
  const about = [...startNotes(play), ...labelNotes(play)];
  return [...about, ...failingNotes(request, services), ...uncheckedNotes(request, services)];
}
