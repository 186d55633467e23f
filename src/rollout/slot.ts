// Gives a new instance its place: ordinal, attempt, host and host ports.

import type { PortSpec } from '../desired/container.ts';
import type { DesiredService } from '../desired/desired.ts';
import type { Revision } from '../desired/revision.ts';
import type { HostId, RevisionId } from '../kernel/ids.ts';
import { invariant } from '../kernel/invariant.ts';
import { err, ok, type Result } from '../kernel/result.ts';
import { hasImage } from '../observed/host-view.ts';
import type { Occupant } from '../placement/load.ts';
import { matchesLabels, type Placed, type PlacementAsk, place, type Unplaced } from '../placement/place.ts';
import type { Draft } from './draft.ts';
import type { Blocked, Need } from './facts.ts';
import type { Instance } from './memory.ts';

const NO_ROOM = { roomAfterStop: false, retryAt: null };

export function occupantOf(draft: Draft, instance: Instance, ports: readonly PortSpec[]): Occupant {
  return {
    service: draft.memory.key,
    host: instance.host,
    ports: instance.hostPorts.flatMap((port, i) =>
      port === null ? [] : [{ port, protocol: ports[i]?.protocol ?? 'tcp' }],
    ),
  };
}

const volumeKey = (draft: Draft, volume: string): string => `${draft.memory.namespace}/${volume}`;

/** The hosts that hold named volumes of the revision, by volume. */
export function pinsOf(draft: Draft, revision: Revision): ReadonlyMap<string, HostId> {
  const pins = new Map<string, HostId>();
  for (const mount of revision.container.mounts) {
    if (mount.kind !== 'volume') continue;
    const key = volumeKey(draft, mount.volume);
    const host = draft.volumeHosts.get(key) ?? draft.input.volumeHosts.get(key);
    if (host !== undefined) pins.set(mount.volume, host);
  }
  return pins;
}

/** The one host that will do; `placeInstance` has refused volumes that lie apart. */
function pinOf(draft: Draft, revision: Revision): PlacementAsk['pinnedTo'] {
  const [first] = pinsOf(draft, revision);
  return first === undefined ? null : { volume: first[0], host: first[1] };
}

/** Hosts that the service may use and that the store has never met. */
function unmetHosts({ input }: Draft): readonly HostId[] {
  const placement = input.desired?.placement.hosts ?? [];
  return input.candidates
    .filter((c) => input.settings.unmetHosts.has(c.host.id) && matchesLabels(c.host.labels, placement))
    .map((c) => c.host.id);
}

/** Why an instance finds no place, and what would bring one. */
export type Apart = Pick<Blocked, 'because' | 'needs'>;

/** A host that is waited for may still have room. */
export const needsOfPlace = ({ retryAt }: Unplaced): Need => (retryAt === null ? 'fleet' : 'time');

/** Why the volumes of a revision cannot be mounted by one container, or not yet; null where they can. */
export function volumesApart(draft: Draft, revision: Revision): Apart | null {
  const pins = pinsOf(draft, revision);
  const isPlaced = revision.container.mounts.every((m) => m.kind !== 'volume' || pins.has(m.volume));
  const unmet = isPlaced ? [] : unmetHosts(draft);
  if (unmet.length > 0) {
    const because = `its volume may lie on ${unmet.join(', ')}, which has not answered yet: bring it back or take it out of the fleet`;
    // The first look at a host is under way: it may answer in a moment.
    const isLooking = unmet.some((id) => (draft.input.hosts.get(id)?.state ?? 'unknown') === 'unknown');
    return { because, needs: isLooking ? 'time' : 'person' };
  }
  if (new Set(pins.values()).size <= 1) return null;
  const places = [...pins].map(([volume, host]) => `${volume} on ${host}`).join(', ');
  return { because: `its volumes lie on different hosts: ${places}`, needs: 'person' };
}

function imageHosts(draft: Draft, revision: Revision): ReadonlySet<HostId> | null {
  if (revision.image.kind === 'digest') return null;
  const { ids } = revision.image;
  const hosts = [...draft.input.hosts.values()].filter((view) => ids.some((id) => hasImage(view, id)));
  return new Set(hosts.map((view) => view.host));
}

export function placementAsk(draft: Draft, desired: DesiredService, revision: Revision): PlacementAsk {
  return {
    service: desired.key,
    placement: desired.placement,
    ports: revision.container.ports,
    pinnedTo: pinOf(draft, revision),
    imageHosts: imageHosts(draft, revision),
    now: draft.now,
  };
}

function freeOrdinal(draft: Draft, revision: RevisionId): number {
  const used = new Set(
    draft.memory.instances.filter((i) => i.revision === revision && i.intent === 'run').map((i) => i.ordinal),
  );
  let ordinal = 0;
  while (used.has(ordinal)) ordinal += 1;
  return ordinal;
}

/** One above every attempt known for the slot, so that a new instance never meets an old container. */
function nextAttempt(draft: Draft, revision: RevisionId, ordinal: number): number {
  const attempts = [...draft.memory.instances, ...draft.input.found.map((f) => f.identity)]
    .filter((i) => i.revision === revision && i.ordinal === ordinal)
    .map((i) => i.attempt);
  return attempts.length === 0 ? 0 : Math.max(...attempts) + 1;
}

type NoPlace = Unplaced & { readonly needs: Need };

/** Where one more replica of `target` goes as things are. */
function findPlace(
  draft: Draft,
  desired: DesiredService,
  target: RevisionId,
): Result<Placed & { readonly revision: Revision }, NoPlace> {
  const revision = draft.revision(target);
  if (revision === null)
    return err({ because: `revision ${target} is not known any more`, needs: 'person', ...NO_ROOM });
  const apart = volumesApart(draft, revision);
  if (apart !== null) return err({ ...apart, ...NO_ROOM });
  const placed = place(placementAsk(draft, desired, revision), draft.input.candidates, draft.input.load);
  if (!placed.ok) return err({ ...placed.error, needs: needsOfPlace(placed.error) });
  return ok({ ...placed.value, revision });
}

/** Why no host takes one more replica now; null where one would. */
export function whyUnplaced(draft: Draft, desired: DesiredService): string | null {
  const { target } = draft.memory;
  const found = target === null ? null : findPlace(draft, desired, target);
  return found === null || found.ok ? null : found.error.because;
}

/** `revision`: another one than the target's. */
export function placeInstance(
  draft: Draft,
  desired: DesiredService,
  revision: RevisionId | null = null,
): Result<Instance, NoPlace> {
  const target = revision ?? draft.memory.target;
  invariant(target !== null, 'an instance needs a revision');
  const placed = findPlace(draft, desired, target);
  if (!placed.ok) return placed;
  for (const mount of placed.value.revision.container.mounts) {
    if (mount.kind === 'volume') draft.volumeHosts.set(volumeKey(draft, mount.volume), placed.value.host);
  }
  const ordinal = freeOrdinal(draft, target);
  return ok({
    revision: target,
    ordinal,
    attempt: nextAttempt(draft, target, ordinal),
    host: placed.value.host,
    hostPorts: [...placed.value.hostPorts],
    intent: 'run',
    because: draft.memory.rollout?.endedAt === null ? draft.memory.rollout.because : 'a replica is missing',
    plannedAt: draft.now,
    seenAt: null,
    readyAt: null,
    hasServed: false,
    toldToStop: false,
    faults: 0,
    faultMark: null,
    retryAt: null,
    leavingSince: null,
    drainingSince: null,
  });
}
