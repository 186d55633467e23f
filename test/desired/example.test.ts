// The example shop is read and resolved without a problem or a warning, on three hosts and on one.

import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ServiceKey } from '../../src/kernel/ids.ts';
import { resolve, source } from './resolving.ts';

const root = join(import.meta.dirname, '../../manifests-example');
const paths = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));
const FILES = Object.fromEntries(paths.map((path) => [relative(root, path), readFileSync(path, 'utf8')]));

describe('manifests-example', () => {
  test('three hosts, one namespace, four services and a config', () => {
    const { desired, warnings } = resolve([source(FILES)]);
    expect(warnings).toEqual([]);
    expect([...desired.hosts.keys()]).toEqual(['ber-1', 'fra-1', 'fra-2']);
    expect([...desired.namespaces.keys()].sort()).toEqual(['default', 'shop']);
    const services = [...desired.services.values()].map((one) => [one.name, one.replicas, one.dependsOn]);
    expect(services).toEqual([
      ['api', 3, ['shop/db']],
      ['db', 1, []],
      ['web', 3, ['shop/api']],
      ['worker', 2, ['shop/db', 'shop/api']],
    ]);
    expect([...desired.configs.values()][0]?.files.map((file) => file.path)).toEqual([
      'motd.txt',
      'web.json',
    ]);
  });

  test('each file of manifests begins with the line that editors read, and the schema is there', () => {
    for (const path of paths.filter((one) => one.endsWith('.yaml'))) {
      const line = readFileSync(path, 'utf8').split('\n')[0] ?? '';
      const schema = /^# yaml-language-server: \$schema=(.+)$/.exec(line)?.[1];
      expect(schema, path).toBeDefined();
      expect(() => readFileSync(join(path, '..', schema ?? '')), path).not.toThrow();
    }
  });

  test('the front shares a host with itself, the database does not move', () => {
    const { services } = resolve([source(FILES)]).desired;
    const [web, db] = [services.get(ServiceKey.parse('shop/web')), services.get(ServiceKey.parse('shop/db'))];
    expect(web?.container.ports).toEqual([
      { target: 8080, protocol: 'tcp', published: { from: 8080, to: 8089 }, hostIp: '0.0.0.0' },
    ]);
    expect(db?.container.mounts).toEqual([
      { kind: 'volume', volume: 'data', target: '/var/lib/db', readOnly: false },
    ]);
    expect(db?.placement.hosts).toEqual([{ key: 'disk', operator: 'In', values: ['large'] }]);
  });

  test('on one machine', () => {
    const address = 'unix:///var/run/docker.sock';
    const hosts = Object.fromEntries(
      ['fra-1', 'fra-2', 'ber-1'].map((name) => [name, { as: 'local', address }]),
    );
    const { desired } = resolve([source(FILES)], { hosts });
    expect([...desired.hosts.keys()]).toEqual(['local']);
    expect(desired.services.size).toBe(4);
  });
});
