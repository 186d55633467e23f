// Turns folders by tree id into the flat list of a source's files, and remembers the folders of the last
// tree, so that the next one only has to name those that it lacks.

import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { TreeFile } from '../../ports/git.ts';
import type { FolderEntry, Folders } from './messages.ts';

export class Listing {
  readonly #maxFiles: number;
  #folders: Folders = new Map();
  #last: { readonly tree: string; readonly files: readonly TreeFile[] } | null = null;

  constructor(maxFiles: number) {
    this.#maxFiles = maxFiles;
  }

  /** Trees that are known with everything below them. */
  known(): string[] {
    return [...this.#folders.keys()];
  }

  /** The files below `tree`; `news` holds what `known` did not. Throws `source/limit`. */
  files(tree: string, news: Folders): readonly TreeFile[] {
    if (this.#last?.tree === tree) return this.#last.files;
    const reached = new Map<string, readonly FolderEntry[]>();
    const files: TreeFile[] = [];
    const waiting = [{ oid: tree, prefix: '' }];
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      const entries = news.get(place.oid) ?? this.#folders.get(place.oid) ?? [];
      reached.set(place.oid, entries);
      for (const { kind, name, oid } of entries) {
        const path = `${place.prefix}${name}`;
        if (kind === 'folder') waiting.push({ oid, prefix: `${path}/` });
        else files.push({ path, blob: oid, sizeBytes: null });
      }
      // One folder can stand at many places: the bound is on what comes out, folders included.
      if (files.length + waiting.length > this.#maxFiles) {
        throw new PlimsollError(
          problem('source/limit', `the path of the source has more than ${this.#maxFiles} files`),
        );
      }
    }
    files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    this.#folders = reached;
    this.#last = { tree, files };
    return files;
  }
}
