// What a simulated engine does with the images that it has. The rules for removal are Docker's: names go
// one by one, and an image that a container uses stays.

import { ok } from '../../kernel/result.ts';
import { type Answer, refuse } from './answer.ts';
import { imageName, repositoryOf, type SimImage } from './image.ts';
import type { Machine } from './machine.ts';
import type { RegistryImage } from './registry-view.ts';

interface FoundName {
  readonly image: SimImage;
  /** As the image has it; null where it was asked for by its id. */
  readonly name: string | null;
}

/** By id, by tag or by digest. */
function findName(machine: Machine, reference: string): FoundName | null {
  const byId = machine.images.get(reference);
  if (byId !== undefined) return { image: byId, name: null };
  const name = imageName(reference);
  if (name === null) return null;
  const { tag, digest, repository } = name;
  const wanted = tag ?? `${repository}@${digest}`;
  for (const image of machine.images.values())
    if (image.tags.includes(wanted) || image.digests.includes(wanted)) return { image, name: wanted };
  return null;
}

export const findImage = (machine: Machine, reference: string): SimImage | null =>
  findName(machine, reference)?.image ?? null;

/** Names an image that has been pulled or loaded; a tag that another one had is that one's no more. */
export function addImage(machine: Machine, made: RegistryImage, references: readonly string[]): void {
  let image = machine.images.get(made.id);
  if (image === undefined) {
    image = { id: made.id, made, createdAt: machine.now(), tags: [], digests: [] };
    machine.images.set(made.id, image);
  }
  for (const { digest } of made.layers) machine.layers.add(digest);
  for (const reference of references) {
    const name = imageName(reference);
    if (name === null) continue;
    const digest = `${name.repository}@${made.digest}`;
    if (!image.digests.includes(digest)) image.digests = [...image.digests, digest];
    if (name.tag !== null) moveTag(machine, name.tag, image);
  }
  machine.observedImages.drop();
  machine.changed();
}

function moveTag(machine: Machine, tag: string, image: SimImage): void {
  for (const other of machine.images.values())
    if (other !== image && other.tags.includes(tag)) other.tags = other.tags.filter((name) => name !== tag);
  if (!image.tags.includes(tag)) image.tags = [...image.tags, tag];
}

/** All names are of one repository, and at most one of them is a tag. */
function isSingle({ tags, digests }: SimImage): boolean {
  const names = [...tags, ...digests];
  return names.length > 0 && tags.length <= 1 && new Set(names.map(repositoryOf)).size === 1;
}

function userOf(machine: Machine, image: SimImage): string | null {
  for (const { made, id, isUp } of machine.containers.values())
    if (made.image.id === image.id) return `${isUp ? 'running' : 'stopped'} container ${id.slice(0, 12)}`;
  return null;
}

function drop(machine: Machine, image: SimImage): Answer<void> {
  machine.images.delete(image.id);
  const left = [...machine.images.values()].flatMap(({ made }) => made.layers);
  for (const { digest } of image.made.layers)
    if (!left.some((layer) => layer.digest === digest)) machine.layers.delete(digest);
  machine.observedImages.drop();
  machine.changed();
  machine.tell('image', 'delete', image.id);
  return ok(undefined);
}

function untag(machine: Machine, image: SimImage, name: string): void {
  image.tags = image.tags.filter((tag) => tag !== name);
  image.digests = image.digests.filter((digest) => digest !== name);
  const repository = repositoryOf(name);
  // The last tag of a repository takes the digests of it along.
  const wasLastTag = !name.includes('@') && !image.tags.some((tag) => repositoryOf(tag) === repository);
  if (wasLastTag) image.digests = image.digests.filter((digest) => repositoryOf(digest) !== repository);
  machine.observedImages.drop();
  machine.changed();
  machine.tell('image', 'untag', image.id);
}

/** By id only where it has one name (a tag and its digest count as one), otherwise name by name. */
export function removeImage(machine: Machine, reference: string): Answer<void> {
  const found = findName(machine, reference);
  if (found === null) return refuse('engine/not-found', `No such image: ${reference}`);
  const { image, name } = found;
  const user = userOf(machine, image);
  if (name === null) {
    if (user !== null)
      return refuse('engine/conflict', `unable to delete ${image.id}: image is being used by ${user}`);
    if (image.tags.length + image.digests.length > 0 && !isSingle(image)) {
      const words = `unable to delete ${image.id} (must be forced) - image is referenced in multiple repositories`;
      return refuse('engine/conflict', words);
    }
    return drop(machine, image);
  }
  if (user !== null && isSingle(image)) {
    const words = `unable to remove repository reference "${reference}" (must force) - ${user} is using its image`;
    return refuse('engine/conflict', words);
  }
  untag(machine, image, name);
  return image.tags.length + image.digests.length > 0 ? ok(undefined) : drop(machine, image);
}
