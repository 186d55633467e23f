// Conformance of the GitRemote port: servers that refuse, and copies that break.

import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CommitSha, SourceId } from '../../src/kernel/ids.ts';
import { eventually } from '../lab/eventually.ts';
import { codeOf, DEADLINE_MS, must, readAll } from './git-bench.ts';
import { packsBelow } from './git-scale.ts';
import type { Bench } from './git-suite.ts';

/** Three thousand are written and committed, and read twice, on machines that have other things to do. */
const MANY_FILES_MS = 60_000;

export function faultCases(bench: Bench, name: string): void {
  if (name === 'file') return;
  describe('a server that refuses', () => serverCases(bench));
  // What becomes of a copy does not depend on how it came: one carrier is enough.
  if (name !== 'http') return;
  describe('a damaged copy', () => damageCases(bench));
  describe('the copy on disk', () => durabilityCases(bench));
  describe('a copy of many packs', () => tidyingCases(bench));
}

function serverCases(bench: Bench): void {
  it('is told by its reason, and no secret is in the words', async () => {
    const repository = await bench.repository();
    await repository.commit({ 'a.yaml': 'a' });
    const access = bench.service().access(repository);
    const refused = bench.service().server?.refused ?? [];
    expect(refused.length).toBeGreaterThan(1);
    for (const { title, access: change, code } of refused) {
      const answer = await bench
        .remotes()
        .open({ ...access, ...change })
        .fetch({ deadlineMs: DEADLINE_MS });
      expect(codeOf(answer), title).toBe(code);
      const words = JSON.stringify(answer);
      expect(words).not.toMatch(/wrong|correct horse|PRIVATE KEY|Basic /);
    }
  });
}

/** Ways in which the files of a copy are lost or changed behind our back. */
const DAMAGES: readonly [string, (copy: string) => void][] = [
  ['a pack is cut off', (copy) => truncateSync(oneOf(packsBelow(copy)), 100)],
  ['a pack is gone', (copy) => rmSync(oneOf(packsBelow(copy)))],
  [
    'an index is garbage',
    (copy) => writeFileSync(oneOf(packsBelow(copy)).replace(/pack$/, 'idx'), 'x'.repeat(5_000)),
  ],
  [
    'packs and indexes are gone',
    (copy) => rmSync(join(copy, oneOf(generations(copy)), 'objects'), { recursive: true }),
  ],
  ['the copy is gone', (copy) => rmSync(join(copy, oneOf(generations(copy))), { recursive: true })],
  ['the pointer to it is garbage', (copy) => writeFileSync(join(copy, 'current.json'), '{')],
];

/** A remote with a copy of two files. */
function copies(bench: Bench) {
  return async (options: { readonly maxPacks?: number } = {}) => {
    const repository = await bench.repository();
    await repository.commit({ 'a.yaml': 'one', 'b/c.yaml': 'two' });
    const access = bench.service().access(repository);
    const id = SourceId.parse(repository.path.split('/').at(-1)?.replace('.git', ''));
    const open = () => bench.remotes().open(access, { ...options, id });
    const remote = open();
    await readAll(remote);
    return { repository, remote, open, copy: join(bench.remotes().directory, 'cache', id) };
  };
}

function damageCases(bench: Bench): void {
  const prepared = copies(bench);

  it.each(DAMAGES)('is made anew where %s: found by the next fetch', async (_, damage) => {
    const { repository, remote, copy } = await prepared();
    damage(copy);
    await repository.commit({ 'd.yaml': 'three' });
    expect(await readAll(remote)).toEqual({ 'a.yaml': 'one', 'b/c.yaml': 'two', 'd.yaml': 'three' });
    expect(generations(copy)).toHaveLength(1);
  });

  it.each(DAMAGES)('is made anew where %s: found by the next reading', async (_, damage) => {
    const { remote, copy } = await prepared();
    const { commit } = must(await remote.fetch({ deadlineMs: DEADLINE_MS }));
    const [file] = must(await remote.tree(commit)).files;
    const blob = file?.blob ?? '';
    await bench.remotes().worker.close();
    damage(copy);
    expect(must(await remote.read([blob])).get(blob)).toEqual(new TextEncoder().encode('one'));
  });
}

function durabilityCases(bench: Bench): void {
  const prepared = copies(bench);

  it('is used again by the next process, without another download', async () => {
    const { open, copy } = await prepared();
    const before = packsBelow(copy);
    expect(await readAll(open())).toEqual({ 'a.yaml': 'one', 'b/c.yaml': 'two' });
    expect(packsBelow(copy)).toEqual(before);
  });

  it(
    'is whole after a clone and after a fetch that were killed while they unpacked',
    async () => {
      const repository = await bench.repository();
      const access = bench.service().access(repository);
      const id = SourceId.parse('killed');
      const copy = join(bench.remotes().directory, 'cache', id);
      const expected: Record<string, string> = {};
      for (const round of ['first', 'second']) {
        // Enough to unpack that the thread is still at it when its pack has been seen.
        const names = Array.from({ length: 1_500 }, (_, index) => `${round}/${index % 50}/${index}.yaml`);
        const news = Object.fromEntries(names.map((name) => [name, `name: ${name}\n`]));
        await repository.commit(news);
        Object.assign(expected, news);
        const before = packsBelow(copy).length;
        const asked = bench.remotes().open(access, { id }).fetch({ deadlineMs: DEADLINE_MS });
        await eventually(
          'a pack',
          { deadlineMs: 5_000, intervalMs: 2 },
          () => packsBelow(copy).length > before,
        );
        await bench.remotes().worker.close();
        expect(codeOf(await asked)).toBe('source/interrupted');
        expect(await readAll(bench.remotes().open(access, { id }))).toEqual(expected);
        expect(generations(copy)).toHaveLength(1);
        expect(packsBelow(copy)).toHaveLength(before + 1);
      }
    },
    MANY_FILES_MS,
  );

  it('of another address is not used', async () => {
    const { copy } = await prepared();
    const other = await bench.repository();
    await other.commit({ 'other.yaml': 'other' });
    const id = SourceId.parse(copy.split('/').at(-1));
    const remote = bench.remotes().open(bench.service().access(other), { id });
    expect(await readAll(remote)).toEqual({ 'other.yaml': 'other' });
    expect(generations(copy)).toEqual(['copy-2']);
  });
}

function tidyingCases(bench: Bench): void {
  const prepared = copies(bench);

  it('is not made tidier at the price of the commit that was listed last', async () => {
    const { repository, remote, open, copy } = await prepared({ maxPacks: 2 });
    const before = must(await remote.fetch({ deadlineMs: DEADLINE_MS })).commit;
    const orphan = await repository.forcePush({ 'a.yaml': 'without a past' });
    for (let poll = 0; poll < 3; poll += 1) {
      expect(must(await remote.fetch({ deadlineMs: DEADLINE_MS })).commit).toBe(orphan);
    }
    expect(generations(copy)).toEqual(['copy-1']);
    expect(must(await open().tree(before)).files).toHaveLength(2);
  });

  it('is made tidier when it has many packs, with all of its history', async () => {
    const { repository, remote, copy } = await prepared({ maxPacks: 3 });
    const commits: string[] = [];
    for (let round = 0; round < 7; round += 1) {
      commits.push(await repository.commit({ 'a.yaml': `round ${round}` }));
      expect(await readAll(remote)).toMatchObject({ 'a.yaml': `round ${round}` });
    }
    expect(packsBelow(copy), 'a change does not wait for it').toHaveLength(8);
    must(await remote.fetch({ deadlineMs: DEADLINE_MS }));
    expect(packsBelow(copy)).toHaveLength(1);
    expect(generations(copy)).toHaveLength(1);
    for (const commit of commits) {
      expect(must(await remote.tree(CommitSha.parse(commit))).files, 'every commit can be read').toHaveLength(
        2,
      );
    }
  });
}

const generations = (copy: string): string[] => readdirSync(copy).filter((name) => name.startsWith('copy-'));

function oneOf(names: readonly string[]): string {
  const [name] = names;
  if (name === undefined) throw new Error('there is none');
  return name;
}
