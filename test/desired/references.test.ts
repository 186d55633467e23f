// What documents say about each other: dependencies, configs, hosts, namespaces, names and quotas.

import { describe, expect, it, test } from 'vitest';
import { manifest, service } from '../manifest/reading.ts';
import {
  desiredOf,
  HOST,
  host,
  messageOf,
  named,
  namespace,
  problemsOf,
  resolve,
  source,
} from './resolving.ts';

describe('dependsOn', () => {
  const api = named('api', '');
  it.each([
    ['a name that is defined', { 'a.yaml': api, 'w.yaml': service('dependsOn: [api]') }, []],
    ['a name with its namespace', { 'a.yaml': api, 'w.yaml': service('dependsOn: [default/api]') }, []],
    [
      'a name that is not defined',
      { 'w.yaml': service('dependsOn: [api]') },
      ['w.yaml:6:15 manifest/reference'],
    ],
    [
      'the second of two',
      { 'a.yaml': api, 'w.yaml': service('dependsOn: [api, db]') },
      ['w.yaml:6:20 manifest/reference'],
    ],
    [
      'a name of another namespace',
      {
        'n.yaml': namespace('shop', 'level: baseline'),
        'a.yaml': named('api, namespace: shop', ''),
        'w.yaml': service('dependsOn: [api]'),
      },
      ['w.yaml:6:15 manifest/reference'],
    ],
    ['itself', { 'w.yaml': service('dependsOn: [web]') }, ['w.yaml:6:15 manifest/cycle']],
    [
      'a circle of two',
      { 'a.yaml': named('api', 'dependsOn: [web]'), 'w.yaml': service('dependsOn: [api]') },
      ['a.yaml:6:15 manifest/cycle'],
    ],
    [
      'a circle of three with a way in',
      {
        'a.yaml': named('a', 'dependsOn: [b]'),
        'b.yaml': named('b', 'dependsOn: [c]'),
        'c.yaml': named('c', 'dependsOn: [x, d]'),
        'd.yaml': named('d', 'dependsOn: [b]'),
        'x.yaml': named('x', ''),
      },
      ['b.yaml:6:15 manifest/cycle'],
    ],
    [
      'a diamond, which is no circle',
      {
        'a.yaml': named('a', 'dependsOn: [b, c]'),
        'b.yaml': named('b', 'dependsOn: [d]'),
        'c.yaml': named('c', 'dependsOn: [d]'),
        'd.yaml': named('d', ''),
      },
      [],
    ],
  ])('%s', (_, files, expected) => {
    expect(problemsOf(source(files))).toEqual(expected);
  });

  test('the sentence names the circle', () => {
    const files = { 'a.yaml': named('a', 'dependsOn: [b]'), 'b.yaml': named('b', 'dependsOn: [a]') };
    expect(messageOf(source(files))).toContain('default/a → default/b → default/a');
  });

  test('a name that is nearly right is suggested', () => {
    expect(messageOf(source({ 'a.yaml': api, 'w.yaml': service('dependsOn: [apii]') }))).toBe(
      'default/web depends on default/apii, which is not defined → Did you mean `default/api`?',
    );
  });

  test('a chain of 2,000 services is no burden', () => {
    const chain = Array.from({ length: 2_000 }, (_, index) =>
      named(`s${index}`, `dependsOn: [s${index + 1}]`),
    );
    const files = Object.fromEntries(
      [...chain, named('s2000', '')].map((text, index) => [`${index}.yaml`, text]),
    );
    expect(desiredOf(files).services.size).toBe(2_001);
  }, 30_000);
});

describe('placement', () => {
  const fleet = {
    'h1.yaml': host('h1', 'role: app, zone: fra'),
    'h2.yaml': host('h2', 'role: db, zone: ber'),
  };
  it.each([
    ['placement: { hosts: { role: app } }', []],
    ['placement: { hosts: { role: [app, web] } }', []],
    ['placement: { hosts: { plimsoll.dev/host: h2 } }', []],
    ['placement: { hosts: { role: ap } }', ['w.yaml:6:31 manifest/reference']],
    ['placement: { hosts: { role: app, disk: large } }', ['w.yaml:6:42 manifest/reference']],
    ['placement: { hosts: { role: app, zone: ber } }', ['w.yaml:6:23 manifest/reference']],
  ])('%s', (keys, expected) => {
    expect(problemsOf(source({ ...fleet, 'w.yaml': service(keys) }))).toEqual(expected);
  });

  it.each([
    ['placement: { hosts: { role: ap } }', 'no host has the label role=ap → Did you mean `role=app`?'],
    ['placement: { hosts: { zon: fra } }', 'no host has the label zon=fra → Did you mean `zone=fra`?'],
    [
      'placement: { hosts: { role: app, zone: ber } }',
      'no host has all of these labels together → Define what is referred to, or correct the name.',
    ],
  ])('%s: %s', (keys, expected) => {
    expect(messageOf(source({ ...fleet, 'w.yaml': service(keys) }))).toBe(expected);
  });

  test('requirements, tolerations and the limit per host', () => {
    const keys =
      'placement: { hosts: { zone: [fra, ber, fra], role: app }, tolerations: [{ key: x }], maxPerHost: 2 }';
    const found = desiredOf({ ...fleet, 'w.yaml': service(keys) })
      .services.values()
      .next().value;
    expect(found?.placement).toEqual({
      hosts: [
        { key: 'role', operator: 'In', values: ['app'] },
        { key: 'zone', operator: 'In', values: ['ber', 'fra'] },
      ],
      tolerations: [{ key: 'x', value: null, effect: null }],
      maxPerHost: 2,
    });
  });
});

describe('configs', () => {
  const config = manifest('Config', 'conf', 'files: [a.txt]\ndata: { b.txt: hello }\nmode: 0600');
  const mounting = service('configs: [{ source: conf, target: /etc/conf }]');

  test('files and data become one directory under the hash of its content', () => {
    const { configs, services } = desiredOf({ 'sub/c.yaml': config, 'sub/a.txt': 'näh', 'w.yaml': mounting });
    const [found] = configs.values();
    expect(found).toMatchObject({
      namespace: 'default',
      name: 'conf',
      source: 'main',
      files: [
        { path: 'a.txt', mode: 0o600, contentBase64: Buffer.from('näh').toString('base64') },
        { path: 'b.txt', mode: 0o600, contentBase64: Buffer.from('hello').toString('base64') },
      ],
    });
    expect([...configs.keys()]).toEqual([found?.contentHash]);
    expect(services.values().next().value?.container.mounts).toEqual([
      { kind: 'config', config: 'conf', contentHash: found?.contentHash, target: '/etc/conf' },
    ]);
  });

  test('the hash follows names, modes and bytes, and nothing else', () => {
    const hashOf = (keys: string, files = {}, path = 'c.yaml') =>
      desiredOf({ [path]: manifest('Config', 'conf', keys), ...files })
        .configs.keys()
        .next().value;
    const base = hashOf('data: { a: x }');
    expect(hashOf('data: { a: x }\nmode: 0644')).toBe(base);
    expect(hashOf('files: [a]', { a: 'x' })).toBe(base);
    expect(hashOf('files: { a: b/c }', { 'd/b/c': 'x' }, 'd/c.yaml')).toBe(base);
    expect(hashOf('data: { a: y }')).not.toBe(base);
    expect(hashOf('data: { b: x }')).not.toBe(base);
    expect(hashOf('data: { a: x }\nmode: 0600')).not.toBe(base);
    expect(hashOf('data: { a: x, b: "" }')).not.toBe(base);
  });

  test('binary files of any length come through', () => {
    for (const length of [0, 1, 2, 3, 8_189, 8_190, 8_191, 20_000]) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 31) % 256);
      const one = source({ 'c.yaml': manifest('Config', 'c', 'files: [f]') });
      const { configs } = desiredWith({ ...one, files: new Map([['f', bytes]]) });
      expect(configs.values().next().value?.files[0]?.contentBase64).toBe(
        Buffer.from(bytes).toString('base64'),
      );
    }
  });

  it.each([
    [
      'a file that is not there',
      { 'sub/c.yaml': config, 'a.txt': 'x' },
      ['sub/c.yaml:5:11 manifest/reference'],
    ],
    ['a Config that is not defined', { 'w.yaml': mounting }, ['w.yaml:6:13 manifest/reference']],
    [
      'a Config of another namespace',
      {
        'n.yaml': namespace('shop', 'level: baseline'),
        'c.yaml': manifest('Config', 'conf, namespace: shop', 'data: { a: x }'),
        'w.yaml': mounting,
      },
      ['w.yaml:6:13 manifest/reference'],
    ],
    [
      'the Config is reported alone, not each service that mounts it',
      { 'c.yaml': config, 'w.yaml': mounting },
      ['c.yaml:5:11 manifest/reference'],
    ],
    [
      'files of more than 4 MiB together',
      {
        'c.yaml': manifest('Config', 'big', 'files: [a, b]'),
        a: 'x'.repeat(3_000_000),
        b: 'y'.repeat(3_000_000),
      },
      ['c.yaml:3:19 manifest/limit'],
    ],
  ])('%s', (_, files, expected) => {
    expect(problemsOf(source(files))).toEqual(expected);
  });
});

describe('names', () => {
  test('twice in one source: both places are named', () => {
    const files = { 'a.yaml': service(''), 'b.yaml': `---\n${service('')}` };
    expect(problemsOf(source(files))).toEqual(['b.yaml:4:19 manifest/duplicate']);
    expect(messageOf(source(files))).toContain('here and at a.yaml:3:19');
  });

  it.each([
    ['hosts', HOST],
    ['namespaces', namespace('shop', 'level: baseline')],
    ['configs', manifest('Config', 'c', 'data: { a: x }')],
  ])('twice: %s', (_, text) => {
    expect(problemsOf(source({ 'a.yaml': text, 'b.yaml': text }))).toEqual([
      'b.yaml:3:19 manifest/duplicate',
    ]);
  });

  test('in two sources: both are named', () => {
    const one = source({ 'a.yaml': service('') }, { id: 'one' });
    const two = source({ 'b.yaml': service('') }, { id: 'two', fleet: false });
    expect(problemsOf(one, two)).toEqual(['b.yaml:3:19 source/conflict']);
    expect(messageOf(one, two)).toContain(
      'Service default/web is defined by two sources: one (a.yaml:3:19) and two (b.yaml:3:19)',
    );
  });

  it.each([
    ['ssh://a@x', 'ssh://b@X:22', 1],
    ['ssh://a@x', 'ssh://a@x:23', 0],
    ['ssh://a@x', 'ssh://a@x?socket=/run/other.sock', 0],
    ['unix:///a', 'unix:///a', 1],
    ['tcp://x', 'tcp://x:2376', 1],
    ['tcp://x', 'ssh://a@x', 0],
  ])('two hosts at %s and %s: %i problems', (one, two, count) => {
    const files = {
      'a.yaml': manifest('Host', 'a', `address: ${one}`),
      'b.yaml': manifest('Host', 'b', `address: ${two}`),
    };
    expect(problemsOf(source(files))).toEqual(count === 0 ? [] : ['b.yaml:3:19 manifest/duplicate']);
  });

  test('the same name in two namespaces, or of two kinds, is no conflict', () => {
    const files = {
      'n.yaml': namespace('shop', 'level: baseline'),
      'a.yaml': service(''),
      'b.yaml': named('web, namespace: shop', ''),
      'c.yaml': manifest('Config', 'web', 'data: { a: x }'),
    };
    expect([...desiredOf(files).services.keys()]).toEqual(['default/web', 'shop/web']);
  });

  test('a namespace that nobody defines', () => {
    const files = {
      'n.yaml': namespace('shop', 'level: baseline'),
      'w.yaml': named('web, namespace: shopp', ''),
    };
    expect(problemsOf(source(files))).toEqual(['w.yaml:3:35 manifest/reference']);
    expect(messageOf(source(files))).toBe('the namespace shopp is not defined → Did you mean `shop`?');
  });
});

describe('contradictions within a service', () => {
  it.each([
    ['mem_limit: 64m\nresources: { limits: { memory: 65m } }', '6:14 manifest/invalid-value'],
    ['cpus: 1\nresources: { limits: { cpus: 2 } }', '6:9 manifest/invalid-value'],
    ['mem_reservation: 1m\nresources: { requests: { memory: 2m } }', '6:20 manifest/invalid-value'],
    ['resources: { limits: { memory: 64m }, requests: { memory: 65m } }', '6:61 manifest/invalid-value'],
    ['rollout: { maxSurge: 0 }', '6:24 manifest/invalid-value'],
    ['rollout: { maxSurge: 0%, maxUnavailable: 0% }', '6:24 manifest/invalid-value'],
    ['rollout: { strategy: recreate, maxSurge: 1 }', '6:44 manifest/invalid-value'],
    ['rollout: { minHealthy: 10m }', '6:12 manifest/invalid-value'],
    ['rollout: { drain: 2h }', '6:21 manifest/invalid-value'],
    ['rollout: { breaker: { min: 9, max: 3 } }', '6:23 manifest/invalid-value'],
    ['volumes: ["a:/x", "b:/x/"]', '6:21 manifest/duplicate'],
    ['volumes: ["a:/x"]\ntmpfs: [/y, /x]', '7:15 manifest/duplicate'],
  ])('%j', (keys, expected) => {
    expect(problemsOf(source({ 'w.yaml': service(keys) }))).toEqual([`w.yaml:${expected}`]);
  });
});

describe('quotas of a namespace', () => {
  const files = {
    'a.yaml': named('a', 'replicas: 3\nmem_limit: 100m'),
    'b.yaml': named('b', 'replicas: 2\nmem_limit: 50m'),
  };
  it.each([
    ['limits: { services: 2, replicas: 5, memory: 400m }', []],
    ['limits: { services: 1 }', ['ns.yaml:5:23 manifest/quota']],
    ['limits: { replicas: 4 }', ['ns.yaml:5:23 manifest/quota']],
    ['limits: { memory: 399m }', ['ns.yaml:5:21 manifest/quota']],
  ])('%s', (keys, expected) => {
    expect(problemsOf(source({ ...files, 'ns.yaml': namespace('default', keys) }))).toEqual(expected);
  });

  test('a limit on memory demands a limit of each service', () => {
    const all = {
      ...files,
      'c.yaml': named('c', ''),
      'ns.yaml': namespace('default', 'limits: { memory: 1g }'),
    };
    expect(problemsOf(source(all))).toEqual(['c.yaml:3:19 manifest/quota']);
  });
});

function desiredWith(one: ReturnType<typeof source>) {
  return resolve([one]).desired;
}

describe('more replicas than the published ports of the hosts allow', () => {
  const THREE = { 'h.yaml': ['a', 'b', 'c'].map((name) => host(name, 'role: app')).join('---\n') };
  const warnings = (keys: string, hosts: Readonly<Record<string, string>> = THREE) =>
    resolve([source({ ...hosts, 'web.yaml': service(`mem_limit: 64m\n${keys}`) })])
      .warnings.filter(({ code }) => code === 'manifest/ports')
      .map(({ message, hint, span }) => `${span?.line} ${message} → ${hint}`);

  it('is a warning that proposes a range', () => {
    expect(warnings('replicas: 4\nports: ["8099:8080"]')).toEqual([
      '8 port 8099 on 3 hosts cannot serve 4 replicas → Publish a range, such as `8099-8108:8080`, or ask for fewer replicas.',
    ]);
  });

  it.each([
    ['hosts that placement leaves out do not count', 'replicas: 2\nports: ["53:53/udp"]', 1],
    ['the narrowest range counts', 'replicas: 4\nports: ["8000-8009:80", "9000:90"]', 1],
    ['enough hosts', 'replicas: 3\nports: ["8099:8080"]', 0],
    ['a range', 'replicas: 30\nports: ["8000-8009:80"]', 0],
    ['ports that the engine picks', 'replicas: 30\nports: ["80"]', 0],
  ])('%s', (_, keys, count) => {
    const placed = count === 1 && keys.includes('udp');
    const written = placed ? `${keys}\nplacement: { hosts: { role: db } }` : keys;
    const hosts = placed ? { 'h.yaml': `${THREE['h.yaml']}---\n${host('d', 'role: db')}` } : THREE;
    expect(warnings(written, hosts)).toHaveLength(count);
  });

  it('is not known where the hosts are elsewhere', () => {
    expect(warnings('replicas: 4\nports: ["8099:8080"]', {})).toEqual([]);
  });
});
