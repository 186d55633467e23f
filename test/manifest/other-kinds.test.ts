// Host, Namespace, Config and the envelope around every kind.

import { describe, expect, it, test } from 'vitest';
import { manifest, only, problemsIn, service } from './reading.ts';

describe('a namespace', () => {
  it('needs no spec: most have nothing to set', () => {
    expect(problemsIn('apiVersion: plimsoll.dev/v1\nkind: Namespace\nmetadata: { name: shop }\n')).toEqual(
      [],
    );
  });
});

describe('the envelope', () => {
  it.each([
    [
      'no metadata',
      'apiVersion: plimsoll.dev/v1\nkind: Config\nspec: { data: {} }\n',
      '1:1 manifest/invalid-value',
    ],
    [
      'no name',
      'apiVersion: plimsoll.dev/v1\nkind: Config\nmetadata: {}\nspec: { data: {} }\n',
      '3:11 manifest/invalid-value',
    ],
    [
      'no spec',
      'apiVersion: plimsoll.dev/v1\nkind: Config\nmetadata: { name: a }\n',
      '1:1 manifest/invalid-value',
    ],
    [
      'a list as spec',
      'apiVersion: plimsoll.dev/v1\nkind: Config\nmetadata: { name: a }\nspec: []\n',
      '4:7 manifest/invalid-value',
    ],
    [
      'a number as name',
      'apiVersion: plimsoll.dev/v1\nkind: Config\nmetadata: { name: 5 }\nspec: { data: {} }\n',
      '3:19 manifest/invalid-value',
    ],
    [
      'a label of ours',
      manifest('Config', 'a, labels: { plimsoll.dev/host: x }', 'data: {}'),
      '3:32 manifest/invalid-value',
    ],
    [
      'a label that is none',
      manifest('Config', 'a, labels: { "a b": x }', 'data: {}'),
      '3:32 manifest/invalid-value',
    ],
  ])('%s', (_, text, expected) => {
    expect(problemsIn(text)).toEqual([`m.yaml:${expected}`]);
  });

  it.each([
    'Web',
    'web_1',
    'a.b',
    '-web',
    'web-',
    'a b',
    'a;rm -rf /',
    '$(id)',
    '`id`',
    'a/b',
    '../a',
    'ä',
    `a${'b'.repeat(63)}`,
    '""',
  ])('Dokploy CVE-2026-45628, CVE-2026-45662, CVE-2026-27130: %s is no name', (name) => {
    const quoted = name === '""' ? name : JSON.stringify(name);
    expect(problemsIn(service('').replace('name: web', `name: ${quoted}`))).toEqual([
      'm.yaml:3:19 manifest/invalid-value',
    ]);
    expect(problemsIn(service('').replace('name: web', `name: web, namespace: ${quoted}`))).toEqual([
      'm.yaml:3:35 manifest/invalid-value',
    ]);
  });

  it.each(['a', 'web-1', '1', 'a'.repeat(63)])('%s is a name', (name) => {
    expect(problemsIn(service('').replace('name: web', `name: ${JSON.stringify(name)}`))).toEqual([]);
  });
});

describe('Host', () => {
  const host = (keys: string) => {
    const document = only(manifest('Host', 'h', keys));
    if (document.kind !== 'Host') throw new Error('expected a Host');
    return document.manifest.spec;
  };

  const ssh = {
    scheme: 'ssh',
    user: 'deploy',
    host: 'a.example.com',
    port: 22,
    socketPath: '/var/run/docker.sock',
  };
  it.each([
    ['ssh://deploy@a.example.com', ssh],
    ['ssh://deploy@a.example.com/', ssh],
    ['ssh://deploy@a.example.com:2222', { ...ssh, port: 2222 }],
    [
      'ssh://deploy@a.example.com?socket=/run/user/1000/docker.sock',
      { ...ssh, socketPath: '/run/user/1000/docker.sock' },
    ],
    [
      'ssh://deploy@a.example.com:2222/run/user/1000/docker.sock',
      { ...ssh, port: 2222, socketPath: '/run/user/1000/docker.sock' },
    ],
    ['ssh://deploy@10.0.0.1', { ...ssh, host: '10.0.0.1' }],
    ['ssh://deploy@[fd00::1]:22', { ...ssh, host: 'fd00::1' }],
    ['unix:///var/run/docker.sock', { scheme: 'unix', socketPath: '/var/run/docker.sock' }],
    ['tcp://a.example.com', { scheme: 'tcp', host: 'a.example.com', port: 2376 }],
    ['tcp://10.0.0.1:2377', { scheme: 'tcp', host: '10.0.0.1', port: 2377 }],
  ])('address %s', (address, expected) => {
    expect(host(`address: "${address}"`).address).toEqual(expected);
  });

  it.each([
    'a.example.com',
    'http://a.example.com',
    'ssh://a.example.com',
    'ssh://root:secret@a.example.com',
    'ssh://-oProxyCommand=x@a',
    'ssh://root@-oProxyCommand=x',
    'ssh://root@a b',
    'ssh://root@a:0',
    'ssh://root@a:70000',
    'ssh://root@a?socket=/run/../x.sock',
    'ssh://root@a?other=1',
    'unix://run/docker.sock',
    'unix:///run/../docker.sock',
    'tcp://root@a',
    'tcp://',
  ])('refused: address %s', (address) => {
    expect(problemsIn(manifest('Host', 'h', `address: "${address}"`))).toEqual([
      'm.yaml:5:12 manifest/invalid-value',
    ]);
  });

  const FINGERPRINT = `SHA256:${'A'.repeat(43)}`;
  const KEY = `AAAAC3NzaC1lZDI1NTE5AAAAI${'B'.repeat(43)}`;
  it.each([
    [FINGERPRINT, [FINGERPRINT]],
    [`${FINGERPRINT}=`, [FINGERPRINT]],
    [`[${FINGERPRINT}, "ssh-ed25519 ${KEY} root@host"]`, [FINGERPRINT, `ssh-ed25519 ${KEY}`]],
  ])('hostKey %s', (key, expected) => {
    expect(host(`address: ssh://a@b\nhostKey: ${key}`).hostKey).toEqual(expected);
  });

  it.each([
    ['address: ssh://a@b\nhostKey: abc', '6:12 manifest/invalid-value'],
    ['address: ssh://a@b\nhostKey: MD5:00:11', '6:12 manifest/invalid-value'],
    [`address: unix:///s\nhostKey: ${FINGERPRINT}`, '6:12 manifest/invalid-value'],
    ['address: ssh://a@b\ncredential: My Key', '6:15 manifest/invalid-value'],
    ['address: ssh://a@b\ntaints: [{ key: a }]', '6:12 manifest/invalid-value'],
    ['address: ssh://a@b\ntaints: [{ key: a, effect: Evict }]', '6:30 manifest/invalid-value'],
    ['address: ssh://a@b\nreserved: { memory: much }', '6:23 manifest/invalid-value'],
    ['address: ssh://a@b\nnetworkRange: 10.201.0.1/16', '6:17 manifest/invalid-value'],
    ['address: ssh://a@b\nnetworkRange: 10.201.0.0/24', '6:17 manifest/invalid-value'],
    ['address: ssh://a@b\nschedulable: 1', '6:16 manifest/invalid-value'],
    ['schedulable: true', '5:3 manifest/invalid-value'],
  ])('refused: %j', (keys, expected) => {
    expect(problemsIn(manifest('Host', 'h', keys))).toEqual([`m.yaml:${expected}`]);
  });
});

describe('Namespace', () => {
  it.each([
    ['permissions: [root]', '5:17 manifest/invalid-value'],
    ['permissions: [hostPath]', '5:16 manifest/invalid-value'],
    ['hostPaths: [/srv]', '5:14 manifest/invalid-value'],
    ['permissions: [hostPath]\nhostPaths: [srv]', '6:15 manifest/path'],
    ['permissions: [hostPath]\nhostPaths: [/srv/../etc]', '6:15 manifest/path'],
    ['level: paranoid', '5:10 manifest/invalid-value'],
    ['limits: { memory: -1 }', '5:21 manifest/invalid-value'],
    ['defaults: { rollout: { strategy: ordered } }', '5:36 manifest/unsupported'],
    ['defaults: { rollout: { steps: [{ match: {} }] } }', '5:36 manifest/unsupported'],
    [
      'defaults: { rollout: { analysis: [], steps: [{ weight: 5 }, { analyze: {} }] } }',
      '5:74 manifest/invalid-value',
    ],
  ])('refused: %j', (keys, expected) => {
    expect(problemsIn(manifest('Namespace', 'n', keys))).toEqual([`m.yaml:${expected}`]);
  });

  test('the name `config` would let volumes of the namespace pass for those of Configs', () => {
    expect(problemsIn(manifest('Namespace', 'config', 'level: baseline'))).toEqual([
      'm.yaml:3:19 manifest/invalid-value',
    ]);
  });
});

describe('Config', () => {
  it.each([
    ['mode: 0644', '5:3 manifest/invalid-value'],
    ['data: { a: 1 }', '5:14 manifest/invalid-value'],
    ['data: { a: }', '5:14 manifest/invalid-value'],
    ['data: { ../a: x }', '5:11 manifest/path'],
    ['data: { a: x }\nmode: 644', '6:9 manifest/invalid-value'],
    ['data: { a: x }\nmode: "0999"', '6:9 manifest/invalid-value'],
    ['data: { a: x }\nfiles: [b/a]', '6:11 manifest/duplicate'],
    ['files: [x/a, y/a]', '5:16 manifest/duplicate'],
    ['data: { a: x, a/b: y }', '5:3 manifest/duplicate'],
    ['files: a', '5:10 manifest/invalid-value'],
  ])('refused: %j', (keys, expected) => {
    expect(problemsIn(manifest('Config', 'c', keys))).toEqual([`m.yaml:${expected}`]);
  });

  it.each([
    ['0640', 0o640],
    ['"0640"', 0o640],
    ['0o640', 0o640],
  ])('mode %s', (mode, expected) => {
    const document = only(manifest('Config', 'c', `data: { a: x }\nmode: ${mode}`));
    expect(document.kind === 'Config' && document.manifest.spec.mode).toBe(expected);
  });
});
