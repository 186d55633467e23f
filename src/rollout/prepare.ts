// Before anything is stopped, the image of the target is on every host that will need it: a registry
// that fails in the middle of a rollout must not cost a replica.

import type { DesiredService } from '../desired/desired.ts';
import { imageToRun, type Revision } from '../desired/revision.ts';
import type { HostId } from '../kernel/ids.ts';
import { findImage, imageName } from '../observed/host-view.ts';
import { place } from '../placement/place.ts';
import type { Draft } from './draft.ts';
import { type Apart, needsOfPlace, placementAsk, volumesApart } from './slot.ts';
import { removalUnderWay } from './under-way.ts';

/**
 * Where the missing replicas of the target would go if the service's own instances were out of the way.
 * Where it runs already nothing has to be pulled: a rollback must not wait for a registry.
 */
function futureHosts(
  draft: Draft,
  desired: DesiredService,
  revision: Revision,
): { readonly hosts: ReadonlySet<HostId>; readonly unplaced: Apart | null } {
  const { load, candidates } = draft.input;
  const own = draft.memory.instances.map((i) => ({ service: desired.key, host: i.host, ports: [] }));
  for (const o of own) load.remove(o);
  const there = draft.memory.instances.filter((i) => i.revision === revision.id && i.intent === 'run');
  const hosts = new Set<HostId>();
  let unplaced = volumesApart(draft, revision);
  const added = [];
  // Ports held by the service's own instances do not count here: they will have been freed.
  const ask = { ...placementAsk(draft, desired, revision), ports: [] };
  for (let n = there.length; n < desired.replicas; n += 1) {
    const placed = place(ask, candidates, load);
    if (!placed.ok) {
      const { because, retryAt } = placed.error;
      unplaced = { because, needs: needsOfPlace(placed.error) };
      if (retryAt !== null) draft.wake(retryAt);
      break;
    }
    hosts.add(placed.value.host);
    const occupant = { service: desired.key, host: placed.value.host, ports: [] };
    load.add(occupant);
    added.push(occupant);
  }
  for (const o of added) load.remove(o);
  for (const o of own) load.add(o);
  return { hosts, unplaced };
}

/** Asks for the pull of the target's image on `host` unless it is there; gives the action's key then. */
export function ensureImage(draft: Draft, host: HostId, revision: Revision): string | null {
  const view = draft.input.hosts.get(host);
  const image = imageToRun(revision);
  if (view === undefined || revision.image.kind === 'local') return null;
  const there = findImage(view, image);
  const removal = there === null ? null : removalUnderWay(draft, host, 'removeImage', imageName(there));
  if (there !== null && removal === null) return null;
  return draft.act(
    host,
    image,
    `${draft.memory.key} needs it`,
    { kind: 'pullImage', image },
    { shared: true, after: removal === null ? [] : [removal] },
  );
}

/**
 * True once every reachable host that will run the target has its image; asks for the pulls until then.
 * `mustBeAlone`: all old ones stop before the new ones start.
 */
export function isPrepared(draft: Draft, desired: DesiredService, mustBeAlone: boolean): boolean {
  const { rollout, target } = draft.memory;
  const isUnderWay = rollout !== null && rollout.endedAt === null;
  if (target === null || (isUnderWay ? rollout.prepared : !mustBeAlone)) return true;
  const revision = draft.revision(target);
  if (revision === null) return true;
  let missing = 0;
  const { hosts, unplaced } = futureHosts(draft, desired, revision);
  if (unplaced !== null && (mustBeAlone || hosts.size === 0)) {
    // Its predecessor would be stopped for nothing, or before its image is anywhere.
    draft.block(
      unplaced.needs,
      `nothing is stopped, since the new one would find no place: ${unplaced.because}`,
    );
    return false;
  }
  for (const host of hosts) {
    if (draft.input.hosts.get(host)?.state !== 'fresh') continue;
    if (ensureImage(draft, host, revision) !== null) missing += 1;
  }
  if (missing > 0) {
    draft.block('time', `waits until the image is on ${missing} more host${missing === 1 ? '' : 's'}`);
    return false;
  }
  if (isUnderWay) draft.setRollout({ prepared: true });
  return true;
}
