// A plain directory as a source, and watching it.

import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDirectory } from '../../../src/adapters/git/directory.ts';
import { watchDirectory } from '../../../src/adapters/git/watch.ts';
import { CommitSha } from '../../../src/kernel/ids.ts';
import { codeOf, must, Remotes, readAll } from '../../conformance/git-service.ts';
import { runCommand } from '../../lab/command.ts';
import { eventually } from '../../lab/eventually.ts';

let remotes: Remotes;
let count = 0;

beforeAll(() => {
  remotes = new Remotes();
});
afterAll(() => remotes.close());

function directoryWith(files: Readonly<Record<string, string>>): string {
  const root = join(remotes.directory, `directory-${++count}`);
  mkdirSync(root);
  for (const [path, content] of Object.entries(files)) write(root, path, content);
  return root;
}

function write(root: string, path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}

const open = (root: string, options = {}) => openDirectory(root, options, remotes.worker);
const fetchHead = async (root: string) => must(await open(root).fetch({ deadlineMs: 5_000 }));
const git = (root: string, ...args: string[]) =>
  runCommand('git', ['-C', root, '-c', 'user.name=L', '-c', 'user.email=l@x', ...args]);

describe('a directory outside of Git', () => {
  it('has its files, without what tools leave around', async () => {
    const root = directoryWith({
      'a.yaml': 'one',
      'sub/b.yaml': 'two',
      '.hidden.yaml': 'three',
      '.git/config': 'x',
      'node_modules/x/package.json': '{}',
      'sub/.b.yaml.swp': 'x',
      'sub/b.yaml~': 'x',
      '#a.yaml#': 'x',
    });
    symlinkSync('me@host.123', join(root, '.#a.yaml')); // Emacs locks a file by a link that leads nowhere
    expect(await readAll(open(root))).toEqual({
      '.hidden.yaml': 'three',
      'a.yaml': 'one',
      'sub/b.yaml': 'two',
    });
  });

  it('has a commit that is its content: equal for equal files, another for other ones', async () => {
    const one = directoryWith({ 'a.yaml': 'one', 'b/c.yaml': 'two' });
    const same = directoryWith({ 'b/c.yaml': 'two', 'a.yaml': 'one' });
    const renamed = directoryWith({ 'a.yaml': 'one', 'b/d.yaml': 'two' });
    const { commit } = await fetchHead(one);
    expect((await fetchHead(same)).commit).toBe(commit);
    expect((await fetchHead(renamed)).commit).not.toBe(commit);
    write(one, 'a.yaml', 'changed');
    expect((await fetchHead(one)).commit).not.toBe(commit);
    write(one, 'a.yaml', 'one');
    expect((await fetchHead(one)).commit).toBe(commit);
  });

  it('answers for the state that was fetched last, and says so when it has gone on', async () => {
    const root = directoryWith({ 'a.yaml': 'one' });
    const remote = open(root);
    const before = must(await remote.fetch({ deadlineMs: 5_000 })).commit;
    const [file] = must(await remote.tree(before)).files;
    expect(file).toMatchObject({ path: 'a.yaml', sizeBytes: 3 });
    write(root, 'a.yaml', 'two');
    expect(codeOf(await remote.read([file?.blob ?? '']))).toBe('source/interrupted');
    const after = must(await remote.fetch({ deadlineMs: 5_000 })).commit;
    expect(codeOf(await remote.tree(before))).toBe('source/not-found');
    expect(must(await remote.tree(after)).files).toHaveLength(1);
    expect(must(await remote.isAncestor(before, after))).toBe(true);
  });

  it('may be empty', async () => {
    expect(await readAll(open(directoryWith({})))).toEqual({});
  });

  it.each([
    ['a symbolic link', (root: string) => symlinkSync('/etc/passwd', join(root, 'link.yaml')), 'link.yaml'],
    ['a link to a folder', (root: string) => symlinkSync('/etc', join(root, 'etc')), 'etc'],
    ['a pipe', (root: string) => runCommand('mkfifo', [join(root, 'pipe')]), 'pipe'],
    ['a variant of .git', (root: string) => write(root, 'sub/.GIT/config', 'x'), 'sub/.GIT'],
    ['a line break in a name', (root: string) => write(root, 'a\nb', 'x'), 'a\\u{a}b'],
  ])('with %s is source/unsafe-tree', async (_, add, path) => {
    const root = directoryWith({ 'a.yaml': 'one' });
    await add(root);
    const result = await open(root).fetch({ deadlineMs: 5_000 });
    expect(codeOf(result)).toBe('source/unsafe-tree');
    expect(result.ok || result.error.message).toContain(path);
  });

  it('that is none, or too much, is told so', async () => {
    expect(codeOf(await open(join(remotes.directory, 'nothing')).fetch({ deadlineMs: 5_000 }))).toBe(
      'source/not-found',
    );
    const file = join(directoryWith({ 'a.yaml': 'one' }), 'a.yaml');
    expect(codeOf(await open(file).fetch({ deadlineMs: 5_000 }))).toBe('source/not-found');
    const many = directoryWith({ a: '1', b: '2', c: '3' });
    expect(codeOf(await open(many, { maxFiles: 2 }).fetch({ deadlineMs: 5_000 }))).toBe('source/limit');
  });

  it('with a large file lists it without reading it, and does not give its content', async () => {
    const root = directoryWith({ 'a.yaml': 'one', 'image.bin': '' });
    truncateSync(join(root, 'image.bin'), 3 * 1024 ** 3);
    const remote = open(root);
    const { commit } = must(await remote.fetch({ deadlineMs: 5_000 }));
    const [small, large] = must(await remote.tree(commit)).files;
    expect(large).toMatchObject({ path: 'image.bin', sizeBytes: 3 * 1024 ** 3 });
    const refused = await remote.read([large?.blob ?? '']);
    expect(codeOf(refused)).toBe('source/limit');
    expect(refused.ok || refused.error.message).toContain('image.bin');
    expect(must(await remote.read([small?.blob ?? ''])).size).toBe(1);
  });
});

describe('a directory in a Git work tree', () => {
  async function workTree() {
    const root = directoryWith({ 'deploy/a.yaml': 'one', 'deploy/b/c.yaml': 'two', 'readme.md': 'x' });
    await git(root, 'init', '--quiet', '--initial-branch=main');
    await git(root, 'add', '--all');
    await git(root, 'commit', '--quiet', '-m', 'the subject');
    const head = async () => CommitSha.parse((await git(root, 'rev-parse', 'HEAD')).trim());
    return { root, deploy: join(root, 'deploy'), head };
  }

  it('that holds what HEAD has there carries the commit of HEAD', async () => {
    const { root, deploy, head } = await workTree();
    expect(await fetchHead(root)).toMatchObject({
      commit: await head(),
      subject: 'the subject',
      author: 'L <l@x>',
    });
    expect((await fetchHead(deploy)).commit).toBe(await head());
    write(root, 'readme.md', 'changed elsewhere');
    expect((await fetchHead(deploy)).commit).toBe(await head());
    expect((await fetchHead(root)).commit).not.toBe(await head());
  });

  it.each([
    ['a changed file', (deploy: string) => write(deploy, 'a.yaml', 'changed')],
    ['a new file', (deploy: string) => write(deploy, 'new.yaml', 'x')],
    ['a removed file', (deploy: string) => rmSync(join(deploy, 'a.yaml'))],
  ])('with %s carries a commit of its own until that is committed', async (_, change) => {
    const { root, deploy, head } = await workTree();
    const remote = open(deploy);
    change(deploy);
    const dirty = must(await remote.fetch({ deadlineMs: 5_000 }));
    expect(dirty.commit).not.toBe(await head());
    expect(dirty.author).toBe('not committed');
    const { tree } = must(await remote.tree(dirty.commit));
    await git(root, 'add', '--all');
    await git(root, 'commit', '--quiet', '-m', 'second');
    const clean = must(await remote.fetch({ deadlineMs: 5_000 }));
    expect(clean.commit).toBe(await head());
    expect(must(await remote.tree(clean.commit)).tree).toBe(tree);
  });

  it('without any commit is read all the same', async () => {
    const root = directoryWith({ 'a.yaml': 'one' });
    await git(root, 'init', '--quiet');
    expect(await readAll(open(root))).toEqual({ 'a.yaml': 'one' });
  });
});

describe('watching a directory', () => {
  async function watching(root: string) {
    const calls = { count: 0 };
    const watch = await watchDirectory(
      root,
      () => {
        calls.count += 1;
      },
      (error) => {
        throw error;
      },
    );
    return { calls, watch, told: () => eventually('a hint', { deadlineMs: 3_000 }, () => calls.count > 0) };
  }

  it('tells once of a save by writing beside and renaming, and the new content is there', async () => {
    const root = directoryWith({ 'a.yaml': 'one' });
    const { calls, watch, told } = await watching(root);
    await writeFile(join(root, 'a.yaml.tmp'), 'two');
    await rename(join(root, 'a.yaml.tmp'), join(root, 'a.yaml'));
    await told();
    expect(await readAll(open(root))).toEqual({ 'a.yaml': 'two' });
    await sleep(400);
    expect(calls.count).toBe(1);
    await watch.close();
  });

  it.each([
    ['a new file in a new folder', (root: string) => write(root, 'new/b.yaml', 'x')],
    ['a file that goes', (root: string) => rmSync(join(root, 'a.yaml'))],
    [
      'many files at once',
      (root: string) => {
        for (let index = 0; index < 200; index += 1) write(root, `many/${index}.yaml`, 'x');
      },
    ],
  ])('tells of %s', async (_, change) => {
    const root = directoryWith({ 'a.yaml': 'one' });
    const { calls, watch, told } = await watching(root);
    change(root);
    await told();
    await sleep(400);
    expect(calls.count).toBeLessThanOrEqual(2);
    await watch.close();
  });

  it('does not tell of what tools leave around, nor after it is closed', async () => {
    const root = directoryWith({ 'a.yaml': 'one', '.git/index': 'x' });
    const { calls, watch } = await watching(root);
    write(root, '.git/index', 'y');
    write(root, '.a.yaml.swp', 'x');
    write(root, 'node_modules/x.json', '{}');
    await sleep(400);
    expect(calls.count).toBe(0);
    await watch.close();
    write(root, 'a.yaml', 'two');
    await sleep(300);
    expect(calls.count).toBe(0);
  });

  it('tells also while a directory never comes to rest', async () => {
    const root = directoryWith({ 'a.yaml': 'one' });
    const { calls, watch } = await watching(root);
    const restless = setInterval(() => write(root, 'a.yaml', String(performance.now())), 40);
    await sleep(2_600);
    clearInterval(restless);
    expect(calls.count).toBeGreaterThan(0);
    await watch.close();
  });
});
