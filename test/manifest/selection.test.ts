// Which files of a source are manifests, and what is said of those that are none.

import { describe, expect, it, test } from 'vitest';
import { ManifestCache } from '../../src/manifest/cache.ts';
import { readManifests } from '../../src/manifest/read.ts';
import { fileReferences } from '../../src/manifest/references.ts';
import { cpuMs, manifest, placeAndCode, read, service, sourceFile } from './reading.ts';

const WEB = service('replicas: 1');
const namesIn = (files: Readonly<Record<string, string>>): readonly string[] => {
  const { documents, problems } = read(files);
  return [...documents.map((document) => document.file), ...problems.map(placeAndCode)];
};

describe('a file is a manifest', () => {
  it.each([
    ['web.yaml', true],
    ['web.yml', true],
    ['web.json', true],
    ['deep/down/web.yaml', true],
    ['README.md', false],
    ['web.yaml.bak', false],
    ['WEB.YAML', false],
    ['plimsoll.yaml', false],
    ['controller/plimsoll.yaml', false],
    ['.web.yaml', false],
    ['.github/workflows/ci.yaml', false],
    ['a/.hidden/web.yaml', false],
  ])('%s: %s', (path, expected) => {
    expect(namesIn({ [path]: WEB })).toEqual(expected ? [path] : []);
  });
});

describe('a file that is no manifest of ours is an error that says how to go on', () => {
  it.each([
    ['a Compose file', 'services:\n  web: {}\n', '1:1 manifest/unknown-kind'],
    ['a manifest of Kubernetes', 'apiVersion: apps/v1\nkind: Deployment\n', '1:13 manifest/unknown-kind'],
    ['a later version', 'apiVersion: plimsoll.dev/v2\nkind: Service\n', '1:13 manifest/unknown-kind'],
    ['a list', '- a\n', '1:1 manifest/unknown-kind'],
    ['a text', 'hello\n', '1:1 manifest/unknown-kind'],
    ['a number as version', 'apiVersion: 1\n', '1:13 manifest/unknown-kind'],
  ])('%s', (_, text, expected) => {
    const { problems } = read({ 'other.yaml': text });
    expect(problems.map(placeAndCode)).toEqual([`other.yaml:${expected}`]);
    expect(problems[0]?.hint).toContain('.plimsollignore');
  });

  it.each([
    [
      'no kind',
      'apiVersion: plimsoll.dev/v1\nmetadata: {}\n',
      '1:1',
      'Use one of the documented kinds and apiVersion plimsoll.dev/v1.',
    ],
    [
      'another kind',
      'apiVersion: plimsoll.dev/v1\nkind: Deployment\n',
      '2:7',
      'Use one of the documented kinds and apiVersion plimsoll.dev/v1.',
    ],
    ['a kind misspelled', 'apiVersion: plimsoll.dev/v1\nkind: Sevice\n', '2:7', 'Did you mean `Service`?'],
    [
      'a kind in lower case',
      'apiVersion: plimsoll.dev/v1\nkind: service\n',
      '2:7',
      'Did you mean `Service`?',
    ],
  ])('%s', (_, text, place, hint) => {
    const { problems } = read({ 'm.yaml': text });
    expect(problems.map((one) => [placeAndCode(one), one.hint])).toEqual([
      [`m.yaml:${place} manifest/unknown-kind`, hint],
    ]);
  });
});

describe('.plimsollignore', () => {
  it.each([
    ['compose.yaml', ['compose.yaml', 'a/compose.yaml'], ['compose.yml', 'xcompose.yaml']],
    ['/compose.yaml', ['compose.yaml'], ['a/compose.yaml']],
    ['charts/', ['charts/a.yaml', 'x/charts/b/c.yaml'], ['charts.yaml']],
    ['charts', ['charts/a.yaml'], ['chartss/a.yaml']],
    ['*.tpl.yaml', ['a.tpl.yaml', 'b/c.tpl.yaml'], ['tpl.yaml']],
    ['a/*.yaml', ['a/x.yaml'], ['a/b/x.yaml', 'c/a/x.yaml']],
    ['a/**/x.yaml', ['a/x.yaml', 'a/b/x.yaml', 'a/b/c/x.yaml'], ['x.yaml', 'b/a/x.yaml']],
    ['**/test/*.yaml', ['test/x.yaml', 'a/b/test/x.yaml'], ['test/a/x.yaml']],
    ['test?.yaml', ['test1.yaml'], ['test.yaml', 'test12.yaml']],
    ['# a comment\n\n  x.yaml  ', ['x.yaml'], ['y.yaml']],
  ])('%j', (rules, ignored, kept) => {
    const files = Object.fromEntries([...ignored, ...kept].map((path) => [path, WEB]));
    expect([...namesIn({ ...files, '.plimsollignore': rules })].sort()).toEqual([...kept].sort());
  });

  it.each([
    ['!web.yaml', '1:1'],
    ['a\n[ab].yaml', '2:1'],
    ['a\n\n  b\\c', '3:3'],
  ])('refused: %j', (rules, place) => {
    expect(namesIn({ '.plimsollignore': rules })).toEqual([`.plimsollignore:${place} manifest/unsupported`]);
  });

  test('GO-2024-2792: a pattern cannot take time that grows faster than its length', () => {
    const path = `${'a'.repeat(250)}/${'a'.repeat(250)}.yaml`;
    const rules = [`${'*a'.repeat(120)}b`, `${'**/'.repeat(300)}b`, `${'*'.repeat(1000)}b`].join('\n');
    const found: (readonly string[])[] = [];
    const tookMs = cpuMs(() => found.push(namesIn({ '.plimsollignore': rules, [path]: WEB })));
    expect(found).toEqual([[path]]);
    expect(tookMs).toBeLessThan(1_000);
  });

  test('one in a directory below has no meaning', () => {
    expect(namesIn({ 'a/.plimsollignore': 'web.yaml', 'a/web.yaml': WEB })).toEqual(['a/web.yaml']);
  });
});

describe('files that a Config refers to', () => {
  const config = (files: string) => manifest('Config', 'c', `files: ${files}`);

  test('are no manifests, and are found from the directory of the manifest', () => {
    const { documents, problems } = read({
      'shop/config.yaml': config('[app.json, conf/rules.yaml]'),
      'shop/app.json': '{"any": "thing"}',
      'shop/conf/rules.yaml': 'not: [closed',
      'app.json': WEB,
    });
    expect(problems).toEqual([]);
    expect(documents.map((document) => document.file)).toEqual(['app.json', 'shop/config.yaml']);
    expect(fileReferences(documents)).toEqual([
      { path: 'shop/app.json', name: 'app.json', span: { file: 'shop/config.yaml', line: 5, column: 11 } },
      {
        path: 'shop/conf/rules.yaml',
        name: 'rules.yaml',
        span: { file: 'shop/config.yaml', line: 5, column: 21 },
      },
    ]);
  });

  test('a map gives them other names', () => {
    const { documents } = read({ 'config.yaml': config('{ sub/a.conf: prod.conf, b: x/y.conf }') });
    expect(fileReferences(documents).map(({ path, name }) => [path, name])).toEqual([
      ['prod.conf', 'sub/a.conf'],
      ['x/y.conf', 'b'],
    ]);
  });

  test('cannot hold manifests as well: left out silently, their services would be removed', () => {
    expect(namesIn({ 'c.yaml': config('[web.yaml]'), 'web.yaml': WEB })).toEqual([
      'c.yaml',
      'c.yaml:5:11 manifest/path',
    ]);
    expect(namesIn({ 'c.yaml': config('[web.yaml]'), 'web.yaml': service('nonsense: 1') })).toEqual([
      'c.yaml',
      'c.yaml:5:11 manifest/path',
    ]);
  });

  it.each([
    ['[../secret]', '5:11'],
    ['[a/../../secret]', '5:11'],
    ['[/etc/passwd]', '5:11'],
    ['[./a]', '5:11'],
    ['[a//b]', '5:11'],
    ['[""]', '5:11'],
    ['["a\\\\b"]', '5:11'],
    ['["a\\0b"]', '5:11'],
    ['[..]', '5:11'],
    ['{ a: ../b }', '5:15'],
    ['{ ../a: b }', '5:12'],
    ['{ /a: b }', '5:12'],
  ])(
    'CVE-2022-24904, CVE-2022-31036, CVE-2022-24731, Flux CVE-2022-24877: %s stays outside',
    (files, place) => {
      expect(namesIn({ 'shop/c.yaml': config(files) })).toEqual([`shop/c.yaml:${place} manifest/path`]);
    },
  );

  it.each(['../web.yaml', '/web.yaml', 'a/../web.yaml', 'a\\web.yaml', 'a\nb.yaml'])(
    'gitoxide CVE-2026-44471: a tree with the path %j is not read',
    (path) => {
      const { documents, problems } = read({ [path]: WEB });
      expect(documents).toEqual([]);
      expect(problems.map((one) => one.code)).toEqual(['manifest/path']);
    },
  );
});

describe('unchanged files are read once', () => {
  const files = [
    sourceFile('a.yaml', WEB),
    sourceFile('b.yaml', service('replicas: 2').replace('web', 'api')),
  ];

  test('documents keep their identity, and the content of known files is not looked at', () => {
    const cache = new ManifestCache();
    const first = readManifests(files, cache);
    expect(files.map((file) => cache.has(file.path, file.blob))).toEqual([true, true]);
    const empty = files.map((file) => ({ ...file, bytes: null }));
    const second = readManifests(empty, cache);
    expect(second.documents[0]).toBe(first.documents[0]);
    expect(second.documents[1]).toBe(first.documents[1]);
  });

  test('content that was not fetched and is not known is missing, which is not empty', () => {
    const { documents, problems } = readManifests([
      { path: 'a.yaml', blob: 'x', bytes: null },
      ...files.slice(1),
    ]);
    expect(documents).toHaveLength(1);
    expect(problems.map((one) => one.code)).toEqual(['source/corrupt']);
  });

  test('a changed file is read anew, the others are not', () => {
    const cache = new ManifestCache();
    const first = readManifests(files, cache);
    const changed = readManifests([sourceFile('a.yaml', service('replicas: 5')), ...files.slice(1)], cache);
    expect(changed.documents[0]).not.toBe(first.documents[0]);
    expect(changed.documents[1]).toBe(first.documents[1]);
  });

  test('the same content at another path is another document', () => {
    const cache = new ManifestCache();
    const { documents } = readManifests([sourceFile('a.yaml', WEB), sourceFile('b.yaml', WEB)], cache);
    expect(new Set(documents.map((document) => document.id)).size).toBe(2);
  });

  test('the order of the files does not matter', () => {
    expect(readManifests([...files].reverse()).documents).toEqual(readManifests(files).documents);
  });

  test('what is no longer needed is forgotten', () => {
    const cache = new ManifestCache();
    const old = Array.from({ length: 1_100 }, (_, index) => sourceFile(`${index}.yaml`, `a: ${index}`));
    readManifests(old, cache);
    for (let pass = 0; pass < 25; pass += 1) readManifests(files, cache);
    expect(old.some((file) => cache.has(file.path, file.blob))).toBe(false);
    expect(cache.has('a.yaml', files[0]?.blob ?? '')).toBe(true);
  });
});
