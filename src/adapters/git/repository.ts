// The two ways to have a repository: a copy of a remote one, and one on this machine that is read in
// place. Both answer what a poll asks, and bring a commit to where the worker can read it.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlimsollError, type Problem, problem, toProblem } from '../../kernel/errors.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import { formatAddress, type SourceAddress } from './address.ts';
import { findAdvertisedRef } from './advertisement.ts';
import { openCredential } from './credential.ts';
import { errorCode } from './failure.ts';
import type { GitWorker } from './git-worker.ts';
import { locateRepository, readRef } from './local-repository.ts';
import type { ObjectStore, SyncAnswer, SyncPurpose } from './messages.ts';
import type { GitRemoteOptions } from './remote.ts';
import { openUploadPack, type UploadPackTarget } from './upload-pack.ts';

const MEBIBYTE = 1024 * 1024;

export interface Repository {
  /** Where the worker finds the objects; fails where there is no repository. */
  store(): Promise<Result<ObjectStore, Problem>>;
  /** The object id of the tracked ref. Cheap: this is what every poll does. */
  lookUp(deadlineMs: number): Promise<Result<string, Problem>>;
  /** Makes the ref's commit readable; `advertised` is what `lookUp` said. */
  bring(advertised: string, purpose: SyncPurpose, deadlineMs: number): Promise<Result<SyncAnswer, Problem>>;
}

/** A repository behind http or ssh: a poll reads the ref advertisement, here; the worker fetches. */
export function remoteRepository(
  options: GitRemoteOptions,
  address: UploadPackTarget['address'],
  ref: string,
  worker: GitWorker,
): Repository {
  const where = formatAddress(address);
  const store = { kind: 'copy', folder: join(options.cacheDir, options.id), origin: where } as const;
  const target = async (): Promise<UploadPackTarget> => ({
    address,
    where,
    credential: openCredential(options.credential),
    caPem: options.caFile === undefined ? null : await readCaFile(options.caFile),
    limits: {
      advertisementBytes: 64 * MEBIBYTE,
      packBytes: options.maxPackBytes ?? 512 * MEBIBYTE,
    },
  });
  return {
    store: async () => ok(store),
    async lookUp(deadlineMs) {
      const deadline = AbortSignal.timeout(deadlineMs);
      try {
        const connection = await openUploadPack(await target(), deadline);
        try {
          return findAdvertisedRef(await connection.advertisement(), ref, where);
        } finally {
          connection.close();
        }
      } catch (thrown) {
        return err(toProblem(thrown));
      }
    },
    async bring(advertised, purpose, deadlineMs) {
      try {
        const ask = { store, target: await target(), ref, advertised, purpose };
        return await worker.sync(ask, deadlineMs);
      } catch (thrown) {
        return err(toProblem(thrown));
      }
    },
  };
}

async function readCaFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    throw new PlimsollError(
      problem('config/invalid', `the caFile ${path} cannot be read (${errorCode(thrown)})`),
    );
  }
}

/** A repository on this machine: a poll reads the ref's file. */
export function localRepository(
  address: Extract<SourceAddress, { readonly kind: 'file' }>,
  ref: string,
  worker: GitWorker,
): Repository {
  const store = async (): Promise<Result<ObjectStore, Problem>> => {
    const located = await locateRepository(address.path);
    return located.ok ? ok({ kind: 'in-place', gitdir: located.value.commonDir }) : located;
  };
  return {
    store,
    lookUp: (deadlineMs) =>
      withinDeadline(deadlineMs, formatAddress(address), async () => {
        const located = await locateRepository(address.path);
        return located.ok ? readRef(located.value.commonDir, ref) : located;
      }),
    async bring(advertised, _, deadlineMs) {
      const at = await store();
      if (!at.ok) return at;
      const head = await worker.head(at.value, advertised, deadlineMs);
      return head.ok ? ok({ advertised, head: head.value, packs: 0 }) : head;
    },
  };
}

/** A network file system can hang for ever; a poll of it may not. */
async function withinDeadline<T>(
  deadlineMs: number,
  where: string,
  work: () => Promise<Result<T, Problem>>,
): Promise<Result<T, Problem>> {
  const { promise, resolve } = Promise.withResolvers<Result<T, Problem>>();
  const late = problem('source/unreachable', `${where} could not be read within ${deadlineMs} ms`);
  const timer = setTimeout(() => resolve(err(late)), deadlineMs);
  try {
    return await Promise.race([work(), promise]);
  } finally {
    clearTimeout(timer);
  }
}
