// Objects as the git binary wrote them, read back: packs with deltas of both kinds, loose objects,
// borrowed ones; and damaged ones, which must never pass for good.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObjectDatabase, objectName } from '../../../src/adapters/git/objects.ts';
import { PlimsollError } from '../../../src/kernel/errors.ts';
import { runCommand } from '../../lab/command.ts';
import { createRepository, type LabRepository } from '../../lab/git-repository.ts';

let directory = '';
let count = 0;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-objects-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const newRepository = () =>
  createRepository({ path: join(directory, `${++count}.git`), httpUrl: '', sshUrl: '' }, {});

/** Twelve commits over files that grow, so that packing finds deltas, and a few extremes. */
async function withHistory(): Promise<LabRepository> {
  const repository = await newRepository();
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} ${(index * 7919) % 1_000}\n`);
  for (let round = 0; round < 12; round += 1) {
    lines[round * 1_000] = `changed in round ${round}\n`;
    await repository.commit({
      'large.txt': lines.join(''),
      [`apps/app-${round}.yaml`]: `name: app-${round}\n${'same: text\n'.repeat(50)}`,
      'random.bin': Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * index + round) % 251)),
      empty: '',
    });
  }
  await repository.git('-c', 'user.name=L', '-c', 'user.email=l@x', 'tag', '-am', 'x', 'v1', 'main');
  return repository;
}

/** Everything that the repository has, as `git cat-file` prints it. */
function everyObject(repository: LabRepository): Map<string, { type: string; bytes: Buffer }> {
  const printed = execFileSync('git', ['cat-file', '--batch-all-objects', '--batch', '--unordered'], {
    env: { ...process.env, GIT_DIR: repository.path },
    maxBuffer: 2 ** 30,
  });
  const objects = new Map<string, { type: string; bytes: Buffer }>();
  for (let at = 0; at < printed.length; ) {
    const end = printed.indexOf('\n', at);
    const [oid = '', type = '', size = ''] = printed.toString('latin1', at, end).split(' ');
    const bytes = printed.subarray(end + 1, end + 1 + Number(size));
    objects.set(oid, { type, bytes });
    at = end + 1 + bytes.length + 1;
  }
  return objects;
}

describe('every object is read as git reads it', () => {
  it.each([
    ['loose', []],
    ['in a pack with offset deltas', ['-c', 'pack.depth=50', 'repack', '-adfq', '--window=50']],
    [
      'in a pack with deltas by name',
      ['-c', 'repack.useDeltaBaseOffset=false', 'repack', '-adfq', '--window=50'],
    ],
    ['in a pack without deltas', ['repack', '-adfq', '--window=0']],
  ])('%s', async (_, repack) => {
    const repository = await withHistory();
    await repository.git('repack', '-adq');
    if (repack.length > 0) await repository.git(...repack);
    else await unpackEverything(repository);
    const objects = everyObject(repository);
    expect(objects.size).toBeGreaterThan(40);
    const database = new ObjectDatabase(repository.path);
    for (const [oid, { type, bytes }] of objects) {
      const found = database.find(oid);
      expect(found?.type).toBe(type);
      expect(found?.bytes.equals(bytes), `${type} ${oid}`).toBe(true);
      expect(found !== null && objectName(found)).toBe(oid);
    }
    expect(database.find('0'.repeat(40))).toBeNull();
    database.close();
  });

  it('from a repository that borrows it from another', async () => {
    const lender = await withHistory();
    const borrower = await newRepository();
    writeFileSync(join(borrower.path, 'objects/info/alternates'), `${join(lender.path, 'objects')}\n`);
    const head = await lender.head();
    const database = new ObjectDatabase(borrower.path);
    expect(database.peel(head)?.head.commit).toBe(head);
    database.close();
  });

  it('through an annotated tag', async () => {
    const repository = await withHistory();
    const tag = (await repository.git('rev-parse', 'refs/tags/v1')).trim();
    const database = new ObjectDatabase(repository.path);
    expect(database.find(tag)?.type).toBe('tag');
    expect(database.peel(tag)?.head.commit).toBe(await repository.head());
    database.close();
  });

  it('while git gc moves it from loose files into a pack and from pack to pack', async () => {
    const repository = await newRepository();
    const first = await repository.commit({ 'a.yaml': 'one' });
    const database = new ObjectDatabase(repository.path);
    expect(database.peel(first)?.head.commit).toBe(first);
    for (let round = 0; round < 3; round += 1) {
      const commit = await repository.commit({ 'a.yaml': `round ${round}` });
      await repository.git('gc', '--quiet', '--prune=now');
      expect(database.peel(commit)?.head.commit).toBe(commit);
      expect(database.peel(first)?.head.commit).toBe(first);
    }
    database.close();
  });
});

describe('a damaged pack', () => {
  it('gives the right object or source/corrupt, whichever byte is flipped', async () => {
    const repository = await withHistory();
    await repository.git('repack', '-adfq', '--window=50');
    const objects = everyObject(repository);
    const folder = join(repository.path, 'objects/pack');
    const pack = join(folder, readdirSync(folder).find((name) => name.endsWith('.pack')) ?? '');
    const intact = readFileSync(pack);
    let refusals = 0;
    for (let at = 12; at < intact.length - 20; at += Math.ceil(intact.length / 40)) {
      const flipped = Buffer.from(intact);
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      rmSync(pack, { force: true }); // git writes packs without permission to write
      writeFileSync(pack, flipped);
      const database = new ObjectDatabase(repository.path);
      for (const [oid, { bytes }] of objects) {
        try {
          expect(database.find(oid)?.bytes.equals(bytes)).toBe(true);
        } catch (thrown) {
          if (!(thrown instanceof PlimsollError)) throw thrown;
          expect(['source/corrupt', 'source/limit']).toContain(thrown.problem.code);
          refusals += 1;
        }
      }
      database.close();
    }
    expect(refusals).toBeGreaterThan(40);
  });
});

async function unpackEverything(repository: LabRepository): Promise<void> {
  const folder = join(repository.path, 'objects/pack');
  const packs = readdirSync(folder).filter((name) => name.endsWith('.pack'));
  const contents = packs.map((name) => readFileSync(join(folder, name)));
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { force: true });
  for (const input of contents) {
    await runCommand('git', ['unpack-objects', '-q'], { input, environment: { GIT_DIR: repository.path } });
  }
}
