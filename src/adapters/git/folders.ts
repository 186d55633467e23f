// Walks the trees of a commit below a path. Trees that the asker knows are not opened again, so a commit
// costs what it changed.

import { PlimsollError, problem } from '../../kernel/errors.ts';
import type { RawTreeEntry } from './commit.ts';
import type { FolderEntry, TreeAnswer, TreeAsk } from './messages.ts';
import type { ObjectDatabase } from './objects.ts';
import { printable } from './text.ts';
import { unsafeEntry } from './tree-names.ts';

const MAX_DEPTH = 64;

interface Place {
  readonly oid: string;
  readonly path: readonly string[];
}

/**
 * The folders below `ask.path` that are not in `ask.known`. `source/not-found` where the commit does not
 * exist, `source/path` where it has no such folder, `source/unsafe-tree` with the path of the first entry that is refused.
 */
export function readFolders(database: ObjectDatabase, ask: TreeAsk): TreeAnswer {
  const commit = database.peel(ask.commit);
  if (commit === null) {
    const code = ask.mustExist ? 'source/corrupt' : 'source/not-found';
    throw new PlimsollError(problem(code, `commit ${ask.commit} is not in the repository`));
  }
  const root = descend(database, commit.tree, ask.path);
  const known = new Set(ask.known);
  const folders = new Map<string, readonly FolderEntry[]>();
  const waiting: Place[] = [{ oid: root, path: [] }];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    const { oid, path } = place;
    if (known.has(oid) || folders.has(oid)) continue;
    if (path.length > MAX_DEPTH) {
      throw new PlimsollError(problem('source/limit', `the tree is deeper than ${MAX_DEPTH} folders`));
    }
    const entries = readFolder(database.tree(oid), [...ask.path, ...path]);
    folders.set(oid, entries);
    for (const entry of entries) {
      if (entry.kind === 'folder') waiting.push({ oid: entry.oid, path: [...path, entry.name] });
    }
  }
  return { head: commit.head, tree: root, folders };
}

function descend(database: ObjectDatabase, root: string, path: readonly string[]): string {
  let oid = root;
  for (const [depth, component] of path.entries()) {
    const entry = database.tree(oid).find(({ name }) => name === component);
    if (entry === undefined || !isFolder(entry)) {
      const where = path.slice(0, depth + 1).join('/');
      const why = entry === undefined ? 'does not exist' : 'is not a folder';
      throw new PlimsollError(problem('source/path', `the path ${printable(where)} ${why} in the commit`));
    }
    oid = entry.oid;
  }
  return oid;
}

const isFolder = ({ mode }: RawTreeEntry): boolean => mode === '40000' || mode === '040000';

function readFolder(entries: readonly RawTreeEntry[], path: readonly string[]): readonly FolderEntry[] {
  const names = new Set<string>();
  return entries.map((entry) => {
    const { mode, oid } = entry;
    const why =
      unsafeEntry(mode, entry.name) ?? (names.has(entry.name ?? '') ? 'two entries of one name' : null);
    // What is not UTF-8 has no path to show but that of its folder.
    const name = entry.name ?? '(unreadable name)';
    if (why !== null) {
      const where = printable([...path, name].join('/'));
      throw new PlimsollError(problem('source/unsafe-tree', `the tree contains ${why}: ${where}`));
    }
    names.add(name);
    return { name, oid, kind: isFolder(entry) ? 'folder' : 'file' };
  });
}
