// Brings a stage to where the commit finds it.

import type { DesiredHost } from '../../desired/desired.ts';
import { sha256 } from '../../kernel/canonical.ts';
import type { CommitSha, HostId } from '../../kernel/ids.ts';
import type { CopiedHost } from '../../loop/fleet-copy.ts';
import type { EngineInfo } from '../../observed/report.ts';
import { furnish } from './furnish.ts';
import { imageBehind } from './images.ts';
import type { DryRunRequest, Start } from './request.ts';
import type { Stage } from './stage.ts';

/** Health checks of what runs already have passed by then, or never will. */
const WARM_UP_MS = 5 * 60_000;
const WARM_UP_STEP_MS = 5_000;

/** Hosts that the start knows, besides those of the commit. */
export function hostsOf(start: Start): readonly DesiredHost[] {
  if (start.kind === 'emptyHosts') return [];
  return start.kind === 'manifests'
    ? [...start.manifests.desired.hosts.values()]
    : start.fleet.hosts.map(({ host }) => host);
}

/** Hosts that did not answer when the fleet was copied. */
export const awayFrom = (start: Start): readonly CopiedHost[] =>
  start.kind === 'fleet' ? start.fleet.hosts.filter(({ state }) => state !== 'fresh') : [];

export function enginesOf(start: Start): ReadonlyMap<HostId, EngineInfo> {
  const known = start.kind === 'fleet' ? start.fleet.hosts : [];
  return new Map(known.flatMap(({ host, engine }) => (engine === null ? [] : [[host.id, engine]])));
}

/** The commit in force of the source that is pushed to. */
export function commitOf({ start, source }: DryRunRequest): CommitSha | null {
  if (start.kind === 'emptyHosts') return null;
  if (start.kind === 'manifests') return start.manifests.commit.tree.head.commit;
  return start.fleet.sources.find(({ id }) => id === source)?.head?.commit ?? null;
}

const isStarting = (stage: Stage): boolean =>
  [...stage.machines.values()].some(({ engine }) =>
    [...engine.machine.containers.values()].some(({ health }) => health === 'starting'),
  );

/** What runs has run for long. */
async function warmUp(stage: Stage, startupMs: number): Promise<void> {
  const beganMs = stage.nowMs;
  do await stage.pass(Math.max(WARM_UP_STEP_MS, startupMs));
  while (isStarting(stage) && stage.nowMs - beganMs < WARM_UP_MS);
}

/** What nobody may pull is on every host already: somebody has imported it. */
function loadImported(stage: Stage, { start, commit, assumptions }: DryRunRequest): void {
  const services = [commit, ...(start.kind === 'manifests' ? [start.manifests] : [])].flatMap(
    ({ desired }) => [...desired.services.values()],
  );
  for (const { container } of services) {
    if (container.pullPolicy !== 'never') continue;
    const image = imageBehind(`sha256:${sha256(container.image)}`, assumptions);
    for (const { engine } of stage.machines.values()) engine.loadImage(image, [container.image]);
  }
}

/** Sets the stage up to where its controller can begin; gives notes for the reader. */
export async function prepare(stage: Stage, request: DryRunRequest): Promise<readonly string[]> {
  const { start, source, assumptions } = request;
  if (start.kind !== 'fleet') loadImported(stage, request);
  if (start.kind === 'manifests') stage.push(source, start.manifests.commit);
  if (start.kind !== 'fleet') return [];
  for (const [id, commit] of start.commits) stage.push(id, commit);
  const notes = await furnish(stage, start.fleet, assumptions);
  await warmUp(stage, assumptions.startupMs);
  const away = awayFrom(start);
  for (const { host } of away) stage.machines.get(host.id)?.engine.losePower();
  return [
    ...notes,
    ...away.map(({ host, state }) => `host ${host.id} is ${state} now, and is taken as away`),
  ];
}
