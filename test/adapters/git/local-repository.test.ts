// Repositories on this machine as git lays them out: bare, with a work tree, with packed refs.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { locateRepository, readHead, readRef } from '../../../src/adapters/git/local-repository.ts';
import { codeOf, must, Remotes, readAll } from '../../conformance/git-service.ts';
import { runCommand } from '../../lab/command.ts';
import { createRepository } from '../../lab/git-repository.ts';

let remotes: Remotes;
let count = 0;

beforeAll(() => {
  remotes = new Remotes();
});
afterAll(() => remotes.close());

const newRepository = () =>
  createRepository({ path: join(remotes.directory, `${++count}.git`), httpUrl: '', sshUrl: '' }, {});
const open = (url: string, branch = 'main') =>
  remotes.open({ url, credential: null, allowFile: true }, { ref: { kind: 'branch', name: branch } });

describe('a repository is found', () => {
  it('in a work tree, in a linked work tree, and by file://', async () => {
    const repository = await newRepository();
    await repository.commit({ 'a.yaml': 'one' });
    const clone = join(remotes.directory, 'clone');
    const linked = join(remotes.directory, 'linked');
    await runCommand('git', ['clone', '--quiet', repository.path, clone]);
    await runCommand('git', ['-C', clone, 'worktree', 'add', '--quiet', '-b', 'side', linked]);
    expect(await readAll(open(clone))).toEqual({ 'a.yaml': 'one' });
    expect(await readAll(open(linked, 'side'))).toEqual({ 'a.yaml': 'one' });
    expect(await readAll(open(`file://${repository.path}`))).toEqual({ 'a.yaml': 'one' });
    expect(await readHead(must(await locateRepository(linked)))).toBe(await repository.head());
  });

  it('with refs in packed-refs, and a loose ref wins over a packed one', async () => {
    const repository = await newRepository();
    const first = await repository.commit({ 'a.yaml': 'one' });
    await repository.git('pack-refs', '--all');
    expect(must(await readRef(repository.path, 'refs/heads/main'))).toBe(first);
    const second = await repository.commit({ 'a.yaml': 'two' });
    expect(must(await readRef(repository.path, 'refs/heads/main'))).toBe(second);
    expect(codeOf(await readRef(repository.path, 'refs/heads/mai'))).toBe('source/not-found');
  });

  it('with a branch that stands for another', async () => {
    const repository = await newRepository();
    const commit = await repository.commit({ 'a.yaml': 'one' });
    await repository.git('symbolic-ref', 'refs/heads/live', 'refs/heads/main');
    expect(must(await readRef(repository.path, 'refs/heads/live'))).toBe(commit);
  });
});

describe('a repository is not read', () => {
  it.each([
    ['where there is nothing', async () => join(remotes.directory, 'nothing'), 'source/not-found'],
    [
      'where there is a plain directory',
      async () => {
        const path = join(remotes.directory, 'plain');
        mkdirSync(path);
        return path;
      },
      'source/not-found',
    ],
    ['without commits', async () => (await newRepository()).path, 'source/empty'],
    [
      'with SHA-256 object names',
      async () => {
        const path = join(remotes.directory, 'sha256.git');
        await runCommand('git', ['init', '--quiet', '--bare', '--object-format=sha256', path]);
        return path;
      },
      'source/unsupported',
    ],
    [
      'with refs in a reftable',
      async () => {
        const { path } = await newRepository();
        writeFileSync(
          join(path, 'config'),
          '[core]\n\trepositoryformatversion = 1\n[extensions]\n\trefStorage = reftable\n',
        );
        return path;
      },
      'source/unsupported',
    ],
    [
      'with a tag that names a file',
      async () => {
        const repository = await newRepository();
        await repository.commit({ 'a.yaml': 'one' });
        const blob = (await repository.git('rev-parse', 'main:a.yaml')).trim();
        writeFileSync(join(repository.path, 'refs/heads/main'), `${blob}\n`);
        return repository.path;
      },
      'source/not-found',
    ],
    [
      'with a head that is not there',
      async () => {
        const repository = await newRepository();
        await repository.commit({ 'a.yaml': 'one' });
        rmSync(join(repository.path, 'objects'), { recursive: true });
        mkdirSync(join(repository.path, 'objects'));
        return repository.path;
      },
      'source/corrupt',
    ],
  ])('%s', async (_, prepare, code) => {
    expect(codeOf(await open(await prepare()).fetch({ deadlineMs: 5_000 }))).toBe(code);
  });

  it('with anything left behind in it', async () => {
    const repository = await newRepository();
    await repository.commit({ 'a.yaml': 'one' });
    const files = () => runCommand('find', [repository.path, '-printf', '%p %T@\n']);
    const before = await files();
    expect(await readAll(open(repository.path))).toEqual({ 'a.yaml': 'one' });
    expect(await files()).toBe(before);
  });
});
