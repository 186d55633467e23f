// What stands in Desired where a manifest says nothing: the safe defaults, then those of the namespace,
// then the service itself.

import { describe, expect, it, test } from 'vitest';
import { manifest, service } from '../manifest/reading.ts';
import { containerOf, desiredOf, HOST, resolve, serviceOf, source } from './resolving.ts';

test('a service that names an image alone', () => {
  const { specHash, ...rest } = serviceOf('');
  expect(specHash).toMatch(/^[0-9a-f]{64}$/);
  expect(rest).toEqual({
    key: 'default/web',
    namespace: 'default',
    name: 'web',
    source: 'main',
    span: { file: 'web.yaml', line: 3, column: 19 },
    replicas: 1,
    dependsOn: [],
    serves: [],
    allowFrom: [],
    drift: 'correct',
    ignoredFields: [],
    placement: { hosts: [], tolerations: [], maxPerHost: null },
    probes: { startup: null, readiness: null, liveness: null },
    rollout: {
      strategy: 'rolling',
      steps: [],
      compare: null,
      maxSurge: '25%',
      maxUnavailable: 0,
      minHealthyMs: 10_000,
      progressDeadlineMs: 600_000,
      drainMs: 30_000,
      onFailure: 'rollback',
      breaker: { failures: '50%', min: 3, max: 200 },
      historyLimit: 10,
    },
    container: {
      image: 'docker.io/library/nginx:1.27',
      pullPolicy: 'missing',
      platform: null,
      entrypoint: null,
      command: null,
      environment: {},
      workingDir: null,
      user: null,
      groupAdd: [],
      hostname: null,
      labels: {},
      ports: [],
      expose: [],
      mounts: [],
      healthcheck: null,
      stopSignal: null,
      stopGraceMs: 30_000,
      init: false,
      tty: false,
      stdinOpen: false,
      readOnly: false,
      privileged: false,
      capAdd: [],
      capDrop: [],
      securityOpt: ['no-new-privileges:true'],
      networkMode: 'bridge',
      pidMode: 'private',
      ipcMode: 'private',
      devices: [],
      ulimits: [],
      sysctls: {},
      extraHosts: [],
      dns: [],
      dnsSearch: [],
      connects: [],
      logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '3' } },
      shmSizeBytes: null,
      oomScoreAdj: null,
      limits: { memoryBytes: null, memoryReservationBytes: null, cpus: null, pids: 1024 },
      restart: 'unless-stopped',
    },
  });
});

test('a service without a memory limit is a warning with its place', () => {
  const warnings = (keys: string) =>
    resolve([source({ 'web.yaml': service(keys) })]).warnings.map((one) => [one.code, one.span?.line]);
  expect(warnings('')).toEqual([['manifest/no-memory-limit', 5]]);
  expect(warnings('mem_limit: 64m')).toEqual([]);
});

describe('nothing is interpolated, and what Compose would fill in is a warning', () => {
  const warnings = (value: string) =>
    resolve([source({ 'web.yaml': service(`mem_limit: 64m\nenvironment:\n  PW: ${value}`) })]).warnings;
  test.each([
    ['${DB_PASSWORD}', '${DB_PASSWORD}'],
    ['"postgres://app:${DB_PASSWORD}@db"', '${DB_PASSWORD}'],
    ['"${DB_PASSWORD:-hunter2}"', '${DB_PASSWORD}'],
    ['$DB_PASSWORD', '$DB_PASSWORD'],
  ])('%s', (value, quoted) => {
    const [found, ...more] = warnings(value);
    expect(found).toMatchObject({
      code: 'manifest/interpolation',
      message: `the container gets the variable PW with \`${quoted}\` as it is written: nothing is interpolated`,
      span: { line: 8 },
    });
    expect(more).toEqual([]);
  });

  test.each(['plain', '"5$"', '"pa$$word"', '"a$b"', '"${}"', '"{DB_PASSWORD}"'])('%s is none', (value) => {
    expect(warnings(value)).toEqual([]);
  });

  test('in a list as well', () => {
    const list = service("mem_limit: 64m\nenvironment: ['PW=${DB_PASSWORD}']");
    const { warnings: found } = resolve([source({ 'web.yaml': list })]);
    expect(found.map(({ code, span }) => [code, span?.line])).toEqual([['manifest/interpolation', 7]]);
  });
});

describe('limits come from the key of Kubernetes, that of Compose, or the namespace', () => {
  const NAMESPACE = 'defaults: { resources: { limits: { memory: 256m, cpus: 2 } } }';
  const none = { memoryBytes: null, memoryReservationBytes: null, cpus: null, pids: 1024 };
  const inherited = { ...none, memoryBytes: 268_435_456, cpus: 2 };
  it.each([
    ['', null, none],
    ['', NAMESPACE, inherited],
    ['mem_limit: 64m', NAMESPACE, { ...inherited, memoryBytes: 67_108_864 }],
    ['resources: { limits: { memory: 64m } }', NAMESPACE, { ...inherited, memoryBytes: 67_108_864 }],
    [
      'resources: { limits: { memory: 64m } }\nmem_limit: 67108864',
      NAMESPACE,
      { ...inherited, memoryBytes: 67_108_864 },
    ],
    ['cpus: 0.5', NAMESPACE, { ...inherited, cpus: 0.5 }],
    ['resources: { limits: { cpus: 250m } }', null, { ...none, cpus: 0.25 }],
    [
      'resources: { requests: { memory: 32m } }',
      NAMESPACE,
      { ...inherited, memoryReservationBytes: 33_554_432 },
    ],
    ['mem_reservation: 32m', null, { ...none, memoryReservationBytes: 33_554_432 }],
    ['pids_limit: 50', null, { ...none, pids: 50 }],
  ])('%j in a namespace with %j', (keys, namespaceKeys, expected) => {
    expect(containerOf(keys, namespaceKeys).limits).toEqual(expected);
  });
});

describe('logs are always bounded', () => {
  const bounded = { 'max-size': '10m', 'max-file': '3' };
  it.each([
    [
      'logging: { options: { max-size: 50m } }',
      null,
      { driver: 'json-file', options: { ...bounded, 'max-size': '50m' } },
    ],
    ['logging: { driver: local }', null, { driver: 'local', options: bounded }],
    [
      'logging: { driver: journald, options: { tag: web } }',
      null,
      { driver: 'journald', options: { tag: 'web' } },
    ],
    [
      '',
      'defaults: { logging: { options: { max-file: 9 } } }',
      { driver: 'json-file', options: { ...bounded, 'max-file': '9' } },
    ],
    [
      '',
      'defaults: { logging: { driver: syslog, options: { tag: a } } }',
      { driver: 'syslog', options: { tag: 'a' } },
    ],
    [
      'logging: { driver: local }',
      'defaults: { logging: { driver: syslog, options: { tag: a } } }',
      { driver: 'local', options: bounded },
    ],
    [
      'logging: { options: { tag: b } }',
      'defaults: { logging: { driver: syslog, options: { tag: a, x: y } } }',
      { driver: 'syslog', options: { tag: 'b', x: 'y' } },
    ],
  ])('%j in a namespace with %j', (keys, namespaceKeys, expected) => {
    expect(containerOf(keys, namespaceKeys).logging).toEqual(expected);
  });
});

describe('the namespace gives defaults for each key alone', () => {
  it.each([
    [
      'rollout: { maxSurge: 2 }',
      'defaults: { rollout: { maxSurge: 5, minHealthy: 30s, breaker: { min: 1 } } }',
      {
        maxSurge: 2,
        minHealthyMs: 30_000,
        breaker: { failures: '50%', min: 1, max: 200 },
      },
    ],
    [
      'rollout: { breaker: { max: 9 } }',
      'defaults: { rollout: { onFailure: pause, breaker: { min: 1 } } }',
      {
        onFailure: 'pause',
        breaker: { failures: '50%', min: 1, max: 9 },
      },
    ],
    [
      'rollout: { strategy: recreate, progressDeadline: 1m, drain: 5m, history: 3 }',
      'level: baseline',
      {
        strategy: 'recreate',
        progressDeadlineMs: 60_000,
        drainMs: 300_000,
        historyLimit: 3,
      },
    ],
  ])('rollout: %j in a namespace with %j', (keys, namespaceKeys, expected) => {
    expect(serviceOf(keys, namespaceKeys).rollout).toMatchObject(expected);
  });

  it.each([
    ['', 'defaults: { drift: { mode: report, ignore: [networks] } }', 'report', ['networks']],
    [
      'drift: { mode: off }',
      'defaults: { drift: { mode: report, ignore: [networks] } }',
      'off',
      ['networks'],
    ],
    ['drift: { ignore: [restart, limits.cpus] }', null, 'correct', ['limits.cpus', 'restart']],
  ])('drift: %j in a namespace with %j', (keys, namespaceKeys, mode, ignored) => {
    const found = serviceOf(keys, namespaceKeys);
    expect([found.drift, found.ignoredFields]).toEqual([mode, ignored]);
  });

  test('grace', () => {
    expect(containerOf('', 'defaults: { stop_grace_period: 1m }').stopGraceMs).toBe(60_000);
    expect(containerOf('stop_grace_period: 5s', 'defaults: { stop_grace_period: 1m }').stopGraceMs).toBe(
      5_000,
    );
  });
});

describe('the engine restarts what exits, except a container that writes a named volume', () => {
  it.each([
    ['', 'unless-stopped'],
    ['volumes: ["data:/data"]', 'no'],
    ['volumes: ["data:/data:ro"]', 'unless-stopped'],
    ['tmpfs: /tmp', 'unless-stopped'],
    ['volumes: ["data:/data"]\nreplicas: 3', 'no'],
    ['volumes: ["data:/data"]\nreplicas: 0', 'no'],
  ])('%j: %s', (keys, expected) => {
    expect(containerOf(keys).restart).toBe(expected);
  });
});

test('the level `restricted` takes capabilities away and makes the root read-only', () => {
  const container = containerOf('user: 1000', 'level: restricted');
  expect([container.capDrop, container.readOnly, container.user]).toEqual([['ALL'], true, '1000']);
});

test('the namespace `default` exists without being defined, and others do not', () => {
  const { namespaces } = desiredOf({ 'web.yaml': service('') });
  expect([...namespaces.values()]).toEqual([{ name: 'default', source: 'main', span: null }]);
});

test('an ssh host without a pinned key is a warning with its place', () => {
  const warnings = (text: string) =>
    resolve([source({ 'h.yaml': text })]).warnings.map((one) => [one.code, one.span?.line]);
  const key = `hostKey: SHA256:${'A'.repeat(43)}`;
  expect(warnings(manifest('Host', 'h', 'address: ssh://a@b'))).toEqual([['host/key-unknown', 5]]);
  expect(warnings(manifest('Host', 'h', `address: ssh://a@b\n${key}`))).toEqual([]);
  expect(warnings(manifest('Host', 'h', 'address: unix:///s'))).toEqual([]);
});

test('the networks of a host that names no range have addresses of the default', () => {
  const ranges = [...desiredOf({ 'h.yaml': HOST }).hosts.values()].map((one) => one.networkRange);
  expect(ranges).toEqual(['10.201.0.0/16']);
});

test('hosts carry their name as a label', () => {
  const { hosts } = desiredOf({
    'h.yaml':
      'apiVersion: plimsoll.dev/v1\nkind: Host\nmetadata: { name: h1, labels: { rack: 7 } }\nspec: { address: "ssh://a@b", taints: [{ key: x, effect: NoSchedule }], reserved: { cpus: 500m, memory: 1g }, networkRange: 10.77.0.0/16, schedulable: false }\n',
  });
  expect([...hosts.values()]).toEqual([
    {
      id: 'h1',
      address: { scheme: 'ssh', user: 'a', host: 'b', port: 22, socketPath: '/var/run/docker.sock' },
      hostKeys: [],
      credential: 'default',
      labels: { rack: '7', 'plimsoll.dev/host': 'h1' },
      taints: [{ key: 'x', value: '', effect: 'NoSchedule' }],
      reserved: { cpus: 0.5, memoryBytes: 1_073_741_824 },
      networkRange: '10.77.0.0/16',
      meshAddress: 'b',
      schedulable: false,
      span: { file: 'h.yaml', line: 3, column: 19 },
    },
  ]);
});
