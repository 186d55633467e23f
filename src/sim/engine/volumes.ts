// What a simulated engine does with volumes.

import type { ConfigFile } from '../../desired/desired.ts';
import { ok } from '../../kernel/result.ts';
import type { ObservedVolume } from '../../observed/report.ts';
import { type Answer, diskFull, noSuchContainer, refuse } from './answer.ts';
import type { SimContainer } from './container.ts';
import type { Machine } from './machine.ts';
import type { SimVolume } from './volume.ts';

type Labels = Readonly<Record<string, string>>;

function add(machine: Machine, name: string, labels: Labels): SimVolume {
  machine.incarnations += 1;
  const volume: SimVolume = {
    observed: { name, labels },
    incarnation: machine.incarnations,
    createdAt: machine.now(),
    files: new Map(),
    data: null,
    rules: null,
    rulesBefore: null,
  };
  machine.volumes.set(name, volume);
  machine.observedVolumes.drop();
  machine.changed();
  machine.tell('volume', 'create', name);
  return volume;
}

/** Answers with the volume of that name, whoever made it and with whatever labels. */
export function createVolume(machine: Machine, name: string, labels: Labels): Answer<ObservedVolume> {
  const present = machine.volumes.get(name);
  if (present !== undefined) return ok(present.observed);
  if (machine.isDiskFull) return diskFull(`create ${name}: mkdir /var/lib/docker/volumes/${name}`);
  return ok(add(machine, name, labels).observed);
}

/** What a container mounts and nobody has made the engine makes, without labels. */
export function ensureVolumes(machine: Machine, names: readonly string[]): void {
  for (const name of names) if (!machine.volumes.has(name)) add(machine, name, {});
}

export function removeVolume(machine: Machine, name: string): Answer<void> {
  if (!machine.volumes.has(name)) return refuse('engine/not-found', `get ${name}: no such volume`);
  for (const { id, made } of machine.containers.values()) {
    if (!made.mounts.some(({ volume }) => volume === name)) continue;
    return refuse('engine/conflict', `remove ${name}: volume is in use - [${id}]`);
  }
  machine.volumes.delete(name);
  machine.observedVolumes.drop();
  machine.changed();
  machine.tell('volume', 'destroy', name);
  return ok(undefined);
}

/** A container that may write into a volume does so as soon as it runs. */
export function writeData(machine: Machine, container: SimContainer): void {
  for (const { volume: name, readOnly } of container.made.mounts) {
    const volume = machine.volumes.get(name);
    if (readOnly || volume === undefined) continue;
    const at = machine.now();
    const born = volume.data ?? { bornBy: container.name, bornAt: at };
    volume.data = { ...born, lastWriter: container.name, lastWrittenAt: at };
  }
}

/** Unpacks files into the first volume of a container. On a full disk only some of them arrive. */
export function putArchive(machine: Machine, id: string, archive: readonly ConfigFile[]): Answer<void> {
  const container = machine.find(id);
  const mount = container?.made.mounts[0];
  const volume = mount === undefined ? undefined : machine.volumes.get(mount.volume);
  if (volume === undefined) return noSuchContainer(id);
  const written = machine.isDiskFull ? archive.slice(0, Math.floor(archive.length / 2)) : archive;
  const files = new Map(volume.files);
  for (const { path, contentBase64, mode } of written) files.set(path, { contentBase64, mode });
  volume.files = files;
  machine.changed();
  return machine.isDiskFull ? diskFull('Error processing tar file(exit status 1)') : ok(undefined);
}
