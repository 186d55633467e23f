// What the Git conformance suite asks of a way to serve repositories, and what all of them share: bare
// repositories made by the git binary, remotes opened on them, trees that git itself would not write.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GitWorker } from '../../src/adapters/git/git-worker.ts';
import { type GitRemoteOptions, openGitRemote } from '../../src/adapters/git/remote.ts';
import type { Problem } from '../../src/kernel/errors.ts';
import { SourceId } from '../../src/kernel/ids.ts';
import type { GitRemote } from '../../src/ports/git.ts';
import { runCommand } from '../lab/command.ts';
import type { LabRepository } from '../lab/git-repository.ts';
import type { ServerControls } from './git-bench.ts';

export { codeOf, DEADLINE_MS, must, readAll } from './git-bench.ts';

/** What differs between http, ssh and file. */
export type Access = Pick<GitRemoteOptions, 'url' | 'credential' | 'allowFile'>;

export interface GitService {
  /** A new empty bare repository. */
  create(name: string): Promise<LabRepository>;
  access(repository: LabRepository): Access;
  /** Null where there is no server between the repository and its reader. */
  readonly server: GitServerControls | null;
  close(): Promise<void>;
}

export interface GitServerControls extends ServerControls {
  /** Options with which the server refuses to serve, and the code that names the reason. */
  readonly refused: readonly { title: string; access: Partial<Access>; code: Problem['code'] }[];
}

/** Remotes opened in one test file, with a worker and a cache folder of their own. */
export class Remotes {
  readonly directory = mkdtempSync(join(tmpdir(), 'plimsoll-git-'));
  readonly worker = new GitWorker();
  #count = 0;

  /** A remote on branch `main` with an empty cache, unless told otherwise. */
  open(access: Access, options: Partial<GitRemoteOptions> = {}): GitRemote {
    this.#count += 1;
    return openGitRemote(
      {
        id: SourceId.parse(`source-${this.#count}`),
        ref: { kind: 'branch', name: 'main' },
        path: '',
        cacheDir: join(this.directory, 'cache'),
        ...access,
        ...options,
      },
      this.worker,
    );
  }

  async close(): Promise<void> {
    await this.worker.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export interface RawEntry {
  readonly mode: string;
  readonly name: string | Buffer;
  readonly oid: string;
}

/** Writes a tree byte by byte, past git's own checks; gives its id. */
export async function writeTree(repository: LabRepository, entries: readonly RawEntry[]): Promise<string> {
  const bytes = entries.map(({ mode, name, oid }) =>
    Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.from([0]), Buffer.from(oid, 'hex')]),
  );
  const args = ['hash-object', '-t', 'tree', '-w', '--stdin', '--literally'];
  const input = Buffer.concat(bytes);
  return (await runCommand('git', args, { input, environment: { GIT_DIR: repository.path } })).trim();
}

/** Makes a commit of the tree the head of `main`; gives its id. */
export async function commitTree(repository: LabRepository, tree: string): Promise<string> {
  const identity = ['-c', 'user.name=Lab', '-c', 'user.email=lab@example.com'];
  const commit = (await repository.git(...identity, 'commit-tree', tree, '-m', 'a tree')).trim();
  await repository.moveBranch(commit);
  return commit;
}
