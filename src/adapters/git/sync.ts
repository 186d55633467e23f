// Brings the copy of a remote repository up to date: full history of one ref, only what is missing. Never
// a shallow clone: after one, isomorphic-git downloads everything again at each fetch.

import fs from 'node:fs';
import { join } from 'node:path';
import * as git from 'isomorphic-git';
import { PlimsollError, problem, toProblem } from '../../kernel/errors.ts';
import type { ParsedCommit } from './commit.ts';
import { CopyFolder, countPacks, removeOthers, removeUnfinished } from './copy-folder.ts';
import { errorCode, isStorageError, storageProblem } from './failure.ts';
import type { SyncAnswer, SyncAsk } from './messages.ts';
import { ObjectDatabase } from './objects.ts';
import { asHttpClient, openUploadPack, PLACEHOLDER_URL } from './upload-pack.ts';

/** The commit up to which the copy is complete: what the server is told that we have. */
const COMPLETE_REF = 'refs/plimsoll/head';

/** Waiting for the network ends with `signal`. A damaged copy is thrown away and made anew, once. */
export async function syncCopy(ask: SyncAsk, signal: AbortSignal): Promise<SyncAnswer> {
  const copies = new CopyFolder(ask.store.folder, ask.store.origin);
  try {
    const current = ask.purpose.kind === 'update' ? await copies.current() : null;
    if (current === null) return await cloneAnew(copies, ask, signal);
    try {
      return (await completeAt(current, ask.advertised)) ?? (await fetchInto(current, ask, signal));
    } catch (thrown) {
      if (!isCorrupt(thrown)) throw thrown;
      return await cloneAnew(copies, ask, signal);
    }
  } catch (thrown) {
    throw isStorageError(thrown) ? new PlimsollError(storageProblem(thrown, ask.store.folder)) : thrown;
  }
}

async function cloneAnew(copies: CopyFolder, ask: SyncAsk, signal: AbortSignal): Promise<SyncAnswer> {
  const gitdir = await copies.begin();
  try {
    await git.init({ fs, dir: gitdir, bare: true, defaultBranch: 'main' });
    await git.addRemote({ fs, gitdir, remote: 'origin', url: PLACEHOLDER_URL });
    const answer = await fetchInto(gitdir, ask, signal);
    const { purpose } = ask;
    if (purpose.kind === 'tidy' && purpose.keep !== null && !has(gitdir, purpose.keep)) {
      throw new PlimsollError(
        problem('source/interrupted', `the repository no longer has commit ${purpose.keep}; its copy stays`),
      );
    }
    await copies.adopt(gitdir);
    return answer;
  } catch (thrown) {
    await copies.abandon(gitdir);
    throw thrown;
  }
}

async function fetchInto(gitdir: string, ask: SyncAsk, signal: AbortSignal): Promise<SyncAnswer> {
  const connection = await openUploadPack(ask.target, signal);
  const before = await removeUnfinished(gitdir);
  let advertised: string | null;
  try {
    const fetched = await git.fetch({
      fs,
      gitdir,
      http: asHttpClient(connection),
      url: PLACEHOLDER_URL,
      remote: 'origin',
      ref: COMPLETE_REF,
      remoteRef: ask.ref,
      singleBranch: true,
      tags: false,
      cache: {},
    });
    advertised = fetched.fetchHead;
  } catch (thrown) {
    await removeOthers(gitdir, before);
    throw new PlimsollError(fetchProblem(thrown, ask), thrown);
  } finally {
    connection.close();
  }
  if (advertised === null) {
    throw new PlimsollError(
      problem('source/empty', `${ask.target.where} has no commits yet`, { hint: 'Push a first commit.' }),
    );
  }
  const commit = readableCommit(gitdir, advertised);
  if (commit === null) {
    throw new PlimsollError(
      problem('source/corrupt', `${ask.target.where} did not send commit ${advertised}`),
    );
  }
  await git.writeRef({ fs, gitdir, ref: COMPLETE_REF, value: commit.head.commit, force: true });
  return { advertised, head: commit.head, packs: await countPacks(gitdir) };
}

/** What the copy has already, after a restart for example. */
async function completeAt(gitdir: string, advertised: string): Promise<SyncAnswer | null> {
  const complete = await fs.promises.readFile(join(gitdir, COMPLETE_REF), 'utf8').catch(() => null);
  const commit = complete === null ? null : readableCommit(gitdir, advertised);
  if (commit === null || commit.head.commit !== complete?.trim()) return null;
  return { advertised, head: commit.head, packs: await countPacks(gitdir) };
}

/** The commit behind a ref's object id, its root tree read as well; null where it is not there. */
function readableCommit(gitdir: string, oid: string): ParsedCommit | null {
  return reading(gitdir, (database) => {
    const commit = database.peel(oid);
    if (commit !== null) database.tree(commit.tree);
    return commit;
  });
}

const has = (gitdir: string, oid: string): boolean =>
  reading(gitdir, (database) => database.find(oid) !== null);

function reading<T>(gitdir: string, read: (database: ObjectDatabase) => T): T {
  const database = new ObjectDatabase(gitdir);
  try {
    return read(database);
  } finally {
    database.close();
  }
}

function fetchProblem(thrown: unknown, { store, target, ref }: SyncAsk) {
  if (thrown instanceof PlimsollError) return thrown.problem;
  if (isStorageError(thrown)) return storageProblem(thrown, store.folder);
  // The ref was there when it was looked up, and is gone now.
  if (errorCode(thrown) === 'NotFoundError')
    return problem('source/not-found', `${target.where} has no ${ref}`);
  return problem('source/corrupt', `the pack from ${target.where} cannot be used: ${toProblem(thrown).code}`);
}

const isCorrupt = (thrown: unknown): boolean =>
  thrown instanceof PlimsollError && thrown.problem.code === 'source/corrupt';
