// The trees and blobs of a simulated repository: which files a commit has below a path, under ids that are
// equal where the content is.

import { sha256 } from '../../kernel/canonical.ts';
import { type Problem, problem } from '../../kernel/errors.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { TreeFile } from '../../ports/git.ts';

export interface SimTree {
  readonly id: string;
  readonly files: readonly TreeFile[];
}

const ID_DIGITS = 40;
const encoder = new TextEncoder();

const idOf = (content: string): string => sha256(content).slice(0, ID_DIGITS);

export class SimTrees {
  readonly #blobs = new Map<string, Uint8Array>();
  readonly #idsOfContents = new Map<string, string>();

  /** The files below a path; `source/path` where there is no such folder, `source/unsafe-tree` for links. */
  list(
    files: ReadonlyMap<string, string>,
    links: ReadonlySet<string>,
    path: readonly string[],
  ): Result<SimTree, Problem> {
    const wrong = missingFolder(files, path);
    if (wrong !== null) return err(problem('source/path', `the path ${wrong} in the commit`));
    const prefix = path.map((component) => `${component}/`).join('');
    const link = [...links].find((name) => name.startsWith(prefix));
    if (link !== undefined)
      return err(problem('source/unsafe-tree', `the tree contains a symbolic link: ${link}`));
    const listed = [...files]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, content]) => ({
        path: name.slice(prefix.length),
        blob: this.blob(content),
        sizeBytes: null,
      }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
    return ok({ id: idOf(listed.map((file) => `${file.path} ${file.blob}`).join('\n')), files: listed });
  }

  /** The id of a content, which can be read by it from now on. */
  blob(content: string): string {
    const known = this.#idsOfContents.get(content);
    if (known !== undefined) return known;
    const id = idOf(content);
    this.#idsOfContents.set(content, id);
    this.#blobs.set(id, encoder.encode(content));
    return id;
  }

  bytes(blob: string): Uint8Array | null {
    return this.#blobs.get(blob) ?? null;
  }
}

/** Which part of a path is no folder, and why; null where all are. A commit without files has its root. */
function missingFolder(files: ReadonlyMap<string, string>, path: readonly string[]): string | null {
  for (const depth of path.keys()) {
    const folder = path.slice(0, depth + 1).join('/');
    if (files.has(folder)) return `${folder} is not a folder`;
    if (![...files.keys()].some((name) => name.startsWith(`${folder}/`))) return `${folder} does not exist`;
  }
  return null;
}
