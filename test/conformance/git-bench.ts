// What the cases of the Git contract need of whoever keeps the contract: repositories in which a story can
// be written, remotes opened on them, and a server that goes away and falls silent. The git binary with
// real servers offers it, and so does the simulator.

import type { SourceRef } from '../../src/adapters/git/ref.ts';
import type { Problem } from '../../src/kernel/errors.ts';
import { CommitSha } from '../../src/kernel/ids.ts';
import type { Result } from '../../src/kernel/result.ts';
import type { GitHead, GitRemote } from '../../src/ports/git.ts';

/** Path to new content; null deletes the file. */
export type Changes = Readonly<Record<string, string | null>>;

/** A repository with the branch `main`, which the first commit creates. */
export interface ScriptedRepository {
  /** Commits on top of the branch, which it creates if need be; gives the commit's id. */
  commit(changes: Changes, message?: string, branch?: string): Promise<string>;
  /** Commits a symbolic link on `main`. */
  commitLink(path: string, target: string): Promise<string>;
  /** Makes `main` a commit with both parents and the files of the second. */
  merge(first: string, second: string): Promise<string>;
  /** Rewrites history: `main` becomes one new commit on the given one, or without any past. */
  forcePush(changes: Changes, onto?: string): Promise<string>;
  /** Sets `main` to a commit that is there already. */
  moveBranch(commit: string): Promise<void>;
  deleteBranch(branch: string): Promise<void>;
  tag(name: string, commit: string, kind?: TagKind): Promise<void>;
  deleteTag(name: string): Promise<void>;
}

export type TagKind = 'light' | 'annotated';

export interface OpenOptions {
  /** Branch `main` unless told otherwise. */
  readonly ref?: SourceRef;
  /** The root unless told otherwise. */
  readonly path?: string;
}

/** What stands between a repository and its reader. */
export interface ServerControls {
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Connections are accepted and never answered. */
  freeze(): void;
  thaw(): void;
}

export interface GitBench<R extends ScriptedRepository = ScriptedRepository> {
  /** A new empty one. */
  repository(): Promise<R>;
  /** A remote with an empty local copy. */
  open(repository: R, options?: OpenOptions): GitRemote;
  /** Another process's remote on the local copy of one that was opened before. */
  reopen(remote: GitRemote): GitRemote;
  /** Null where the repository is read in place. */
  server(): ServerControls | null;
}

export const DEADLINE_MS = 20_000;

/** The value of a result that has to be one. */
export function must<T>(result: Result<T, Problem>): T {
  if (result.ok) return result.value;
  throw new Error(`${result.error.code}: ${result.error.message}`);
}

/** The code of a result that has to be a problem; `ok` where it is none. */
export const codeOf = (result: Result<unknown, Problem>): string => (result.ok ? 'ok' : result.error.code);

export const fetchHead = async (remote: GitRemote): Promise<GitHead> =>
  must(await remote.fetch({ deadlineMs: DEADLINE_MS }));

/** The code with which a fetch is refused; `ok` where it is not. */
export const refusalOf = async (remote: GitRemote): Promise<string> =>
  codeOf(await remote.fetch({ deadlineMs: DEADLINE_MS }));

/** Lists and reads everything at a commit: path to text. */
export async function readCommit(remote: GitRemote, commit: string): Promise<Record<string, string>> {
  const { files } = must(await remote.tree(CommitSha.parse(commit)));
  const contents = must(await remote.read(files.map((file) => file.blob)));
  return Object.fromEntries(
    files.map(({ path, blob }) => [path, new TextDecoder().decode(contents.get(blob))]),
  );
}

/** Fetches and reads everything, as the remote's head has it. */
export const readAll = async (remote: GitRemote): Promise<Record<string, string>> =>
  readCommit(remote, (await fetchHead(remote)).commit);
