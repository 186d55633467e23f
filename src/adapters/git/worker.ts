// The Git worker thread: fetching, unpacking and walking trees would otherwise stand on the event loop for
// seconds, which looks like the loss of every host. See git-worker.ts for the other side.

import { parentPort } from 'node:worker_threads';
import { PlimsollError, type Problem, problem, toProblem } from '../../kernel/errors.ts';
import { invariant } from '../../kernel/invariant.ts';
import { isReachable } from './ancestry.ts';
import { readBlobs } from './blobs.ts';
import { CopyFolder } from './copy-folder.ts';
import { isStorageError, storageProblem } from './failure.ts';
import { readFolders } from './folders.ts';
import {
  type HeadFacts,
  monotonicMs,
  type ObjectStore,
  type WorkerAnswer,
  type WorkerRequest,
} from './messages.ts';
import { ObjectDatabase } from './objects.ts';

invariant(parentPort !== null, 'the Git worker runs in a thread of its own');
const port = parentPort;

/** Open repositories by their Git folder; they keep their packs open. */
const databases = new Map<string, ObjectDatabase>();

port.on('message', (request: WorkerRequest) => {
  const reply = (answer: WorkerAnswer) => port.postMessage({ ...answer, id: request.id });
  answerTo(request).then(reply, (thrown: unknown) => reply({ kind: 'problem', value: problemOf(thrown) }));
});

async function answerTo(request: WorkerRequest): Promise<WorkerAnswer> {
  const { kind, ask } = request;
  switch (kind) {
    case 'sync': {
      // Loaded when first needed: isomorphic-git takes 60 ms, and reading does without it.
      const { syncCopy } = await import('./sync.ts');
      // Whatever happens now, the files below are not what they were.
      for (const database of databases.values()) database.close();
      databases.clear();
      return {
        kind,
        value: await syncCopy(ask, AbortSignal.timeout(Math.max(0, request.endsAtMs - monotonicMs()))),
      };
    }
    case 'head':
      return { kind, value: await withDatabase(ask.store, (database) => headOf(database, ask.oid)) };
    case 'tree':
      return { kind, value: await withDatabase(ask.store, (database) => readFolders(database, ask)) };
    case 'read':
      return { kind, value: await withDatabase(ask.store, (database) => readBlobs(database, ask)) };
    case 'ancestry':
      return {
        kind,
        value: await withDatabase(ask.store, (database) =>
          isReachable(database, ask.ancestor, ask.descendant),
        ),
      };
    default:
      return request satisfies never;
  }
}

function headOf(database: ObjectDatabase, oid: string): HeadFacts {
  const commit = database.peel(oid);
  if (commit === null) throw new PlimsollError(problem('source/corrupt', `object ${oid} is missing`));
  return commit.head;
}

async function withDatabase<T>(store: ObjectStore, use: (database: ObjectDatabase) => T): Promise<T> {
  const gitdir = await gitdirOf(store);
  const database = databases.get(gitdir) ?? new ObjectDatabase(gitdir);
  databases.set(gitdir, database);
  return use(database);
}

async function gitdirOf(store: ObjectStore): Promise<string> {
  if (store.kind === 'in-place') return store.gitdir;
  const gitdir = await new CopyFolder(store.folder, store.origin).current();
  if (gitdir !== null) return gitdir;
  throw new PlimsollError(problem('source/corrupt', `there is no copy of ${store.origin} yet`));
}

function problemOf(thrown: unknown): Problem {
  return isStorageError(thrown) ? storageProblem(thrown, 'the folder for copies') : toProblem(thrown);
}
