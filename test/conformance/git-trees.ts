// Conformance of the GitRemote port: trees that are too large, and trees that git itself would not write.

import { describe, expect, it } from 'vitest';
import { CommitSha } from '../../src/kernel/ids.ts';
import { codeOf, DEADLINE_MS, must } from './git-bench.ts';
import { commitTree, type RawEntry, writeTree } from './git-service.ts';
import type { Bench } from './git-suite.ts';

export function treeCases(bench: Bench, name: string): void {
  describe('a tree with too much in it', () => limitCases(bench));
  // The same code reads all trees; over a network a few of them show that they get there.
  describe('a tree that is refused', () => unsafeCases(bench, name === 'file' ? UNSAFE : UNSAFE.slice(0, 4)));
}

function limitCases(bench: Bench): void {
  it('is listed where a file is above the limit, but that file is not read', async () => {
    const repository = await bench.repository();
    await repository.commit({ 'small.yaml': 'small', 'large.bin': Buffer.alloc(5_000, 7) });
    const remote = bench.remotes().open(bench.service().access(repository), { maxBlobBytes: 4_096 });
    const { commit } = must(await remote.fetch({ deadlineMs: DEADLINE_MS }));
    const { files } = must(await remote.tree(commit));
    expect(files.map((file) => file.path)).toEqual(['large.bin', 'small.yaml']);
    const [large = '', small = ''] = files.map((file) => file.blob);
    expect(codeOf(await remote.read([large]))).toBe('source/limit');
    expect(must(await remote.read([small])).size).toBe(1);
  });

  it('is source/limit where there are more files than allowed', async () => {
    const repository = await bench.repository();
    await repository.commit({ a: '1', b: '2', c: '3' });
    const remote = bench.remotes().open(bench.service().access(repository), { maxFiles: 2 });
    const { commit } = must(await remote.fetch({ deadlineMs: DEADLINE_MS }));
    expect(codeOf(await remote.tree(commit))).toBe('source/limit');
  });
}

const FILE = '100644';
const FOLDER = '40000';

/** Entries of the folder `deploy`; BLOB and TREE stand for objects that exist. */
const UNSAFE: readonly [string, readonly Omit<RawEntry, 'oid'>[], string][] = [
  ['a symbolic link', [{ mode: '120000', name: 'link.yaml' }], 'a symbolic link: deploy/link.yaml'],
  ['a submodule', [{ mode: '160000', name: 'module' }], 'a submodule: deploy/module'],
  ['an unknown mode', [{ mode: '100000', name: 'odd' }], 'deploy/odd'],
  ['the folder ..', [{ mode: FOLDER, name: '..' }], 'leaves the tree: deploy/..'],
  ['the folder .', [{ mode: FOLDER, name: '.' }], 'leaves the tree: deploy/.'],
  ['.git', [{ mode: FOLDER, name: '.git' }], '.git'],
  ['.GIT in capitals', [{ mode: FOLDER, name: '.GIT' }], 'a variant of the name .git: deploy/.GIT'],
  ['.git with a blank (NTFS)', [{ mode: FOLDER, name: '.git ' }], 'a variant of the name .git'],
  ['.git with dots (NTFS)', [{ mode: FOLDER, name: '.git. . .' }], 'a variant of the name .git'],
  ['.git as a stream (NTFS)', [{ mode: FOLDER, name: '.git::$INDEX_ALLOCATION' }], 'the name .git'],
  ['git~1 (NTFS)', [{ mode: FOLDER, name: 'GIT~1' }], 'a variant of the name .git'],
  [
    '.git with a zero-width joiner (HFS+)',
    [{ mode: FOLDER, name: '.g\u200cit' }],
    'the name .git: deploy/.g\\u{200c}it',
  ],
  ['a backslash', [{ mode: FILE, name: 'a\\b.yaml' }], 'backslash'],
  ['a slash', [{ mode: FILE, name: 'a/b.yaml' }], 'slash'],
  ['a control character', [{ mode: FILE, name: 'a\u001b[2J.yaml' }], 'deploy/a\\u{1b}[2J.yaml'],
  ['a line break', [{ mode: FILE, name: 'a\nb.yaml' }], 'deploy/a\\u{a}b.yaml'],
  ['a name that turns the line round', [{ mode: FILE, name: 'a\u202elmay.b' }], 'invisible'],
  ['a name that is not UTF-8', [{ mode: FILE, name: Buffer.from([0x61, 0xff]) }], 'not valid UTF-8'],
  ['a name of 300 bytes', [{ mode: FILE, name: 'x'.repeat(300) }], '255 bytes'],
  [
    'two files of one name',
    [
      { mode: FILE, name: 'a.yaml' },
      { mode: FILE, name: 'a.yaml' },
    ],
    'two entries of one name: deploy/a.yaml',
  ],
  [
    'a file and a folder of one name',
    [
      { mode: FILE, name: 'a' },
      { mode: FOLDER, name: 'a' },
    ],
    'two entries of one name: deploy/a',
  ],
];

function unsafeCases(bench: Bench, unsafe: typeof UNSAFE): void {
  const publish = async (entries: readonly Omit<RawEntry, 'oid'>[]) => {
    const repository = await bench.repository();
    const commit = await repository.commit({ 'a.yaml': 'a', 'sub/b.yaml': 'b' });
    const blob = (await repository.git('rev-parse', `${commit}:a.yaml`)).trim();
    const folder = (await repository.git('rev-parse', `${commit}:sub`)).trim();
    const oid = ({ mode }: Omit<RawEntry, 'oid'>) =>
      mode === FOLDER ? folder : mode === '160000' ? commit : blob;
    const deploy = await writeTree(
      repository,
      entries.map((entry) => ({ ...entry, oid: oid(entry) })),
    );
    const head = await commitTree(
      repository,
      await writeTree(repository, [
        { mode: FOLDER, name: 'deploy', oid: deploy },
        { mode: FOLDER, name: 'good', oid: folder },
      ]),
    );
    return { access: bench.service().access(repository), head };
  };

  it.each(unsafe)('for %s: the problem names the path', async (_, entries, words) => {
    const { access, head } = await publish(entries);
    const remote = bench.remotes().open(access);
    expect(must(await remote.fetch({ deadlineMs: DEADLINE_MS })).commit).toBe(head);
    const tree = await remote.tree(CommitSha.parse(head));
    expect(codeOf(tree)).toBe('source/unsafe-tree');
    expect(tree.ok || tree.error.message).toContain(words);
  });
}
