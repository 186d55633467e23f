// What a poll of a real repository costs: the worker is not woken where nothing changed, and a change among
// thousands of files is a small fetch.

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fetchHead, must, readAll } from './git-bench.ts';
import type { Bench } from './git-suite.ts';

export function scaleCases(bench: Bench): void {
  describe('a poll', () => pollCase(bench));
  describe('2,000 files, one of them changed', () => scaleCase(bench));
}

function pollCase(bench: Bench): void {
  it('an unchanged branch is told without the worker', async () => {
    const repository = await bench.repository();
    const commit = await repository.commit({ 'a.yaml': 'one\n' });
    const remote = bench.open(repository);
    await readAll(remote);
    await bench.remotes().worker.close();
    expect((await fetchHead(remote)).commit).toBe(commit);
    expect(bench.remotes().worker.isRunning).toBe(false);
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
