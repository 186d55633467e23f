// Bad input is reported with its place and what to do, and nothing that runs is lost.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FileChanges } from '../lab/git-repository.ts';
import { type System, serviceManifest, startSystem } from './harness.ts';

let system: System;
let image: string;
let good: string;

beforeAll(async () => {
  system = await startSystem({ hosts: 1 });
  image = (await system.lab.images.web('1')).ref;
  good = await system.repository.commit({
    ...system.hostManifests(),
    'api.yaml': serviceManifest('api', { image, replicas: 2 }),
  });
  await system.start();
  await system.converged();
});

afterAll(() => system[Symbol.asyncDispose]());

const ids = async (): Promise<string[]> => (await system.containers()).map((c) => c.Id).sort();
const problems = () => system.status().sources.flatMap((s) => s.problems);

/** Nests so many lists that the parser's patience is at stake. */
const BOMB = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
  .split('')
  .map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[i]}`).join(',')}]`)
  .join('\n')}\n`;

const service = (name: string, spec: string): string =>
  `apiVersion: plimsoll.dev/v1\nkind: Service\nmetadata: { name: ${name} }\nspec:\n${spec}`;

const BAD: readonly [string, () => FileChanges, string, RegExp | null][] = [
  ['invalid YAML', () => ({ 'bad.yaml': 'a: [1,\nb: }' }), 'manifest/yaml', /^bad\.yaml:\d+:\d+$/],
  [
    'a wrong type',
    () => ({ 'bad.yaml': service('bad', `  image: ${image}\n  replicas: many\n`) }),
    'manifest/invalid-value',
    /^bad\.yaml:6:13$/,
  ],
  [
    'an unknown key',
    () => ({ 'bad.yaml': service('bad', `  image: ${image}\n  replcias: 3\n`) }),
    'manifest/unknown-key',
    /^bad\.yaml:6:3$/,
  ],
  ['an alias bomb', () => ({ 'bad.yaml': BOMB }), 'manifest/limit', /^bad\.yaml/],
  ['a file of 10 MB', () => ({ 'bad.yaml': `# ${'x'.repeat(10_000_000)}\n` }), 'source/limit', null],
  [
    '__proto__',
    () => ({ 'bad.yaml': service('bad', `  image: ${image}\n  environment: { __proto__: { a: b } }\n`) }),
    'manifest/forbidden-key',
    /^bad\.yaml:6/,
  ],
  [
    'two services of one name',
    () => ({ 'bad.yaml': serviceManifest('api', { image }) }),
    'manifest/duplicate',
    /^(bad|api)\.yaml/,
  ],
  [
    'a cycle of dependencies',
    () => ({
      'bad.yaml': `${service('a', `  image: ${image}\n  dependsOn: [b]\n`)}---\n${service('b', `  image: ${image}\n  dependsOn: [a]\n`)}`,
    }),
    'manifest/cycle',
    /^bad\.yaml/,
  ],
  [
    'an unknown host label',
    () => ({ 'bad.yaml': service('bad', `  image: ${image}\n  placement: { hosts: { host: h9 } }\n`) }),
    'manifest/reference',
    /^bad\.yaml/,
  ],
  [
    'a privileged container without permission',
    () => ({ 'bad.yaml': service('bad', `  image: ${image}\n  privileged: true\n`) }),
    'manifest/permission',
    /^bad\.yaml:6/,
  ],
];

describe('a commit with bad input leaves the last good one in force', () => {
  afterEach(async () => {
    await system.repository.moveBranch(good);
    await system.controller.sync(null);
    expect(problems()).toEqual([]);
    expect(system.status().commit).toBe(good);
  });

  it.each(BAD)('%s', async (_, files, code, place) => {
    const before = await ids();
    await system.push(files());
    const found = problems()[0];
    expect(found?.code).toBe(code);
    expect(found?.hint).toMatch(/\w/);
    if (place !== null)
      expect(`${found?.span?.file}:${found?.span?.line}:${found?.span?.column}`).toMatch(place);
    expect(system.status().commit).toBe(good);
    expect(await ids()).toEqual(before);
  });

  it.each([
    ['a symbolic link', '120000', 'link.yaml'],
    ['a submodule', '160000', 'module'],
  ])('%s in the tree', async (_, mode, name) => {
    const before = await ids();
    const object =
      mode === '160000' ? good : (await system.repository.git('hash-object', '-w', '--stdin')).trim();
    const tree = (await system.repository.git('rev-parse', `${good}^{tree}`)).trim();
    await system.repository.git('read-tree', tree);
    await system.repository.git('update-index', '--add', '--cacheinfo', `${mode},${object},${name}`);
    const written = (await system.repository.git('write-tree')).trim();
    const commit = (
      await system.repository.git(
        '-c',
        'user.name=x',
        '-c',
        'user.email=x@x',
        'commit-tree',
        written,
        '-p',
        good,
        '-m',
        'bad',
      )
    ).trim();
    await system.repository.moveBranch(commit);
    await system.controller.sync(null);
    expect(problems()[0]).toMatchObject({
      code: 'source/unsafe-tree',
      message: expect.stringContaining(name),
    });
    expect(await ids()).toEqual(before);
  });
});

describe('a host whose key is another one', () => {
  it('is reported and not used; what runs on it stays', async () => {
    const before = await ids();
    const manifests = system.hostManifests();
    const other = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFu2bqFHnPqU1O0Wg3V0D3gV5Hb0bF0q0q5mXQxkZ1pL';
    const changed = Object.fromEntries(
      Object.entries(manifests).map(([file, text]) => [
        file,
        text.replace(/ssh-ed25519 [A-Za-z0-9+/=]+/, other),
      ]),
    );
    await system.push(changed);
    await system.until('it is reported', () => system.status().hosts.some((h) => /key/.test(h.because)));
    expect(system.status().hosts[0]?.state).not.toBe('fresh');
    expect(await ids()).toEqual(before);
    await system.push(manifests);
    await system.converged();
    expect(await ids()).toEqual(before);
  });
});
