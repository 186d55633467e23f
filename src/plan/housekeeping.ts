// What nothing needs any more: images of forgotten revisions, volumes of old configs, networks of
// services that left a host. What a rollback would need is kept, and so is every data volume.

import { type Action, actionKey, makeAction } from '../action/action.ts';
import { imageToRun } from '../desired/revision.ts';
import type { HostId, RevisionId } from '../kernel/ids.ts';
import { configVolumeName, isOwnedBy, LABEL, networkName } from '../kernel/owner.ts';
import { type HostView, imageName } from '../observed/host-view.ts';
import type { ObservedContainer } from '../observed/report.ts';
import type { World } from './world.ts';

export interface HousekeepingInput {
  readonly world: World;
  /** Revisions that a rollback may go to. */
  readonly kept: ReadonlySet<RevisionId>;
  /** Images (`name@sha256:…`) that this controller pulled, by host. Others are never removed. */
  readonly pulled: ReadonlyMap<HostId, ReadonlySet<string>>;
}

interface Needs {
  readonly images: ReadonlySet<string>;
  readonly configs: ReadonlySet<string>;
}

const NOTHING: Needs = { images: new Set(), configs: new Set() };

function needsOf({ world, kept }: HousekeepingInput): Needs {
  const images = new Set<string>();
  const configs = new Set<string>();
  const ids = new Set<RevisionId>(kept);
  for (const memory of world.memory.services.values()) {
    for (const id of [memory.target, memory.stable, memory.pin?.revision ?? null])
      if (id !== null) ids.add(id);
    for (const instance of memory.instances) ids.add(instance.revision);
  }
  for (const id of ids) {
    const revision = world.memory.revisions.get(id);
    if (revision === undefined) continue;
    images.add(imageToRun(revision));
    for (const mount of revision.container.mounts) {
      if (mount.kind === 'config') configs.add(configVolumeName(mount.contentHash));
    }
  }
  return { images, configs };
}

/** Containers through which configs were being written when a controller ended. */
function staleFillers(view: HostView, { controller, facts }: World): readonly ObservedContainer[] {
  const isBeingFilled = (volume: string): boolean =>
    facts.inFlight.has(actionKey(view.host, 'fillConfig', volume));
  return [...view.containers.values()]
    .filter((c) => isOwnedBy(c.labels, controller) && c.labels[LABEL.kind] === 'config')
    .filter((c) => !c.volumes.some(isBeingFilled));
}

const removalOf = ({ host }: HostView, { id, name }: ObservedContainer): Action =>
  makeAction(
    { host, service: null, object: name, because: 'left by a controller that has ended' },
    { kind: 'removeContainer', id },
  );

/** The containers of a host by whether they go in this round: then what they keep in use can go after them. */
interface Users {
  readonly view: HostView;
  readonly staying: readonly ObservedContainer[];
  readonly leaving: readonly ObservedContainer[];
}

function usersOn(view: HostView, world: World): Users {
  const leaving = staleFillers(view, world);
  return { view, leaving, staying: [...view.containers.values()].filter((c) => !leaving.includes(c)) };
}

/** Keys of the removals that must have succeeded before what these containers use can go. */
const after = ({ view, leaving }: Users, isUser: (c: ObservedContainer) => boolean): readonly string[] =>
  leaving.filter(isUser).map((c) => removalOf(view, c).key);

function staleVolumes(users: Users, world: World, needs: Needs): Action[] {
  const { view, staying } = users;
  const mounted = new Set(staying.flatMap((c) => c.volumes));
  return [...view.volumes.values()]
    .filter((v) => isOwnedBy(v.labels, world.controller) && v.labels[LABEL.kind] === 'config')
    .filter((v) => !needs.configs.has(v.name) && !mounted.has(v.name))
    .map((v) =>
      makeAction(
        {
          host: view.host,
          service: null,
          object: v.name,
          because: 'no kept revision mounts this config',
          after: after(users, (c) => c.volumes.includes(v.name)),
        },
        { kind: 'removeVolume', name: v.name },
      ),
    );
}

function staleNetworks(view: HostView, world: World, inUse: ReadonlySet<string>): Action[] {
  const joined = new Set([...view.containers.values()].flatMap((c) => Object.keys(c.networks)));
  return [...view.networks.values()]
    .filter((n) => isOwnedBy(n.labels, world.controller) && n.labels[LABEL.kind] === 'network')
    .filter((n) => !inUse.has(`${view.host}/${n.name}`) && !joined.has(n.name))
    .map((n) =>
      makeAction(
        { host: view.host, service: null, object: n.name, because: 'no replica of its service is here' },
        { kind: 'removeNetwork', id: n.id },
      ),
    );
}

function staleImages(users: Users, pulled: ReadonlySet<string>, needs: Needs): Action[] {
  const { view, staying } = users;
  const used = new Set(staying.map((c) => c.imageId));
  return view.images
    .filter((image) => !used.has(image.id))
    .filter((image) => image.digests.some((d) => pulled.has(d)))
    .filter((image) => !image.digests.some((d) => needs.images.has(d)))
    .map((image) =>
      makeAction(
        {
          host: view.host,
          service: null,
          object: imageName(image),
          because: 'no revision that is kept needs this image',
          after: after(users, (c) => c.imageId === image.id),
        },
        { kind: 'removeImage', id: image.id },
      ),
    );
}

function networksInUse(world: World): ReadonlySet<string> {
  const inUse = new Set<string>();
  for (const memory of world.memory.services.values()) {
    const indexes = new Set([0, ...memory.doors.map(({ network }) => network)]);
    const names = [...indexes].map((index) => networkName(memory.namespace, memory.name, index));
    for (const { host } of memory.instances) for (const name of names) inUse.add(`${host}/${name}`);
  }
  return inUse;
}

/** Hosts without an instance that the fleet does not have any more: nothing will be rolled back there. */
function leavingHosts({ desired, memory, observed, settings }: World): ReadonlySet<HostId> {
  // A fleet that was not read says nothing.
  if (settings.fleetSource === null || !desired.commits.has(settings.fleetSource)) return new Set();
  const busy = new Set([...memory.services.values()].flatMap((m) => m.instances.map((i) => i.host)));
  return new Set([...observed.hosts.keys()].filter((id) => !desired.hosts.has(id) && !busy.has(id)));
}

/** Removals that are safe now, on the hosts that answer. */
export function housekeeping(input: HousekeepingInput): readonly Action[] {
  const { world } = input;
  if (world.settings.reportOnly !== null) return [];
  const needs = needsOf(input);
  const inUse = networksInUse(world);
  const leaving = leavingHosts(world);
  const needsOn = (host: HostId): Needs => (leaving.has(host) ? NOTHING : needs);
  return [...world.observed.hosts.values()]
    .filter((view) => view.state === 'fresh')
    .map((view) => usersOn(view, world))
    .flatMap((users) => [
      ...users.leaving.map((c) => removalOf(users.view, c)),
      ...staleVolumes(users, world, needsOn(users.view.host)),
      ...staleNetworks(users.view, world, inUse),
      ...staleImages(users, input.pulled.get(users.view.host) ?? new Set(), needsOn(users.view.host)),
    ]);
}

const REMOVALS: ReadonlySet<Action['kind']> = new Set([
  'removeContainer',
  'removeVolume',
  'removeNetwork',
  'removeImage',
]);

/**
 * Of actions that have not begun, the keys of those that housekeeping had asked for and would not ask for in
 * this world: what they would remove is needed by now.
 */
export function overtaken(
  waiting: readonly Action[],
  { world, pulled }: Pick<HousekeepingInput, 'world' | 'pulled'>,
): ReadonlySet<string> {
  const removals = waiting.filter(({ kind, service }) => service === null && REMOVALS.has(kind));
  if (removals.length === 0) return new Set();
  const concerned = new Set(removals.map(({ host }) => host));
  const hosts = new Map([...world.observed.hosts].filter(([id]) => concerned.has(id)));
  // What a rollback may go to was known when they were asked for: only what the services need has changed.
  const kept = new Set<RevisionId>();
  const again = housekeeping({ world: { ...world, observed: { ...world.observed, hosts } }, kept, pulled });
  const wanted = new Set(again.map(({ key }) => key));
  return new Set(removals.map(({ key }) => key).filter((key) => !wanted.has(key)));
}
