// A place in a manifest is one that an editor or a forge finds: the directory of the source stands in front.

import { expect, it } from 'vitest';
import { nameSpan } from '../../src/desired/collect.ts';
import { ManifestCache } from '../../src/manifest/cache.ts';
import { readManifests } from '../../src/manifest/read.ts';
import { fileReferences } from '../../src/manifest/references.ts';
import { placeAndCode, sourceFile } from './reading.ts';

const CONFIG =
  'apiVersion: plimsoll.dev/v1\nkind: Config\nmetadata: { name: web }\nspec: { files: { a.conf: a.conf } }\n';
const FILES = {
  '.plimsollignore': '!web.yaml\n',
  'deep/config.yaml': CONFIG,
  'typo.yaml': 'apiVersion: plimsoll.dev/v1\nkind: Servce\n',
  'yaml.yaml': 'a: [',
  'web.yaml': CONFIG.replace('files', 'fils'),
};

function places(directory: string | undefined): readonly string[] {
  const files = Object.entries(FILES).map(([path, text]) => sourceFile(path, text));
  const { problems } = readManifests(files, new ManifestCache(directory));
  return problems.map(placeAndCode);
}

it.each([
  [undefined, ''],
  ['', ''],
  ['deploy/fleet', 'deploy/fleet/'],
  ['manifests/', 'manifests/'],
  ['/srv/fleet', '/srv/fleet/'],
])('the directory %s', (directory, prefix) => {
  expect(places(directory)).toEqual([
    `${prefix}.plimsollignore:1:1 manifest/unsupported`,
    `${prefix}typo.yaml:2:7 manifest/unknown-kind`,
    `${prefix}web.yaml:4:9 manifest/unknown-key`,
    `${prefix}yaml.yaml:1:5 manifest/yaml`,
  ]);
});

it('what a document refers to stays below the source', () => {
  const files = [sourceFile('deep/config.yaml', CONFIG)];
  const { documents } = readManifests(files, new ManifestCache('deploy'));
  expect(fileReferences(documents).map((file) => [file.path, file.span.file])).toEqual([
    ['deep/a.conf', 'deploy/deep/config.yaml'],
  ]);
  expect(documents.map((document) => [document.file, nameSpan(document).file])).toEqual([
    ['deep/config.yaml', 'deploy/deep/config.yaml'],
  ]);
});
