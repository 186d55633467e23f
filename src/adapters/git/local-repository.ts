// Finds a repository on this machine and reads refs from its files, without running git: a poll of an
// unchanged repository is a few small reads. Formats that are not read are refused by name.

import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Problem, problem } from '../../kernel/errors.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { errorCode } from './failure.ts';
import { printable } from './text.ts';

export interface LocatedRepository {
  /** Holds HEAD; of a linked work tree, its own folder. */
  readonly gitdir: string;
  /** Holds objects and refs. */
  readonly commonDir: string;
}

/** A bare repository, or the work tree that has one in `.git`. */
export async function locateRepository(path: string): Promise<Result<LocatedRepository, Problem>> {
  try {
    const gitdir = (await gitdirOfWorkTree(path)) ?? path;
    const shared = await readOptional(join(gitdir, 'commondir'));
    const commonDir = shared === null ? gitdir : resolve(gitdir, shared.trim());
    if (!(await isFolder(join(commonDir, 'objects'))) || !(await isFolder(join(commonDir, 'refs')))) {
      return err(problem('source/not-found', `there is no Git repository in ${printable(path)}`));
    }
    const obstacle = await unsupported(commonDir);
    return obstacle === null
      ? ok({ gitdir, commonDir })
      : err(problem('source/unsupported', `the repository in ${printable(path)} ${obstacle}`));
  } catch (thrown) {
    return err(unreadable(path, thrown));
  }
}

/** The Git folder of a work tree's root; null where `path` is none. */
async function gitdirOfWorkTree(path: string): Promise<string | null> {
  const dotGit = join(path, '.git');
  if (await isFolder(dotGit)) return dotGit;
  const link = await readOptional(dotGit);
  const target = link === null ? null : /^gitdir: (.+)$/m.exec(link)?.[1];
  return target === null || target === undefined ? null : resolve(path, target);
}

/** The repository whose work tree `path` lies in; null where it lies in none. */
export async function enclosingWorkTree(path: string): Promise<string | null> {
  for (let at = path; ; at = dirname(at)) {
    if ((await gitdirOfWorkTree(at)) !== null) return at;
    if (dirname(at) === at) return null;
  }
}

async function unsupported(commonDir: string): Promise<string | null> {
  const config = (await readOptional(join(commonDir, 'config'))) ?? '';
  if (/^\s*objectformat\s*=\s*"?sha256/im.test(config)) return 'does not use SHA-1 object names';
  return /^\s*refstorage\s*=\s*"?reftable/im.test(config) ? 'keeps its refs in a reftable' : null;
}

/**
 * The object id of a ref. `source/empty` where the repository has no refs at all, `source/not-found` where
 * it lacks this one.
 */
export async function readRef(commonDir: string, ref: string): Promise<Result<string, Problem>> {
  try {
    const packed = (await readOptional(join(commonDir, 'packed-refs'))) ?? '';
    const oid = await resolveRef(commonDir, ref, packed);
    if (oid !== null) return ok(oid);
    return err(
      /^[0-9a-f]{40} /m.test(packed) || (await hasLooseRefs(commonDir))
        ? problem('source/not-found', `the repository in ${printable(commonDir)} has no ${ref}`)
        : problem('source/empty', `the repository in ${printable(commonDir)} has no commits yet`, {
            hint: 'Push a first commit.',
          }),
    );
  } catch (thrown) {
    return err(unreadable(commonDir, thrown));
  }
}

/** The commit that is checked out; null where there is none yet. */
export async function readHead({ gitdir, commonDir }: LocatedRepository): Promise<string | null> {
  const text = ((await readOptional(join(gitdir, 'HEAD'))) ?? '').trim();
  if (/^[0-9a-f]{40}$/.test(text)) return text;
  const ref = symbolicTarget(text);
  const packed = (await readOptional(join(commonDir, 'packed-refs'))) ?? '';
  return ref === null ? null : resolveRef(commonDir, ref, packed);
}

/** Follows symbolic refs; null where the last of them does not exist. */
async function resolveRef(folder: string, ref: string, packed: string): Promise<string | null> {
  let name = ref;
  for (let hops = 0; hops < 5; hops += 1) {
    const text = (await readOptional(join(folder, name)))?.trim() ?? packedRef(packed, name);
    if (text === null) return null;
    if (/^[0-9a-f]{40}$/.test(text)) return text;
    const target = symbolicTarget(text);
    if (target === null) return null;
    name = target;
  }
  return null;
}

function symbolicTarget(text: string): string | null {
  const target = /^ref: (refs\/[^\s]+)$/.exec(text)?.[1] ?? null;
  return target?.includes('..') ? null : target;
}

function packedRef(packed: string, name: string): string | null {
  const line = packed.split('\n').find((candidate) => candidate.slice(41) === name);
  return line === undefined || line.startsWith('#') ? null : line.slice(0, 40);
}

async function hasLooseRefs(commonDir: string): Promise<boolean> {
  const entries = await readdir(join(commonDir, 'refs'), { recursive: true, withFileTypes: true });
  return entries.some((entry) => entry.isFile());
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (thrown) {
    if (isAbsent(thrown)) return false;
    throw thrown;
  }
}

/** Null where there is no such file. */
async function readOptional(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (isAbsent(thrown) || errorCode(thrown) === 'EISDIR') return null;
    throw thrown;
  }
}

const isAbsent = (thrown: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes(errorCode(thrown));

function unreadable(path: string, thrown: unknown): Problem {
  return problem(
    'source/not-found',
    `${printable(path)} cannot be read (${errorCode(thrown) || 'unknown'})`,
    {
      hint: 'Let the user that the controller runs as read the repository.',
    },
  );
}
