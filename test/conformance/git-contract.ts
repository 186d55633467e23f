// The contract of the GitRemote port, for the real adapter and the simulated one alike: what a fetch finds,
// which files a commit has, and what becomes of both when the server is not there.

import { describe, expect, it } from 'vitest';
import { CommitSha } from '../../src/kernel/ids.ts';
import {
  codeOf,
  fetchHead,
  type GitBench,
  must,
  readAll,
  readCommit,
  refusalOf,
  type ScriptedRepository,
  type ServerControls,
} from './git-bench.ts';
import { ancestryContract } from './git-contract-ancestry.ts';
import { treeContract } from './git-contract-trees.ts';

const NO_OBJECT = '1'.repeat(40);

/** Every test begins with an empty repository. */
export function gitContract<R extends ScriptedRepository>(bench: GitBench<R>, hasServer: boolean): void {
  describe('the head of a branch', () => {
    branchCases(bench);
    missingBranchCases(bench);
  });
  describe('the head of a tag', () => tagCases(bench));
  describe('history', () => ancestryContract(bench));
  describe('the files of a commit', () => treeContract(bench));
  describe('what was fetched', () => copyCases(bench, hasServer));
  if (hasServer) describe('a server', () => serverCases(bench));
}

function branchCases<R extends ScriptedRepository>(bench: GitBench<R>): void {
  it('is the commit, its author, the first line of its message and its time', async () => {
    const repository = await bench.repository();
    const commit = await repository.commit({ 'a.yaml': 'one\n' }, 'first line\n\nmore\n');
    const head = await fetchHead(bench.open(repository));
    expect(head).toMatchObject({ commit, subject: 'first line' });
    expect(head.author).toMatch(/^\w+ <\w+@example\.com>$/);
    expect(Math.abs(head.committedAt - Date.now())).toBeLessThan(60_000);
    expect(head.committedAt % 1_000, 'Git counts whole seconds').toBe(0);
  });

  it('follows the branch from commit to commit', async () => {
    const repository = await bench.repository();
    const remote = bench.open(repository);
    await repository.commit({ 'a.yaml': 'one\n', 'b/c.yaml': 'two\n', empty: '' });
    expect(await readAll(remote)).toEqual({ 'a.yaml': 'one\n', 'b/c.yaml': 'two\n', empty: '' });
    await repository.commit({ 'a.yaml': 'three\n', 'b/c.yaml': null, 'd.yaml': 'four\n' });
    expect(await readAll(remote)).toEqual({ 'a.yaml': 'three\n', 'd.yaml': 'four\n', empty: '' });
  });

  it('is not moved by another branch, and another branch can be followed', async () => {
    const repository = await bench.repository();
    const commit = await repository.commit({ 'a.yaml': 'one\n' });
    const remote = bench.open(repository);
    await fetchHead(remote);
    const other = await repository.commit({ 'b.yaml': 'two\n' }, 'other', 'other');
    expect((await fetchHead(remote)).commit).toBe(commit);
    const follower = bench.open(repository, { ref: { kind: 'branch', name: 'other' } });
    expect((await fetchHead(follower)).commit).toBe(other);
  });

  it('is the same for all who ask at once, and who asks for files waits for it', async () => {
    const repository = await bench.repository();
    const commit = CommitSha.parse(await repository.commit({ 'a.yaml': 'one\n' }));
    const remote = bench.open(repository);
    const [first, second, tree] = await Promise.all([
      fetchHead(remote),
      fetchHead(remote),
      remote.tree(commit),
    ]);
    expect([first.commit, second.commit, must(tree).head.commit]).toEqual([commit, commit, commit]);
    expect(must(tree).head).toEqual(first);
  });
}

function missingBranchCases<R extends ScriptedRepository>(bench: GitBench<R>): void {
  it('of a repository without commits is source/empty, until the first push', async () => {
    const repository = await bench.repository();
    const remote = bench.open(repository);
    expect(await refusalOf(remote)).toBe('source/empty');
    await repository.commit({ 'a.yaml': 'one\n' });
    expect(await readAll(remote)).toEqual({ 'a.yaml': 'one\n' });
  });

  it('that is deleted is source/not-found, and is found again when it comes back', async () => {
    const repository = await bench.repository();
    const commit = await repository.commit({ 'a.yaml': 'one\n' });
    await repository.commit({ 'a.yaml': 'other\n' }, 'other', 'other');
    const remote = bench.open(repository);
    await fetchHead(remote);
    await repository.deleteBranch('main');
    const gone = await remote.fetch({ deadlineMs: 5_000 });
    expect(gone).toMatchObject({ ok: false, error: { code: 'source/not-found' } });
    expect(gone.ok || gone.error.message).toContain('refs/heads/main');
    await repository.moveBranch(commit);
    expect((await fetchHead(remote)).commit).toBe(commit);
  });

  it('that was the last one and is deleted leaves a repository that is source/empty', async () => {
    const repository = await bench.repository();
    const commit = await repository.commit({ 'a.yaml': 'one\n' });
    const remote = bench.open(repository);
    await fetchHead(remote);
    await repository.deleteBranch('main');
    expect(await refusalOf(remote)).toBe('source/empty');
    await repository.moveBranch(commit);
    expect((await fetchHead(remote)).commit).toBe(commit);
  });

  it('that never was is source/not-found', async () => {
    const repository = await bench.repository();
    await repository.commit({ 'a.yaml': 'one\n' });
    const remote = bench.open(repository, { ref: { kind: 'branch', name: 'never' } });
    const gone = await remote.fetch({ deadlineMs: 5_000 });
    expect(gone).toMatchObject({ ok: false, error: { code: 'source/not-found' } });
    expect(gone.ok || gone.error.message).toContain('refs/heads/never');
  });
}

function tagCases<R extends ScriptedRepository>(bench: GitBench<R>): void {
  it.each(['light', 'annotated'] as const)('that is %s is its commit, and moves with it', async (kind) => {
    const repository = await bench.repository();
    const first = await repository.commit({ 'a.yaml': 'one\n' });
    await repository.tag('live', first, kind);
    const remote = bench.open(repository, { ref: { kind: 'tag', name: 'live' } });
    expect((await fetchHead(remote)).commit).toBe(first);
    const second = await repository.commit({ 'a.yaml': 'two\n' });
    expect((await fetchHead(remote)).commit).toBe(first);
    await repository.tag('live', second, kind);
    expect((await fetchHead(remote)).commit).toBe(second);
    expect(await readAll(remote)).toEqual({ 'a.yaml': 'two\n' });
  });

  it('is no branch of the same name', async () => {
    const repository = await bench.repository();
    const first = await repository.commit({ 'a.yaml': 'one\n' });
    await repository.tag('main', first);
    const second = await repository.commit({ 'a.yaml': 'two\n' });
    const [branch, tag] = [
      bench.open(repository),
      bench.open(repository, { ref: { kind: 'tag', name: 'main' } }),
    ];
    expect([(await fetchHead(branch)).commit, (await fetchHead(tag)).commit]).toEqual([second, first]);
  });

  it('that is deleted is source/not-found, and what was fetched can still be read', async () => {
    const repository = await bench.repository();
    const commit = await repository.commit({ 'a.yaml': 'one\n' });
    await repository.tag('live', commit);
    const remote = bench.open(repository, { ref: { kind: 'tag', name: 'live' } });
    await fetchHead(remote);
    await repository.deleteTag('live');
    const gone = await remote.fetch({ deadlineMs: 5_000 });
    expect(gone).toMatchObject({ ok: false, error: { code: 'source/not-found' } });
    expect(gone.ok || gone.error.message).toContain('refs/tags/live');
    expect(await readCommit(remote, commit)).toEqual({ 'a.yaml': 'one\n' });
  });
}

function copyCases<R extends ScriptedRepository>(bench: GitBench<R>, hasServer: boolean): void {
  it('is read by the next process without another fetch, with all of its history', async () => {
    const repository = await bench.repository();
    const first = await repository.commit({ 'a.yaml': 'one\n' });
    const second = await repository.commit({ 'a.yaml': 'two\n' });
    const remote = bench.open(repository);
    await fetchHead(remote);
    await remote.close();
    const next = bench.reopen(remote);
    expect(await readCommit(next, second)).toEqual({ 'a.yaml': 'two\n' });
    expect(await readCommit(next, first)).toEqual({ 'a.yaml': 'one\n' });
    expect(must(await next.isAncestor(CommitSha.parse(first), CommitSha.parse(second)))).toBe(true);
  });

  it('stays when the branch is rewritten or deleted', async () => {
    const repository = await bench.repository();
    const first = await repository.commit({ 'a.yaml': 'one\n' });
    const remote = bench.open(repository);
    await readAll(remote);
    await repository.forcePush({ 'a.yaml': 'rewritten\n' });
    await fetchHead(remote);
    expect(await readCommit(remote, first)).toEqual({ 'a.yaml': 'one\n' });
    await repository.deleteBranch('main');
    await refusalOf(remote);
    expect(await readCommit(remote, first)).toEqual({ 'a.yaml': 'one\n' });
  });

  it('and lacks an object that the server has is completed by a fetch', async () => {
    const repository = await bench.repository();
    const first = CommitSha.parse(await repository.commit({ 'a.yaml': 'one\n' }));
    const [remote, other] = [bench.open(repository), bench.open(repository)];
    await fetchHead(remote);
    const second = CommitSha.parse(await repository.commit({ 'a.yaml': 'two\n' }));
    await fetchHead(other);
    const [file] = must(await other.tree(second)).files;
    const blob = file?.blob ?? '';
    if (hasServer) {
      expect(codeOf(await remote.tree(second)), 'a commit of another is not asked for').toBe(
        'source/not-found',
      );
      expect(must(await remote.isAncestor(second, first))).toBe(false);
    }
    expect(new TextDecoder().decode(must(await remote.read([blob])).get(blob))).toBe('two\n');
    expect(await readCommit(remote, second)).toEqual({ 'a.yaml': 'two\n' });
  });
}

function serverCases<R extends ScriptedRepository>(bench: GitBench<R>): void {
  const controls = (): ServerControls => {
    const server = bench.server();
    if (server === null) throw new Error('there is no server');
    return server;
  };

  it('is source/unreachable while it is down, what was fetched can be read, and it is found again', async () => {
    const repository = await bench.repository();
    const commit = await repository.commit({ 'a.yaml': 'a' });
    const remote = bench.open(repository);
    await readAll(remote);
    await controls().stop();
    try {
      expect(await refusalOf(remote)).toBe('source/unreachable');
      expect(await readCommit(remote, commit)).toEqual({ 'a.yaml': 'a' });
      expect(codeOf(await remote.read([NO_OBJECT])), 'the copy cannot be completed').toBe(
        'source/unreachable',
      );
    } finally {
      await controls().start();
    }
    await repository.commit({ 'a.yaml': 'b' });
    expect(await readAll(remote)).toEqual({ 'a.yaml': 'b' });
  });

  it('is source/unreachable at the deadline when it accepts and is silent', async () => {
    const repository = await bench.repository();
    await repository.commit({ 'a.yaml': 'a' });
    const remote = bench.open(repository);
    controls().freeze();
    const startedAtMs = performance.now();
    try {
      expect(codeOf(await remote.fetch({ deadlineMs: 700 }))).toBe('source/unreachable');
      const tookMs = performance.now() - startedAtMs;
      expect(tookMs).toBeGreaterThan(600);
      expect(tookMs).toBeLessThan(1_500);
    } finally {
      controls().thaw();
    }
    expect(await readAll(remote)).toEqual({ 'a.yaml': 'a' });
  });
}
