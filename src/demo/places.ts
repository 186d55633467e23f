// Where the demo keeps what it makes. Everything lies below one directory, so that whoever wants to be rid
// of it knows what to remove.

import { createHash } from 'node:crypto';

import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The checkout that this file lies in. */
export const PROJECT = path.resolve(import.meta.dirname, '../..');

/** A socket's path may have 107 characters on Linux and 103 on macOS; the longest of ours below the directory. */
const MAX_SOCKET_DIRECTORY = 103 - '/containerd/containerd-debug.sock.ttrpc'.length;

export interface Places {
  readonly directory: string;
  /** The repository that the controller follows. */
  readonly repository: string;
  /** The visitor's clone of it. */
  readonly clone: string;
  readonly config: string;
  readonly data: string;
  readonly controllerLog: string;
  readonly controllerPid: string;
  /** The private engine. */
  readonly engine: string;
  /** For sockets, hence with a short path; elsewhere than in `directory` where that is too long. */
  readonly run: string;
  readonly controllerSocket: string;
  /** Held by the demo that uses the directory. */
  readonly lock: string;
}

export const shortHash = (text: string): string =>
  createHash('sha256').update(text).digest('hex').slice(0, 8);

export function placesIn(directory: string): Places {
  const own = path.join(directory, 'run');
  const run =
    own.length <= MAX_SOCKET_DIRECTORY ? own : path.join(tmpdir(), `plimsoll-demo-${shortHash(directory)}`);
  return {
    directory,
    repository: path.join(directory, 'fleet.git'),
    clone: path.join(directory, 'fleet'),
    config: path.join(directory, 'plimsoll.yaml'),
    data: path.join(directory, 'data'),
    controllerLog: path.join(directory, 'controller.log'),
    controllerPid: path.join(directory, 'controller.pid'),
    engine: path.join(directory, 'engine'),
    run,
    controllerSocket: path.join(run, 'plimsoll.sock'),
    lock: path.join(directory, 'demo.pid'),
  };
}

export const defaultDirectory = path.join(PROJECT, '.cache', 'demo');

/**
 * Removes what an earlier demo left, except the private engine, which has to be asked first. `claim` is
 * called when there is a directory to claim and before anything is removed.
 */
export async function startAfresh(places: Places, claim: () => void): Promise<void> {
  // Others must not read the controller's store or push into the repository.
  await mkdir(places.directory, { recursive: true, mode: 0o700 });
  claim();
  // The log of an earlier controller may still be wanted; the next controller writes over it.
  const { repository, clone, config, data } = places;
  for (const old of [repository, clone, config, data]) await rm(old, { recursive: true, force: true });
  await mkdir(places.run, { recursive: true, mode: 0o700 });
}

/** For messages: relative to the working directory where that is shorter. */
export function shown(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.length < file.length && !relative.startsWith('..') ? relative : file;
}
