// The worker thread: it is replaced when it hangs or crashes, it keeps no process alive, and it goes away
// when there is nothing to do.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GitWorker } from '../../../src/adapters/git/git-worker.ts';
import { codeOf, commitTree, must, Remotes, writeTree } from '../../conformance/git-service.ts';
import { eventually } from '../../lab/eventually.ts';
import { createRepository, type LabRepository } from '../../lab/git-repository.ts';

let remotes: Remotes;
let repository: LabRepository;
let blob = '';
let commit = '';

beforeAll(async () => {
  remotes = new Remotes();
  repository = await createRepository(
    { path: join(remotes.directory, 'r.git'), httpUrl: '', sshUrl: '' },
    {},
  );
  commit = await repository.commit({ 'a.yaml': 'one', 'b.yaml': 'two' });
  blob = (await repository.git('rev-parse', 'main:a.yaml')).trim();
});
afterAll(() => remotes.close());

const store = () => ({ kind: 'in-place', gitdir: repository.path }) as const;
/** So many reads that the thread does not come up for air for seconds. */
const endless = () => ({ store: store(), blobs: Array<string>(3_000_000).fill(blob), maxBlobBytes: 1_000 });

describe('a worker', () => {
  it('that hangs is replaced at the deadline; what else it was asked fails too, and the next call works', async () => {
    const worker = new GitWorker();
    must(await worker.head(store(), commit, 5_000));
    const startedAtMs = performance.now();
    const hanging = worker.read(endless(), 200);
    const beside = worker.head(store(), commit, 5_000);
    expect(codeOf(await hanging)).toBe('source/interrupted');
    expect(codeOf(await beside)).toBe('source/interrupted');
    expect(performance.now() - startedAtMs).toBeLessThan(2_500);
    expect(must(await worker.head(store(), commit, 5_000)).commit).toBe(commit);
    await worker.close();
  });

  it('that runs out of memory is replaced, and the process lives on', async () => {
    const before = await repository.head();
    const entries = Array.from({ length: 40_000 }, (_, index) => ({
      mode: '100644',
      name: `file-${index}`,
      oid: blob,
    }));
    const large = await commitTree(repository, await writeTree(repository, entries));
    await repository.moveBranch(before);
    const worker = new GitWorker({ heapMb: 8 });
    const ask = { store: store(), commit: large, path: [], mustExist: true, known: [] };
    const answer = await worker.tree(ask, 8_000);
    expect(codeOf(answer)).toBe('source/limit');
    await worker.close();
    expect(must(await remotes.worker.tree(ask, 8_000)).folders.size).toBe(1);
  });

  it('that is closed fails what it was asked, and starts again when it is asked', async () => {
    const worker = new GitWorker();
    const asked = worker.read(endless(), 30_000);
    await worker.close();
    expect(codeOf(await asked)).toBe('source/interrupted');
    expect(worker.isRunning).toBe(false);
    expect(must(await worker.head(store(), commit, 5_000)).commit).toBe(commit);
    await worker.close();
  });

  it('that has nothing to do ends', async () => {
    const worker = new GitWorker({ idleMs: 100 });
    must(await worker.head(store(), commit, 5_000));
    expect(worker.isRunning).toBe(true);
    await eventually('the end of the thread', { deadlineMs: 3_000 }, () => !worker.isRunning);
  });

  it('keeps a process alive while it is asked and not longer', async () => {
    const source = pathToFileURL(join(import.meta.dirname, '../../../src/adapters/git/git-worker.ts')).href;
    const program = `
      import { GitWorker } from ${JSON.stringify(source)};
      const worker = new GitWorker({ idleMs: 60_000 });
      const store = { kind: 'in-place', gitdir: ${JSON.stringify(repository.path)} };
      const head = await worker.head(store, ${JSON.stringify(commit)}, 5_000);
      console.log(head.value.commit);
    `;
    const startedAtMs = performance.now();
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], {
      timeout: 8_000,
    });
    expect(stdout.trim()).toBe(commit);
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
  });
});
