// Volumes, and how files get into one by the engine's API alone: a container that is never started mounts
// it, and an archive is unpacked into that container.

import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { ConfigFile } from '../../desired/desired.ts';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import { invariant } from '../../kernel/invariant.ts';
import type { ObservedVolume } from '../../observed/report.ts';
import { readContainer, removeContainer } from './containers.ts';
import type { Engine } from './engine.ts';
import { Created, ListedVolume, ListedVolumes } from './engine-answers.ts';
import { inOrder, observeVolume } from './observe-list.ts';
import { failedWith } from './session.ts';

type Labels = Readonly<Record<string, string>>;

const MOUNT_POINT = '/plimsoll-fill';

export async function listVolumes(engine: Engine): Promise<ObservedVolume[]> {
  const attempt = 'cannot list volumes';
  const listed = await engine.read({ method: 'GET', path: '/volumes', attempt }, ListedVolumes);
  return inOrder(listed.Volumes.map(observeVolume), ({ name }) => name);
}

export async function createVolume(engine: Engine, name: string, labels: Labels): Promise<ObservedVolume> {
  const body = { Name: name, Driver: 'local', Labels: labels };
  const attempt = `cannot create volume ${name}`;
  return observeVolume(
    await engine.read({ method: 'POST', path: '/volumes/create', body, attempt }, ListedVolume),
  );
}

export function removeVolume(engine: Engine, name: string): Promise<void> {
  return engine.send({
    method: 'DELETE',
    path: `/volumes/${encodeURIComponent(name)}`,
    attempt: `cannot remove volume ${name}`,
    alsoFine: [404],
  });
}

/** The same name each time, so that what a crash left behind is found and removed. */
export const fillerName = (volume: string): string => `${volume}.fill`;

/** `a/b/c.txt` → `a/`, `a/b/`. */
function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, depth) => `${parts.slice(0, depth + 1).join('/')}/`);
}

/** The files, and the directories they need, as a tar archive owned by root. */
export async function archiveOf(files: readonly ConfigFile[]): Promise<Buffer> {
  const archive = pack();
  const owner = { uid: 0, gid: 0, mtime: new Date(0) };
  for (const name of new Set(files.flatMap(({ path }) => parentsOf(path)))) {
    archive.entry({ ...owner, name, type: 'directory', mode: 0o755 });
  }
  for (const { path, mode, contentBase64 } of files) {
    invariant(!path.startsWith('/') && !path.split('/').includes('..'), `${path} stays inside the volume`);
    archive.entry({ ...owner, name: path, mode }, Buffer.from(contentBase64, 'base64'));
  }
  archive.finalize();
  return buffer(archive);
}

async function createFiller(engine: Engine, volume: string, image: string, labels: Labels): Promise<string> {
  const created = await engine.read(
    {
      method: 'POST',
      path: '/containers/create',
      query: { name: fillerName(volume) },
      body: {
        Image: image,
        Labels: labels,
        // It is never started, but an image without a command of its own could not be created from.
        Entrypoint: ['/plimsoll-never-started'],
        NetworkDisabled: true,
        HostConfig: {
          NetworkMode: 'none',
          Mounts: [{ Type: 'volume', Source: volume, Target: MOUNT_POINT, VolumeOptions: { NoCopy: true } }],
        },
      },
      attempt: `cannot fill volume ${volume}`,
    },
    Created,
  );
  return created.Id;
}

/** Removes the filling container if it is there; one of somebody else that has the name stays. */
export async function removeFiller(engine: Engine, volume: string, labels: Labels): Promise<void> {
  const name = fillerName(volume);
  const leftover = await readContainer(engine, name);
  if (leftover === null) return;
  const isOurs = Object.entries(labels).every(([key, value]) => leftover.Config.Labels[key] === value);
  if (!isOurs) {
    throw new PlimsollError(
      problem(
        'engine/foreign',
        `cannot fill volume ${volume}: a container of somebody else is named ${name}`,
      ),
    );
  }
  await removeContainer(engine, leftover.Id);
}

/** Creates the filling container, past the leftover of an earlier attempt. Returns its id. `mustGoOn` may throw. */
export async function prepareFiller(
  engine: Engine,
  volume: string,
  image: string,
  labels: Labels,
  mustGoOn: () => void,
): Promise<string> {
  try {
    return await createFiller(engine, volume, image, labels);
  } catch (error) {
    if (!failedWith(error, 'engine/conflict')) throw error;
    mustGoOn();
    await removeFiller(engine, volume, labels);
    mustGoOn();
    return createFiller(engine, volume, image, labels);
  }
}

/** Writes the files into the volume that the filling container mounts. */
export function uploadFiles(engine: Engine, volume: string, filler: string, archive: Buffer): Promise<void> {
  return engine.send({
    method: 'PUT',
    path: `/containers/${encodeURIComponent(filler)}/archive`,
    query: { path: MOUNT_POINT },
    archive,
    attempt: `cannot fill volume ${volume}`,
  });
}
