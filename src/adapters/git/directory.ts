// A plain directory as a source, for `plan DIR`, `apply DIR` and `dev DIR`: what is on disk now, saved but
// perhaps not committed. Where it is exactly what HEAD has there, it carries that commit's id, so that a
// plan made here and one made by the controller name the same commit.

import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { PlimsollError, type Problem, problem, toProblem } from '../../kernel/errors.ts';
import { CommitSha } from '../../kernel/ids.ts';
import { formatBytes } from '../../kernel/quantity.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { instant } from '../../kernel/time.ts';
import type { GitHead, GitRemote, SourceTree } from '../../ports/git.ts';
import {
  blobId,
  type KnownContents,
  readScanned,
  type ScannedFile,
  scanDirectory,
} from './directory-scan.ts';
import { errorCode } from './failure.ts';
import { type GitWorker, sharedGitWorker } from './git-worker.ts';
import { Listing } from './listing.ts';
import { enclosingWorkTree, locateRepository, readHead } from './local-repository.ts';
import { printable } from './text.ts';

export interface DirectoryOptions {
  /** Largest file that is read; 1 MiB unless told otherwise. */
  readonly maxBlobBytes?: number;
  /** Most files; 50,000 unless told otherwise. */
  readonly maxFiles?: number;
}

const READ_DEADLINE_MS = 60_000;

/**
 * Opens nothing yet. `fetch` takes the state of the directory; `tree` and `read` answer for that state
 * alone. Its states have no ancestry: `isAncestor` is always true.
 */
export function openDirectory(
  directory: string,
  options: DirectoryOptions = {},
  worker: GitWorker = sharedGitWorker,
): GitRemote {
  const maxBlobBytes = options.maxBlobBytes ?? 1024 * 1024;
  const maxFiles = options.maxFiles ?? 50_000;
  const known: KnownContents = new Map();
  let state: {
    readonly root: string;
    readonly files: readonly ScannedFile[];
    readonly tree: SourceTree;
  } | null = null;

  return {
    fetch: ({ deadlineMs }) =>
      asResult(async () => {
        const root = await rootOf(directory);
        const files = await scanDirectory(root, known, { maxFiles, deadlineMs });
        const id = contentId(files);
        // The same content may have been committed since the last look.
        const head = (await committedHead(root, files, maxFiles, worker)) ?? uncommitted(root, id, files);
        state = { root, files, tree: { head, tree: id, files: files.map(asTreeFile) } };
        return state.tree.head;
      }),

    tree: (commit) =>
      asResult(async () => {
        if (state?.tree.head.commit === commit) return state.tree;
        throw new PlimsollError(problem('source/not-found', `${directory} is no longer in state ${commit}`));
      }),

    read: (blobs) =>
      asResult(async () => {
        const files = new Map(state?.files.map((file) => [file.blob, file]));
        const contents = new Map<string, Uint8Array>();
        for (const blob of blobs) {
          const file = files.get(blob);
          if (state === null || file === undefined) {
            throw new PlimsollError(problem('source/not-found', `${directory} has no blob ${blob}`));
          }
          contents.set(blob, await readUnchanged(state.root, file, maxBlobBytes));
        }
        return contents;
      }),

    isAncestor: async () => ok(true),
    close: async () => {},
  };
}

async function rootOf(directory: string): Promise<string> {
  try {
    const root = await realpath(resolve(directory));
    if ((await stat(root)).isDirectory()) return root;
    const hint = `Name the directory that it lies in: \`${printable(dirname(directory))}\`.`;
    const message = `${printable(directory)} is a file; manifests are read together, by their directory`;
    throw new PlimsollError(problem('source/not-found', message, { hint }));
  } catch (thrown) {
    if (thrown instanceof PlimsollError) throw thrown;
    const why = errorCode(thrown) === 'ENOENT' ? 'does not exist' : `cannot be read (${errorCode(thrown)})`;
    throw new PlimsollError(
      problem('source/not-found', `the directory ${printable(directory)} ${why}`, {
        hint: 'Name the directory that holds the manifests.',
      }),
    );
  }
}

async function readUnchanged(root: string, file: ScannedFile, maxBlobBytes: number): Promise<Uint8Array> {
  if (file.sizeBytes > maxBlobBytes) {
    const sizes = `${formatBytes(file.sizeBytes)}; the limit is ${formatBytes(maxBlobBytes)}`;
    throw new PlimsollError(problem('source/limit', `${printable(file.path)} has ${sizes}`));
  }
  const content = await readScanned(root, file.path);
  if (blobId(content) === file.blob) return content;
  throw new PlimsollError(problem('source/interrupted', `${printable(file.path)} changed while it was read`));
}

/** HEAD's commit, if the directory lies in a work tree and holds exactly what HEAD has there. */
async function committedHead(
  root: string,
  files: readonly ScannedFile[],
  maxFiles: number,
  worker: GitWorker,
): Promise<GitHead | null> {
  const workTree = await enclosingWorkTree(root);
  if (workTree === null) return null;
  const located = await locateRepository(workTree);
  if (!located.ok) return null;
  const commit = await readHead(located.value);
  if (commit === null) return null;
  const path = relative(workTree, root).split('/').filter(Boolean);
  const store = { kind: 'in-place', gitdir: located.value.commonDir } as const;
  const ask = { store, commit, path, mustExist: true, known: [] };
  const answer = await worker.tree(ask, READ_DEADLINE_MS);
  if (!answer.ok) return null;
  const { head, tree, folders } = answer.value;
  const committed = new Listing(maxFiles).files(tree, folders);
  const isSame =
    committed.length === files.length &&
    committed.every(({ path: at, blob }, index) => files[index]?.path === at && files[index]?.blob === blob);
  if (!isSame) return null;
  return {
    commit: CommitSha.parse(head.commit),
    author: head.author,
    subject: head.subject,
    committedAt: instant(head.committedAtMs),
  };
}

function uncommitted(root: string, id: string, files: readonly ScannedFile[]): GitHead {
  return {
    commit: CommitSha.parse(id),
    author: 'not committed',
    subject: `files of ${printable(join(root, '/'))} as they are on disk`,
    committedAt: instant(Math.max(0, ...files.map((file) => file.modifiedAtMs))),
  };
}

/** 40 hexadecimal digits, like a commit's id; equal for equal files. */
function contentId(files: readonly ScannedFile[]): string {
  const hash = createHash('sha1').update('plimsoll directory\n');
  for (const { path, blob } of files) hash.update(`${blob} ${path}\n`);
  return hash.digest('hex');
}

const asTreeFile = ({ path, blob, sizeBytes }: ScannedFile) => ({ path, blob, sizeBytes });

async function asResult<T>(work: () => Promise<T>): Promise<Result<T, Problem>> {
  try {
    return ok(await work());
  } catch (thrown) {
    return err(toProblem(thrown));
  }
}
