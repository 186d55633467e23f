// Conformance of the GitRemote port: refs, history and what a poll costs.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CommitSha } from '../../src/kernel/ids.ts';
import type { GitRemote } from '../../src/ports/git.ts';
import { codeOf, DEADLINE_MS, must, readAll } from './git-service.ts';
import type { Bench } from './git-suite.ts';

const fetchHead = async (remote: GitRemote) => must(await remote.fetch({ deadlineMs: DEADLINE_MS }));

export function historyCases(bench: Bench): void {
  describe('the head', () => headCases(bench));
  describe('the head of a tag', () => tagCases(bench));
  describe('history', () => ancestryCases(bench));
  describe('2,000 files, one of them changed', () => scaleCase(bench));
}

function headCases(bench: Bench): void {
  const open = async () => {
    const repository = await bench.repository();
    return { repository, access: bench.service().access(repository) };
  };

  it('is the commit, its author, its subject and its time', async () => {
    const { repository, access } = await open();
    const commit = await repository.commit({ 'a.yaml': 'one\n' }, 'first line\n\nmore\n');
    const head = await fetchHead(bench.remotes().open(access));
    expect(head).toMatchObject({ commit, author: 'Lab <lab@example.com>', subject: 'first line' });
    expect(Math.abs(head.committedAt - Date.now())).toBeLessThan(60_000);
  });

  it('follows the branch from commit to commit', async () => {
    const { repository, access } = await open();
    const remote = bench.remotes().open(access);
    await repository.commit({ 'a.yaml': 'one\n', 'b/c.yaml': 'two\n', empty: '' });
    expect(await readAll(remote)).toEqual({ 'a.yaml': 'one\n', 'b/c.yaml': 'two\n', empty: '' });
    await repository.commit({ 'a.yaml': 'three\n', 'b/c.yaml': null, 'd.yaml': 'four\n' });
    expect(await readAll(remote)).toEqual({ 'a.yaml': 'three\n', 'd.yaml': 'four\n', empty: '' });
  });

  it('of a repository without commits is source/empty, until the first push', async () => {
    const { repository, access } = await open();
    const remote = bench.remotes().open(access);
    expect(codeOf(await remote.fetch({ deadlineMs: DEADLINE_MS }))).toBe('source/empty');
    await repository.commit({ 'a.yaml': 'one\n' });
    expect(await readAll(remote)).toEqual({ 'a.yaml': 'one\n' });
  });

  it('of a branch that is deleted is source/not-found, and is found again when it comes back', async () => {
    const { repository, access } = await open();
    const commit = await repository.commit({ 'a.yaml': 'one\n' });
    await repository.commit({ 'a.yaml': 'other\n' }, 'other', 'other');
    const remote = bench.remotes().open(access);
    await fetchHead(remote);
    await repository.deleteBranch('main');
    const gone = await remote.fetch({ deadlineMs: DEADLINE_MS });
    expect(gone).toMatchObject({ ok: false, error: { code: 'source/not-found' } });
    expect(gone.ok || gone.error.message).toContain('refs/heads/main');
    await repository.moveBranch(commit);
    expect((await fetchHead(remote)).commit).toBe(commit);
  });

  it('is the same for all who ask at once', async () => {
    const { repository, access } = await open();
    const commit = CommitSha.parse(await repository.commit({ 'a.yaml': 'one\n' }));
    const remote = bench.remotes().open(access);
    const [first, second, tree] = await Promise.all([
      fetchHead(remote),
      fetchHead(remote),
      remote.tree(commit),
    ]);
    expect([first.commit, second.commit, must(tree).head.commit]).toEqual([commit, commit, commit]);
  });

  it('of an unchanged branch is told without the worker', async () => {
    const { repository, access } = await open();
    const commit = await repository.commit({ 'a.yaml': 'one\n' });
    const remote = bench.remotes().open(access);
    await readAll(remote);
    await bench.remotes().worker.close();
    expect((await fetchHead(remote)).commit).toBe(commit);
    expect(bench.remotes().worker.isRunning).toBe(false);
  });
}

function tagCases(bench: Bench): void {
  it.each(['light', 'annotated'])('that is %s is its commit, and moves with it', async (kind) => {
    const repository = await bench.repository();
    const access = bench.service().access(repository);
    const first = await repository.commit({ 'a.yaml': 'one\n' });
    const tag = (commit: string) =>
      kind === 'light'
        ? repository.tag('live', commit)
        : repository.git('-c', 'user.name=L', '-c', 'user.email=l@x', 'tag', '-fam', 'x', 'live', commit);
    await tag(first);
    const remote = bench.remotes().open(access, { ref: { kind: 'tag', name: 'live' } });
    expect((await fetchHead(remote)).commit).toBe(first);
    const second = await repository.commit({ 'a.yaml': 'two\n' });
    expect((await fetchHead(remote)).commit).toBe(first);
    await tag(second);
    expect((await fetchHead(remote)).commit).toBe(second);
    expect(await readAll(remote)).toEqual({ 'a.yaml': 'two\n' });
  });
}

function ancestryCases(bench: Bench): void {
  it('tells a push from a rewritten branch', async () => {
    const repository = await bench.repository();
    const remote = bench.remotes().open(bench.service().access(repository));
    const first = CommitSha.parse(await repository.commit({ 'a.yaml': 'one\n' }));
    const second = CommitSha.parse(await repository.commit({ 'a.yaml': 'two\n' }));
    const pushed = (await fetchHead(remote)).commit;
    expect(pushed).toBe(second);
    expect(must(await remote.isAncestor(first, second))).toBe(true);
    expect(must(await remote.isAncestor(second, second))).toBe(true);
    expect(must(await remote.isAncestor(second, first))).toBe(false);

    await repository.forcePush({ 'a.yaml': 'rewritten\n' }, first);
    const rewritten = (await fetchHead(remote)).commit;
    expect(must(await remote.isAncestor(first, rewritten))).toBe(true);
    expect(must(await remote.isAncestor(second, rewritten))).toBe(false);

    await repository.forcePush({ 'a.yaml': 'without a past\n' });
    const orphan = (await fetchHead(remote)).commit;
    expect(must(await remote.isAncestor(first, orphan))).toBe(false);
    expect(await readAll(remote)).toEqual({ 'a.yaml': 'without a past\n' });
  });

  it('is followed through both parents of a merge, and does not know strangers', async () => {
    const repository = await bench.repository();
    const base = await repository.commit({ 'a.yaml': 'one\n' });
    const side = await repository.commit({ 'b.yaml': 'side\n' }, 'side', 'side');
    const identity = ['-c', 'user.name=L', '-c', 'user.email=l@x'];
    const merge = await repository.git(
      ...identity,
      'commit-tree',
      'side^{tree}',
      ...['-p', base, '-p', side, '-m', 'merge'],
    );
    await repository.moveBranch(merge.trim());
    const remote = bench.remotes().open(bench.service().access(repository));
    const head = (await fetchHead(remote)).commit;
    expect(must(await remote.isAncestor(CommitSha.parse(base), head))).toBe(true);
    expect(must(await remote.isAncestor(CommitSha.parse(side), head))).toBe(true);
    expect(must(await remote.isAncestor(CommitSha.parse('0'.repeat(40)), head))).toBe(false);
  });
}

function scaleCase(bench: Bench): void {
  it('costs one small fetch, and unchanged folders keep their ids', { timeout: 60_000 }, async () => {
    const repository = await bench.repository();
    const files = Array.from({ length: 2_000 }, (_, index): [string, string] => [
      `apps/app-${Math.floor(index / 20)}/file-${index}.yaml`,
      `apiVersion: plimsoll.dev/v1\nkind: Config\nmetadata: { name: c${index} }\n`,
    ]);
    await repository.commit(Object.fromEntries(files));
    const access = bench.service().access(repository);
    const remote = bench.remotes().open(access, { path: 'apps' });
    const first = await timed(() => fetchHead(remote));
    const before = await timed(async () => must(await remote.tree(first.value.commit)));
    const blobs = before.value.files.map((file) => file.blob);
    const contents = await timed(async () => must(await remote.read(blobs)));
    expect(before.value.files).toHaveLength(2_000);
    expect(contents.value.size).toBe(2_000);

    const poll = await timed(() => fetchHead(remote));
    await repository.commit({ 'apps/app-7/file-150.yaml': 'changed\n' });
    const second = await timed(() => fetchHead(remote));
    const after = await timed(async () => must(await remote.tree(second.value.commit)));
    const changed = after.value.files.filter((file, index) => file.blob !== before.value.files[index]?.blob);
    expect(changed.map((file) => file.path)).toEqual(['app-7/file-150.yaml']);
    const [blob = ''] = changed.map((file) => file.blob);
    expect(must(await remote.read([blob])).get(blob)).toEqual(new TextEncoder().encode('changed\n'));
    const copied = readdirSync(bench.remotes().directory, { recursive: true, encoding: 'utf8' });
    expect(
      copied.filter((path) => path.includes('apps')),
      'nothing is checked out',
    ).toEqual([]);
    console.log(
      `2,000 files over ${access.url.replace(/\d+.*$/, '')}: first fetch ${first.ms} ms, tree ${before.ms} ms, ` +
        `read all ${contents.ms} ms, poll ${poll.ms} ms, incremental ${second.ms} ms, tree ${after.ms} ms`,
    );
  });
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const startedAtMs = performance.now();
  const value = await work();
  return { value, ms: Math.round(performance.now() - startedAtMs) };
}

/** The packs of all copies below a folder; none where it does not exist. */
export function packsBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.pack'))
    .map((path) => join(folder, path));
}
