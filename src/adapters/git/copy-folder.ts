// The copy of a remote repository on disk. Each full clone gets a folder of its own; a pointer file, put in
// place by a rename, says which one counts. What a crash leaves behind is never pointed at, and is removed
// by the next sync.

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './failure.ts';

const POINTER = 'current.json';
const GENERATION = /^copy-(\d+)$/;

export class CopyFolder {
  readonly #folder: string;
  readonly #origin: string;

  /** `origin` is the address that the copy is of: a copy of another one is not used. */
  constructor(folder: string, origin: string) {
    this.#folder = folder;
    this.#origin = origin;
  }

  /** The Git folder of the copy in force, or null. */
  async current(): Promise<string | null> {
    const name = await this.#pointed();
    return name === null ? null : join(this.#folder, name);
  }

  /** A new empty folder for a clone. Everything else that is not in force goes. */
  async begin(): Promise<string> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const generations = await this.#generations();
    await this.#removeAllBut(await this.#pointed());
    const last = Math.max(0, ...generations.map((name) => Number(GENERATION.exec(name)?.[1])));
    const created = join(this.#folder, `copy-${last + 1}`);
    await mkdir(created);
    return created;
  }

  /** Puts a folder from `begin` in force and removes the one before. */
  async adopt(generation: string): Promise<void> {
    const name = generation.slice(this.#folder.length + 1);
    const draft = join(this.#folder, `${POINTER}.new`);
    await writeFile(draft, JSON.stringify({ origin: this.#origin, generation: name }), { mode: 0o600 });
    await rename(draft, join(this.#folder, POINTER));
    await this.#removeAllBut(name);
  }

  /** Removes a folder from `begin` that turned out to be of no use. */
  async abandon(generation: string): Promise<void> {
    await rm(generation, { recursive: true, force: true });
  }

  async #pointed(): Promise<string | null> {
    try {
      const pointer: unknown = JSON.parse(await readFile(join(this.#folder, POINTER), 'utf8'));
      if (typeof pointer !== 'object' || pointer === null) return null;
      if (!('generation' in pointer) || !('origin' in pointer)) return null;
      const { generation, origin } = pointer;
      const usable = typeof generation === 'string' && GENERATION.test(generation) && origin === this.#origin;
      return usable ? generation : null;
    } catch (thrown) {
      // A pointer that is missing or cut off means: there is no copy.
      if (thrown instanceof SyntaxError || errorCode(thrown) === 'ENOENT') return null;
      throw thrown;
    }
  }

  async #generations(): Promise<string[]> {
    return (await readdir(this.#folder)).filter((name) => GENERATION.test(name));
  }

  async #removeAllBut(kept: string | null): Promise<void> {
    for (const name of await this.#generations()) {
      if (name !== kept) await rm(join(this.#folder, name), { recursive: true, force: true });
    }
  }
}

/** Packs in a repository; each incremental fetch leaves one. */
export async function countPacks(gitdir: string): Promise<number> {
  return (await packFiles(gitdir)).filter((name) => name.endsWith('.idx')).length;
}

/** Removes packs that have no index, as a crash leaves them; gives the names of the files that stay. */
export async function removeUnfinished(gitdir: string): Promise<readonly string[]> {
  const names = await packFiles(gitdir);
  const finished = names.filter((name) => names.includes(name.replace(/\.pack$/, '.idx')));
  await removeOthers(gitdir, finished);
  return finished;
}

/** Removes all files among the packs but `kept`: what a fetch that failed has begun to write. */
export async function removeOthers(gitdir: string, kept: readonly string[]): Promise<void> {
  for (const name of await packFiles(gitdir)) {
    if (!kept.includes(name)) await rm(join(gitdir, 'objects', 'pack', name), { force: true });
  }
}

async function packFiles(gitdir: string): Promise<string[]> {
  try {
    return await readdir(join(gitdir, 'objects', 'pack'));
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}
