// The contract of the GitRemote port: which files a commit has below a path, and what is in them.

import { expect, it } from 'vitest';
import { CommitSha } from '../../src/kernel/ids.ts';
import {
  codeOf,
  fetchHead,
  type GitBench,
  must,
  readAll,
  refusalOf,
  type ScriptedRepository,
} from './git-bench.ts';

const NO_OBJECT = '1'.repeat(40);

export function treeContract<R extends ScriptedRepository>(bench: GitBench<R>): void {
  placeCases(bench);
  changeCases(bench);
  contentCases(bench);
  linkCases(bench);
}

function placeCases<R extends ScriptedRepository>(bench: GitBench<R>): void {
  it('below a path are named relative to it', async () => {
    const repository = await bench.repository();
    await repository.commit({
      'readme.md': 'outside',
      'deploy/production/a.yaml': 'a',
      'deploy/production/db/b.yaml': 'b',
      'deploy/production-2/c.yaml': 'c',
    });
    const remote = bench.open(repository, { path: './deploy/production/' });
    expect(await readAll(remote)).toEqual({ 'a.yaml': 'a', 'db/b.yaml': 'b' });
  });

  it('come in the order of their paths', async () => {
    const repository = await bench.repository();
    const paths = ['b', 'a/z', 'a.b', 'a-b', 'B', 'ä', 'a/b/c'];
    await repository.commit(Object.fromEntries(paths.map((path) => [path, path])));
    const remote = bench.open(repository);
    const { files } = must(await remote.tree((await fetchHead(remote)).commit));
    expect(files.map((file) => file.path)).toEqual([...paths].sort());
  });

  it.each([
    ['missing', 'the path missing does not exist'],
    ['deploy/missing/deeper', 'the path deploy/missing does not exist'],
    ['deploy/a.yaml', 'the path deploy/a.yaml is not a folder'],
    ['deploy/a.yaml/deeper', 'the path deploy/a.yaml is not a folder'],
  ])('below the path %s are source/path', async (path, words) => {
    const repository = await bench.repository();
    await repository.commit({ 'deploy/a.yaml': 'a' });
    const remote = bench.open(repository, { path });
    const tree = await remote.tree((await fetchHead(remote)).commit);
    expect(codeOf(tree)).toBe('source/path');
    expect(tree.ok || tree.error.message).toContain(words);
  });

  it('of a commit that is not there are source/not-found', async () => {
    const repository = await bench.repository();
    await repository.commit({ 'a.yaml': 'a' });
    const remote = bench.open(repository);
    await fetchHead(remote);
    expect(codeOf(await remote.tree(CommitSha.parse(NO_OBJECT)))).toBe('source/not-found');
  });
}

function changeCases<R extends ScriptedRepository>(bench: GitBench<R>): void {
  it('keep their id where a change elsewhere leaves them alone, and where it is taken back', async () => {
    const repository = await bench.repository();
    await repository.commit({ 'deploy/a.yaml': 'a', 'src/x': '1' });
    const remote = bench.open(repository, { path: 'deploy' });
    const look = async () => must(await remote.tree((await fetchHead(remote)).commit));
    const before = await look();
    await repository.commit({ 'src/x': '2' });
    const after = await look();
    expect(after.head.commit).not.toBe(before.head.commit);
    expect(after.tree).toBe(before.tree);
    expect(after.files).toEqual(before.files);
    await repository.commit({ 'deploy/a.yaml': 'b' });
    expect((await look()).tree).not.toBe(before.tree);
    await repository.commit({ 'deploy/a.yaml': 'a' });
    expect((await look()).tree).toBe(before.tree);
  });

  it('are none where all were removed, and that is no error; the folder that held them is gone', async () => {
    const repository = await bench.repository();
    await repository.commit({ 'deploy/a.yaml': 'a' });
    const [whole, below] = [bench.open(repository), bench.open(repository, { path: 'deploy' })];
    expect(await readAll(whole)).toEqual({ 'deploy/a.yaml': 'a' });
    expect(await readAll(below)).toEqual({ 'a.yaml': 'a' });
    await repository.commit({ 'deploy/a.yaml': null });
    expect(must(await whole.tree((await fetchHead(whole)).commit)).files).toEqual([]);
    expect(codeOf(await below.tree((await fetchHead(below)).commit))).toBe('source/path');
  });

  it('may become folders, and folders may become files', async () => {
    const repository = await bench.repository();
    const remote = bench.open(repository);
    await repository.commit({ a: 'a file' });
    await repository.commit({ 'a/b/c': 'below', d: '' });
    expect(await readAll(remote)).toEqual({ 'a/b/c': 'below', d: '' });
    await repository.commit({ 'a/b': 'a file again' });
    expect(await readAll(remote)).toEqual({ 'a/b': 'a file again', d: '' });
  });
}

function contentCases<R extends ScriptedRepository>(bench: GitBench<R>): void {
  it('have one id per content, by which they are read, in bytes', async () => {
    const repository = await bench.repository();
    await repository.commit({ one: 'größer', two: 'größer', three: 'else', none: '' });
    const remote = bench.open(repository);
    const { files } = must(await remote.tree((await fetchHead(remote)).commit));
    const blobs = new Map(files.map((file) => [file.path, file.blob]));
    expect(blobs.get('one')).toBe(blobs.get('two'));
    expect(new Set(blobs.values()).size).toBe(3);
    const contents = must(await remote.read([...new Set(blobs.values())]));
    const bytes = contents.get(blobs.get('one') ?? '');
    expect(bytes).toEqual(new TextEncoder().encode('größer'));
    const size = files.find((file) => file.path === 'one')?.sizeBytes ?? null;
    expect([null, bytes?.length]).toContain(size);
    expect(contents.get(blobs.get('none') ?? '')).toEqual(new Uint8Array());
  });

  it('are read all or not at all: one that is not there is source/corrupt', async () => {
    const repository = await bench.repository();
    await repository.commit({ one: '1' });
    const remote = bench.open(repository);
    const { files } = must(await remote.tree((await fetchHead(remote)).commit));
    const there = files.map((file) => file.blob);
    expect(codeOf(await remote.read([...there, NO_OBJECT]))).toBe('source/corrupt');
    expect(must(await remote.read(there)).size).toBe(1);
    expect(must(await remote.read([])).size).toBe(0);
  });
}

function linkCases<R extends ScriptedRepository>(bench: GitBench<R>): void {
  it('are source/unsafe-tree where one is a symbolic link below the path, until it is gone', async () => {
    const repository = await bench.repository();
    await repository.commit({ 'good/a.yaml': 'a' });
    await repository.commitLink('deploy/link.yaml', '/etc/passwd');
    const [whole, beside] = [bench.open(repository), bench.open(repository, { path: 'good' })];
    expect(await refusalOf(whole), 'a fetch looks at no tree').toBe('ok');
    const { commit } = await fetchHead(whole);
    for (const _ of ['at once', 'and at the next look']) {
      const tree = await whole.tree(commit);
      expect(codeOf(tree)).toBe('source/unsafe-tree');
      expect(tree.ok || tree.error.message).toContain('a symbolic link: deploy/link.yaml');
    }
    expect(await readAll(beside)).toEqual({ 'a.yaml': 'a' });
    await repository.commit({ 'deploy/link.yaml': 'a file' });
    expect(await readAll(whole)).toEqual({ 'deploy/link.yaml': 'a file', 'good/a.yaml': 'a' });
  });
}
