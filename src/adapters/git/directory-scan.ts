// Lists a plain directory the way a commit would list it: the same rules for names and links, the same
// ids for contents. What editors and package managers leave around is not part of it.

import { createHash } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PlimsollError, problem } from '../../kernel/errors.ts';
import { MAX_OBJECT_BYTES } from './delta.ts';
import { errorCode } from './failure.ts';
import { printable } from './text.ts';
import { unsafeName } from './tree-names.ts';

export interface ScannedFile {
  readonly path: string;
  /** Git's id of the content. Of a file larger than any that is read: of its size and time. */
  readonly blob: string;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

/** Ids of contents that need not be read again, by path; `stamp` changes with every write. */
export type KnownContents = Map<string, { readonly stamp: string; readonly file: ScannedFile }>;

export interface ScanLimits {
  readonly maxFiles: number;
  readonly deadlineMs: number;
}

const IGNORED = new Set(['.git', 'node_modules']);
/** Lock files, backups and swap files of Emacs and Vim, and what they write to try a folder. */
const EDITOR_LEFTOVER = /^\.#|^#.*#$|~$|^\..*\.sw[a-z]$|^4913$/;

export const isIgnored = (name: string): boolean => IGNORED.has(name) || EDITOR_LEFTOVER.test(name);

/** All files below `root`, sorted by path. Throws a PlimsollError; `known` is read and brought up to date. */
export async function scanDirectory(
  root: string,
  known: KnownContents,
  limits: ScanLimits,
): Promise<readonly ScannedFile[]> {
  const endAtMs = performance.now() + limits.deadlineMs;
  const files: ScannedFile[] = [];
  const waiting = [''];
  for (let prefix = waiting.pop(); prefix !== undefined; prefix = waiting.pop()) {
    for (const entry of await list(root, prefix)) {
      if (isIgnored(entry.name)) continue;
      const path = `${prefix}${entry.name}`;
      refuseUnsafe(entry, path);
      if (entry.isDirectory()) waiting.push(`${path}/`);
      else files.push(await scanFile(root, path, known));
      if (files.length + waiting.length > limits.maxFiles) {
        throw new PlimsollError(
          problem('source/limit', `${printable(root)} has more than ${limits.maxFiles} files`, {
            hint: 'Name the directory that holds the manifests.',
          }),
        );
      }
      if (performance.now() > endAtMs) {
        const what = `${printable(root)} could not be read within ${limits.deadlineMs} ms`;
        throw new PlimsollError(problem('source/unreachable', what));
      }
    }
  }
  const seen = new Set(files.map((file) => file.path));
  for (const path of known.keys()) if (!seen.has(path)) known.delete(path);
  return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

async function list(root: string, prefix: string): Promise<Dirent[]> {
  try {
    return await readdir(join(root, prefix), { withFileTypes: true });
  } catch (thrown) {
    // A folder below that went away between two steps is no longer part of the directory.
    if (prefix !== '' && errorCode(thrown) === 'ENOENT') return [];
    const why = errorCode(thrown) === 'ENOENT' ? 'does not exist' : `cannot be read (${errorCode(thrown)})`;
    throw new PlimsollError(problem('source/not-found', `${printable(join(root, prefix))} ${why}`));
  }
}

function refuseUnsafe(entry: Dirent, path: string): void {
  const unreadable = entry.name.includes('\uFFFD') ? 'a name that is not valid UTF-8' : null;
  const kind = entry.isFile() || entry.isDirectory() ? null : 'something that is neither file nor folder';
  const why = unreadable ?? unsafeName(entry.name) ?? (entry.isSymbolicLink() ? 'a symbolic link' : kind);
  if (why === null) return;
  throw new PlimsollError(
    problem('source/unsafe-tree', `the directory contains ${why}: ${printable(path)}`, {
      hint: 'Remove symbolic links and unusual names from the directory.',
    }),
  );
}

async function scanFile(root: string, path: string, known: KnownContents): Promise<ScannedFile> {
  return withFile(root, path, async (handle) => {
    const stats = await handle.stat({ bigint: true });
    const stamp = [stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(' ');
    const before = known.get(path);
    if (before?.stamp === stamp) return before.file;
    const sizeBytes = Number(stats.size);
    const blob =
      sizeBytes > MAX_OBJECT_BYTES
        ? createHash('sha1').update(`too large ${stamp}`).digest('hex')
        : blobId(await handle.readFile());
    const file = { path, blob, sizeBytes, modifiedAtMs: Number(stats.mtimeMs) };
    known.set(path, { stamp, file });
    return file;
  });
}

/** The content of a file; throws where it is gone or became something else. */
export function readScanned(root: string, path: string): Promise<Uint8Array> {
  return withFile(root, path, async (handle) => new Uint8Array(await handle.readFile()));
}

type FileHandle = Awaited<ReturnType<typeof open>>;

async function withFile<T>(root: string, path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    // A link or pipe that took the file's place since the listing is not followed and not waited for.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    handle = await open(join(root, path), flags);
  } catch (thrown) {
    throw new PlimsollError(
      errorCode(thrown) === 'EACCES'
        ? problem('source/not-found', `${printable(path)} cannot be read (EACCES)`)
        : problem('source/interrupted', `${printable(path)} changed while it was read`),
    );
  }
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

/** Git's id of a file with this content. */
export function blobId(content: Uint8Array): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}
