// The contract of the GitRemote port: which commit descends from which.

import { expect, it } from 'vitest';
import { CommitSha } from '../../src/kernel/ids.ts';
import { codeOf, fetchHead, type GitBench, must, readAll, type ScriptedRepository } from './git-bench.ts';

/** No repository has commits of these names. */
const STRANGER = CommitSha.parse('0'.repeat(40));
const OTHER_STRANGER = CommitSha.parse('1'.repeat(40));

export function ancestryContract<R extends ScriptedRepository>(bench: GitBench<R>): void {
  it('tells a push from a rewritten branch', async () => {
    const repository = await bench.repository();
    const remote = bench.open(repository);
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

  it('goes back when the branch is set back', async () => {
    const repository = await bench.repository();
    const first = CommitSha.parse(await repository.commit({ 'a.yaml': 'one\n' }));
    const second = CommitSha.parse(await repository.commit({ 'a.yaml': 'two\n' }));
    const remote = bench.open(repository);
    await fetchHead(remote);
    await repository.moveBranch(first);
    expect((await fetchHead(remote)).commit).toBe(first);
    expect(must(await remote.isAncestor(second, first))).toBe(false);
    expect(await readAll(remote)).toEqual({ 'a.yaml': 'one\n' });
  });

  it('is followed through both parents of a merge', async () => {
    const repository = await bench.repository();
    const base = await repository.commit({ 'a.yaml': 'one\n' });
    const side = await repository.commit({ 'b.yaml': 'side\n' }, 'side', 'side');
    const merge = await repository.merge(base, side);
    const remote = bench.open(repository);
    expect((await fetchHead(remote)).commit).toBe(merge);
    for (const parent of [base, side])
      expect(must(await remote.isAncestor(CommitSha.parse(parent), CommitSha.parse(merge)))).toBe(true);
    expect(await readAll(remote)).toEqual({ 'b.yaml': 'side\n' });
  });

  it('does not know strangers: none is an ancestor, and nothing is known of their ancestors', async () => {
    const repository = await bench.repository();
    const commit = CommitSha.parse(await repository.commit({ 'a.yaml': 'one\n' }));
    const remote = bench.open(repository);
    await fetchHead(remote);
    expect(must(await remote.isAncestor(STRANGER, commit))).toBe(false);
    expect(must(await remote.isAncestor(STRANGER, OTHER_STRANGER))).toBe(false);
    expect(codeOf(await remote.isAncestor(commit, STRANGER))).toBe('source/corrupt');
  });
}
