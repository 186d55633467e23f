// What lies on the hosts: at rest exactly what runs and what can be gone back to needs; whatever is somebody
// else's is still there; and nothing is removed that a rollback would need (I3, I6, I12).

import { LABEL } from '../../kernel/owner.ts';
import type { Effect, EffectOutcome } from '../link/observer.ts';
import type { SimHost } from '../world/fleet.ts';
import { CONTROLLER } from '../world/process.ts';
import type { Check } from './check.ts';
import { needsOf, revisionRows, revisionsNamed } from './disk-rows.ts';
import { hasBeenOut, hasImage } from './hosts.ts';
import type { Scene } from './scene.ts';
import { networksOf } from './truth.ts';
import { Violation } from './violation.ts';

const isOurs = (labels: Readonly<Record<string, string>>, kind: string): boolean =>
  labels[LABEL.controller] === CONTROLLER && labels[LABEL.kind] === kind;

/** What holds no data of a service. */
const isOnEveryHost = (volume: string): boolean =>
  volume.startsWith('plimsoll.config.') || volume === 'plimsoll.balancer';

export class KeptObjects implements Check {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  issued({ kind, host, object }: Effect): void {
    if (kind === 'removeImage') this.#mustBeUseless(host, object);
  }

  landed({ kind, host, object }: Effect, outcome: EffectOutcome): void {
    if (outcome !== 'ok') return;
    if (kind === 'createVolume') this.#mustBeTheOnlyOne(host, object);
    if (kind === 'createContainer') this.#mustMountWhatIsOurs(host, object);
  }

  /** Whoever goes back needs the image, with or without a registry. */
  #mustBeUseless(host: string, reference: string): void {
    const { hosts, disk, shops } = this.#scene.world;
    // Nobody goes back to a host that has left the fleet, be it with all others.
    if ([...shops.values()].some(({ hosts: fleet }) => !fleet.some((id) => id === host))) return;
    const machine = hosts.get(host)?.engine.machine;
    const image = [...(machine?.images.values() ?? [])].find(
      ({ id, digests, tags }) => id === reference || digests.includes(reference) || tags.includes(reference),
    );
    if (machine === undefined || image === undefined) return;
    const named = revisionsNamed(disk);
    const { images } = needsOf(revisionRows(disk).filter(({ id }) => named.has(id)));
    if (image.digests.some((digest) => images.has(digest)))
      throw new Violation(
        'I12',
        `image ${image.digests.join(' ')} is removed from ${host}, and a rollback may need it`,
      );
    const user = [...machine.containers.values()].find(({ made }) => made.image.id === image.id);
    if (user !== undefined && this.#hasBeenThere(user.made.createdAt))
      throw new Violation(
        'I12',
        `image ${image.digests.join(' ')} is removed from ${host}, and ${user.name} uses it`,
      );
  }

  /** Whoever looks at a host may see it as it was some seconds ago. */
  #hasBeenThere(createdAt: string | number): boolean {
    return this.#scene.world.clock.now() - Number(createdAt) > 10_000;
  }

  /** Data lie in one place: an empty volume elsewhere would be taken for them. */
  #mustBeTheOnlyOne(host: string, name: string): void {
    for (const { id, engine } of this.#scene.world.hosts.values())
      if (id !== host && engine.machine.volumes.has(name) && !isOnEveryHost(name))
        throw new Violation('I6', `${name} is made on ${host} and lies on ${id}`);
  }

  #mustMountWhatIsOurs(host: string, name: string): void {
    const place = this.#scene.findOwn(host, name);
    for (const { volume } of place?.container.made.mounts ?? []) {
      const labels = place?.host.engine.machine.volumes.get(volume)?.observed.labels ?? {};
      if (labels[LABEL.controller] !== CONTROLLER)
        throw new Violation('I6', `${name} on ${host} mounts ${volume}, which nobody has made`);
    }
  }

  atRest(): void {
    const { world } = this.#scene;
    const needs = needsOf(revisionRows(world.disk));
    for (const host of world.hosts.values()) {
      mustHaveWhatIsTheirs(host);
      if (hasBeenOut(world, host.id)) continue;
      this.#mustHaveNetworks(host);
      mustHaveConfigs(host, needs.volumes);
      // What a store that was lost had pulled is left alone: it could be anybody's.
      if (!world.isAmnesic) mustHaveImages(host, needs.images);
    }
    this.#mustBeAbleToGoBack(needs.images);
  }

  #mustHaveNetworks({ id, engine }: SimHost): void {
    const inUse = new Set(
      this.#scene.ours
        .filter(({ host }) => host.id === id)
        .flatMap(({ container }) => [...container.endpoints.keys(), ...networksOf(container)]),
    );
    const there = [...engine.machine.networks.values()]
      .filter(({ observed }) => isOurs(observed.labels, 'network'))
      .map(({ observed }) => observed.name);
    const useless = there.find((name) => !inUse.has(name));
    if (useless !== undefined)
      throw new Violation('I12', `${id} has a network ${useless}, in which nothing is`);
    if (new Set(there).size < there.length)
      throw new Violation('I1', `${id} has several networks of one name: ${there.join(', ')}`);
  }

  /** Images of runs that succeeded are still on some host. */
  #mustBeAbleToGoBack(images: ReadonlySet<string>): void {
    const { hosts, disk } = this.#scene.world;
    if (this.#scene.world.isAmnesic) return;
    const pulled = new Set([...disk.rows.keys()].filter((key) => key.startsWith('pulled/')));
    for (const key of pulled) {
      const [, name = ''] = key.split('/');
      const image = key.slice(`pulled/${name}/`.length);
      const host = hasBeenOut(this.#scene.world, name) ? undefined : hosts.get(name);
      if (images.has(image) && host !== undefined && !hasImage(host, image))
        throw new Violation('I12', `${image} is needed and gone from ${name}`);
    }
  }
}

function mustHaveConfigs({ id, engine }: SimHost, needed: ReadonlySet<string>): void {
  for (const { observed } of engine.machine.volumes.values())
    if (isOurs(observed.labels, 'config') && !needed.has(observed.name))
      throw new Violation('I12', `${observed.name} is on ${id}, and nothing mounts it`);
}

function mustHaveImages({ id, engine }: SimHost, needed: ReadonlySet<string>): void {
  for (const { digests, tags } of engine.machine.images.values())
    if (tags.length === 0 && !digests.some((digest) => needed.has(digest)))
      throw new Violation('I12', `image ${digests.join(' ')} is on ${id}, and no revision needs it`);
}

function mustHaveWhatIsTheirs({ id, engine, theirs }: SimHost): void {
  const { containers, networks, volumes } = engine.machine;
  for (const object of theirs) {
    const isThere = containers.has(object) || networks.has(object) || volumes.has(object);
    if (!isThere) throw new Violation('I3', `${object} on ${id} was somebody else's and is gone`);
  }
}
