// A bare repository of the lab's Git server. Commits go in by `git fast-import`: one process each, no work tree.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import type { Credentials } from './push.ts';

export interface RepositoryOptions {
  /** The default branch; "main" unless told otherwise. */
  readonly branch?: string;
  /** Asked for over HTTP, for fetch and push alike. */
  readonly credentials?: Credentials;
}

export interface Locations {
  /** The bare repository on the test process's own disk. */
  readonly path: string;
  readonly httpUrl: string;
  readonly sshUrl: string;
}

/** Path to new content; null deletes the file. */
export type FileChanges = Readonly<Record<string, string | Buffer | null>>;

export interface LabRepository extends Locations {
  /** Commits on top of the branch, which it creates if need be; gives the commit's id. */
  commit(files: FileChanges, message?: string, branch?: string): Promise<string>;
  /** Rewrites history: the branch becomes one new commit on the given one, or without any past. */
  forcePush(files: FileChanges, onto?: string, branch?: string): Promise<string>;
  /** Sets the branch to a commit that is there already. */
  moveBranch(commit: string, branch?: string): Promise<void>;
  deleteBranch(branch: string): Promise<void>;
  /** Commits a symbolic link on the default branch. */
  commitLink(path: string, target: string): Promise<string>;
  /** Makes the default branch a commit with both parents and the files of the second. */
  merge(first: string, second: string): Promise<string>;
  /** Sets the tag; one that is there already is moved. */
  tag(name: string, commit: string, kind?: 'light' | 'annotated'): Promise<void>;
  deleteTag(name: string): Promise<void>;
  /** The branch's commit. */
  head(branch?: string): Promise<string>;
  read(path: string, revision?: string): Promise<string>;
  git(...args: string[]): Promise<string>;
}

/** The user's and the system's configuration must not change what the lab's Git does. */
const IDENTITY = ['-c', 'user.name=Lab', '-c', 'user.email=lab@example.com'] as const;
const GIT_ENVIRONMENT = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };

export async function createRepository(
  locations: Locations,
  options: RepositoryOptions,
): Promise<LabRepository> {
  const { path } = locations;
  const { branch: mainBranch = 'main', credentials } = options;
  const git = (args: readonly string[], input: string | Buffer = '') =>
    runCommand('git', args, { input, environment: { ...GIT_ENVIRONMENT, GIT_DIR: path } });

  await git(['init', '--quiet', '--bare', `--initial-branch=${mainBranch}`]);
  // What the big forges allow as well: pushing over HTTP, partial clones, fetching a commit by its id.
  const settings = ['http.receivepack', 'uploadpack.allowFilter', 'uploadpack.allowAnySHA1InWant'];
  for (const setting of settings) await git(['config', setting, 'true']);
  if (credentials !== undefined) {
    writeFileSync(join(path, 'lab-credentials'), `${credentials.username}:${credentials.password}\n`);
  }

  const importCommit = async (stream: CommitStream) =>
    (await git(['fast-import', '--quiet', '--force'], fastImport(stream))).trim();
  const find = async (revision: string) =>
    (await git(['for-each-ref', '--format=%(objectname)', `refs/heads/${revision}`])).trim() || undefined;

  return {
    ...locations,
    async commit(files, message = 'a change', branch = mainBranch) {
      return importCommit({ branch, message, files, parent: await find(branch) });
    },
    async forcePush(files, onto, branch = mainBranch) {
      // Without a "from", fast-import builds on the branch as it is: a past-less commit needs it gone first.
      if (onto === undefined) await git(['update-ref', '-d', `refs/heads/${branch}`]);
      return importCommit({ branch, message: 'rewritten', files, parent: onto });
    },
    async moveBranch(commit, branch = mainBranch) {
      await git(['update-ref', `refs/heads/${branch}`, commit]);
    },
    async deleteBranch(branch) {
      await git(['update-ref', '-d', `refs/heads/${branch}`]);
    },
    async commitLink(path, target) {
      const parent = await find(mainBranch);
      const files = { [path]: target };
      return importCommit({ branch: mainBranch, message: 'a link', files, parent, mode: LINK });
    },
    async merge(first, second) {
      const parents = ['-p', first, '-p', second];
      const commit = await git([...IDENTITY, 'commit-tree', `${second}^{tree}`, ...parents, '-m', 'merge']);
      await git(['update-ref', `refs/heads/${mainBranch}`, commit.trim()]);
      return commit.trim();
    },
    async tag(name, commit, kind = 'light') {
      if (kind === 'light') await git(['update-ref', `refs/tags/${name}`, commit]);
      else await git([...IDENTITY, 'tag', '--force', '--annotate', '--message', 'a tag', name, commit]);
    },
    async deleteTag(name) {
      await git(['update-ref', '-d', `refs/tags/${name}`]);
    },
    async head(branch = mainBranch) {
      return (await git(['rev-parse', '--verify', `refs/heads/${branch}`])).trim();
    },
    read: (file, revision = mainBranch) => git(['show', `${revision}:${file}`]),
    git: (...args) => git(args),
  };
}

interface CommitStream {
  readonly branch: string;
  readonly message: string;
  readonly files: FileChanges;
  readonly parent: string | undefined;
  /** Of the files in it; regular ones unless told otherwise. */
  readonly mode?: string;
}

const REGULAR = '100644';
const LINK = '120000';

function fastImport(commit: CommitStream): Buffer {
  const seconds = Math.floor(Date.now() / 1000);
  const parts: (string | Buffer)[] = [
    `commit refs/heads/${commit.branch}\nmark :1\n`,
    `committer Lab <lab@example.com> ${seconds} +0000\n`,
    ...data(commit.message),
  ];
  if (commit.parent !== undefined) parts.push(`from ${commit.parent}\n`);
  for (const [path, content] of Object.entries(commit.files)) {
    if (content === null) parts.push(`D ${quoted(path)}\n`);
    else parts.push(`M ${commit.mode ?? REGULAR} inline ${quoted(path)}\n`, ...data(content));
  }
  parts.push('get-mark :1\n');
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
}

function data(content: string | Buffer): (string | Buffer)[] {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return [`data ${bytes.length}\n`, bytes, '\n'];
}

function quoted(path: string): string {
  return `"${path.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
