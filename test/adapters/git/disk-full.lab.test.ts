// The controller's disk is full: the fetch says so, nothing is lost, and it goes on when there is space.

import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { serveHttp } from '../../conformance/git-server.ts';
import { codeOf, DEADLINE_MS, must, Remotes } from '../../conformance/git-service.ts';
import { runCommand } from '../../lab/command.ts';

it('a fetch that does not fit is store/full, and a smaller one still fits', async () => {
  const remotes = new Remotes();
  const git = await serveHttp();
  const cacheDir = join(remotes.directory, 'small');
  mkdirSync(cacheDir);
  await runCommand('mount', ['-t', 'tmpfs', '-o', 'size=500k', 'tmpfs', cacheDir]);
  try {
    const repository = await git.create('growing');
    const first = await repository.commit({ 'a.yaml': 'one' });
    const remote = remotes.open(git.access(repository), { cacheDir });
    must(await remote.fetch({ deadlineMs: DEADLINE_MS }));
    const large = await repository.commit({ 'large.bin': randomBytes(800_000) });
    const full = await remote.fetch({ deadlineMs: DEADLINE_MS });
    expect(codeOf(full)).toBe('store/full');
    expect(full.ok || full.error.message).toContain(cacheDir);
    const small = await repository.forcePush({ 'a.yaml': 'two' }, first);
    expect(must(await remote.fetch({ deadlineMs: DEADLINE_MS })).commit).toBe(small);
    await repository.moveBranch(large);
    expect(codeOf(await remote.fetch({ deadlineMs: DEADLINE_MS }))).toBe('store/full');
    await runCommand('mount', ['-o', 'remount,size=5m', cacheDir]);
    expect(must(await remote.fetch({ deadlineMs: DEADLINE_MS })).commit).toBe(large);
  } finally {
    await remotes.worker.close();
    await runCommand('umount', [cacheDir]);
    await remotes.close();
    await git.close();
  }
});
