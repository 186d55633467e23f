// Work in proportion to what changed: a service that a commit does not touch stays the same object.

import { expect, test } from 'vitest';
import { ResolutionCache } from '../../src/desired/cache.ts';
import type { Desired, DesiredService } from '../../src/desired/desired.ts';
import { ManifestCache } from '../../src/manifest/cache.ts';
import { cpuMs, manifest } from '../manifest/reading.ts';
import { commit, type Files, HOST, named, namespace, resolve, source } from './resolving.ts';

const FILES: Files = {
  'host.yaml': HOST,
  'ns.yaml': namespace('shop', 'defaults: { resources: { limits: { memory: 64m } } }'),
  'web.yaml': named('web, namespace: shop', 'configs: [conf]\ndependsOn: [api]'),
  'api.yaml': named('api, namespace: shop', ''),
  'other.yaml': named('other', ''),
  'conf.yaml': manifest('Config', 'conf, namespace: shop', 'data: { a: x }'),
};

/** Resolves commit after commit with the same caches, as the controller does. */
function repository() {
  const [manifests, resolutions] = [new ManifestCache(), new ResolutionCache()];
  return (files: Files, digit: string): Desired =>
    resolve([source(files, { cache: manifests, commit: commit(digit) })], {}, resolutions).desired;
}

const changed = (before: Desired, after: Desired): readonly string[] =>
  [...after.services].filter(([key, one]) => before.services.get(key) !== one).map(([key]) => key);

test('an unrelated commit changes no object', () => {
  const resolveCommit = repository();
  const before = resolveCommit(FILES, 'a');
  const after = resolveCommit({ ...FILES, 'README.md': 'new' }, 'b');
  expect(changed(before, after)).toEqual([]);
  expect([...after.configs.values()][0]).toBe([...before.configs.values()][0]);
  expect([...after.commits.values()]).toEqual([commit('b')]);
});

test.each([
  ['a service', { 'api.yaml': named('api, namespace: shop', 'replicas: 2') }, ['shop/api']],
  ['a Config', { 'conf.yaml': manifest('Config', 'conf, namespace: shop', 'data: { a: y }') }, ['shop/web']],
  [
    'a namespace',
    { 'ns.yaml': namespace('shop', 'defaults: { resources: { limits: { memory: 65m } } }') },
    ['shop/api', 'shop/web'],
  ],
  ['a host', { 'host.yaml': HOST.replace('app', 'web') }, []],
  [
    'a comment, which is another content of the file',
    { 'api.yaml': `# hello\n${FILES['api.yaml']}` },
    ['shop/api'],
  ],
] as const)('a commit that changes %s', (_, difference, expected) => {
  const resolveCommit = repository();
  const before = resolveCommit(FILES, 'a');
  const after = resolveCommit({ ...FILES, ...difference }, 'b');
  expect(changed(before, after)).toEqual(expected);
});

test('a service that another one connects to touches it only by the port that it serves', () => {
  const resolveCommit = repository();
  const api = (keys: string): Files => ({ ...FILES, 'api.yaml': named('api, namespace: shop', keys) });
  const web = { 'web.yaml': named('web, namespace: shop', 'connects: [api]') };
  const commits = ['serves: [80/http]', 'serves: [80/http]\nreplicas: 2', 'serves: [81/http]'].map(
    (keys, at) => resolveCommit({ ...api(keys), ...web }, String(at)),
  );
  const [first, second, third] = commits;
  if (first === undefined || second === undefined || third === undefined) throw new Error('three commits');
  expect(changed(first, second)).toEqual(['shop/api']);
  expect(changed(second, third)).toEqual(['shop/api', 'shop/web']);
});

test('after a comment the hash is the same, so nothing needs to be planned', () => {
  const resolveCommit = repository();
  const hash = (desired: Desired): readonly string[] =>
    [...desired.services.values()].map((one: DesiredService) => one.specHash);
  const before = resolveCommit(FILES, 'a');
  expect(hash(resolveCommit({ ...FILES, 'api.yaml': `# hello\n${FILES['api.yaml']}` }, 'b'))).toEqual(
    hash(before),
  );
});

test('two sources with equal files have services of their own', () => {
  const cache = new ManifestCache();
  const files = { 'ns.yaml': namespace('a', 'level: baseline') };
  const sources = [
    source({ ...files, 'n.yaml': namespace('b', 'level: baseline') }, { id: 'fleet', cache }),
    source({ 'web.yaml': named('web, namespace: a', '') }, { id: 'one', fleet: false, cache }),
    source({ 'web.yaml': named('web, namespace: b', '') }, { id: 'two', fleet: false, cache }),
  ];
  const { desired } = resolve(sources);
  expect([...desired.services.values()].map((one) => [one.key, one.source])).toEqual([
    ['a/web', 'one'],
    ['b/web', 'two'],
  ]);
});

test('500 services of which one changed cost a small part of reading them all', () => {
  const many = Object.fromEntries(
    Array.from({ length: 500 }, (_, index) => [`${index}.yaml`, named(`s${index}`, 'replicas: 2')]),
  );
  const resolveCommit = repository();
  const all = cpuMs(() => resolveCommit(many, 'a'));
  const one = cpuMs(() => resolveCommit({ ...many, '7.yaml': named('s7', 'replicas: 3') }, 'b'));
  console.log(`500 services: first ${all.toFixed(1)} ms, one changed ${one.toFixed(1)} ms of CPU`);
  expect(one).toBeLessThan(all / 3);
});
