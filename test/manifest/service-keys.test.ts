// Every key of a Service: what is written and what is read, and what is refused at which place.

import { describe, expect, it, test } from 'vitest';
import { problemsIn, read, service, specOf } from './reading.ts';

describe('ports', () => {
  const published = (from: number, to = from) => ({ from, to });
  const port = (target: number, rest: object = {}) => ({
    target,
    protocol: 'tcp',
    published: null,
    hostIp: '0.0.0.0',
    ...rest,
  });

  it.each([
    ['[8080]', [port(8080)]],
    ['["8080"]', [port(8080)]],
    ['["80:8080"]', [port(8080, { published: published(80) })]],
    ['["8080-8089:8080"]', [port(8080, { published: published(8080, 8089) })]],
    ['["127.0.0.1:80:8080"]', [port(8080, { published: published(80), hostIp: '127.0.0.1' })]],
    ['["127.0.0.1::8080"]', [port(8080, { hostIp: '127.0.0.1' })]],
    ['["[::1]:80:8080"]', [port(8080, { published: published(80), hostIp: '::1' })]],
    ['["53:53/udp"]', [port(53, { published: published(53), protocol: 'udp' })]],
    [
      '["7000-7001:8000-8001"]',
      [port(8000, { published: published(7000) }), port(8001, { published: published(7001) })],
    ],
    ['["8000-8001"]', [port(8000), port(8001)]],
    [
      '[53:53/udp, 53:53/tcp]',
      [port(53, { published: published(53), protocol: 'udp' }), port(53, { published: published(53) })],
    ],
    ['[{ target: 80 }]', [port(80)]],
    ['[{ target: 80, published: 8080 }]', [port(80, { published: published(8080) })]],
    [
      '[{ target: 80, published: "8080-8081", protocol: udp, host_ip: "::1", mode: host }]',
      [port(80, { published: published(8080, 8081), protocol: 'udp', hostIp: '::1' })],
    ],
    ['[]', []],
  ])('ports: %s', (text, expected) => {
    expect(specOf(`ports: ${text}`).ports).toEqual(expected);
  });

  it.each([
    ['["80:80:80:80"]', '6:11 manifest/invalid-value'],
    ['["web"]', '6:11 manifest/invalid-value'],
    ['["0:80"]', '6:11 manifest/invalid-value'],
    ['["80:65536"]', '6:11 manifest/invalid-value'],
    ['["90-80:80"]', '6:11 manifest/invalid-value'],
    ['["80-82:80-81"]', '6:11 manifest/invalid-value'],
    ['["80:80/sctp"]', '6:11 manifest/invalid-value'],
    ['["127.0.0.1:80"]', '6:11 manifest/invalid-value'],
    ['["999.0.0.1:80:80"]', '6:11 manifest/invalid-value'],
    ['["-80:80"]', '6:11 manifest/invalid-value'],
    ['[80.5]', '6:11 manifest/invalid-value'],
    ['[true]', '6:11 manifest/invalid-value'],
    ['8080', '6:10 manifest/invalid-value'],
    ['["80:80", "80:81"]', '6:20 manifest/duplicate'],
    ['[{ published: 80 }]', '6:11 manifest/invalid-value'],
    ['[{ target: "80" }]', '6:21 manifest/invalid-value'],
    ['[{ target: 80, mode: ingress }]', '6:31 manifest/invalid-value'],
    ['[{ target: 80, name: web }]', '6:25 manifest/unsupported'],
    ['[{ target: 80, app_protocol: http }]', '6:25 manifest/unsupported'],
    ['[{ target: 80, host_ip: localhost }]', '6:11 manifest/invalid-value'],
    ['["1-1001"]', '6:10 manifest/limit'],
    ['["1-500", "1000-1500:2000-2500"]', '6:10 manifest/limit'],
    ['[{ target: 80, publised: 1 }]', '6:25 manifest/unknown-key'],
  ])('refused: ports: %s', (text, expected) => {
    expect(problemsIn(service(`ports: ${text}`))).toEqual([`m.yaml:${expected}`]);
  });

  it.each([
    ['[8080, "9090/tcp", "7000-7002"]', [7000, 7001, 7002, 8080, 9090]],
    ['[]', []],
  ])('expose: %s', (text, expected) => {
    expect(specOf(`expose: ${text}`).expose).toEqual(expected);
  });
});

describe('volumes, tmpfs and configs', () => {
  it.each([
    [
      'volumes: ["data:/var/lib/data"]',
      { kind: 'volume', volume: 'data', target: '/var/lib/data', readOnly: false },
    ],
    [
      'volumes: ["data:/var//lib/./data/:ro"]',
      { kind: 'volume', volume: 'data', target: '/var/lib/data', readOnly: true },
    ],
    ['volumes: ["/srv/x:/x:rw"]', { kind: 'bind', source: '/srv/x', target: '/x', readOnly: false }],
    [
      'volumes: [{ type: volume, source: data, target: /x, read_only: true }]',
      { kind: 'volume', volume: 'data', target: '/x', readOnly: true },
    ],
    [
      'volumes: [{ type: bind, source: /srv/x/, target: /x }]',
      { kind: 'bind', source: '/srv/x', target: '/x', readOnly: false },
    ],
    [
      'volumes: [{ type: tmpfs, target: /x, tmpfs: { size: 64m, mode: 01777 } }]',
      { kind: 'tmpfs', target: '/x', sizeBytes: 67_108_864, mode: 0o1777 },
    ],
  ])('%s', (text, expected) => {
    expect(specOf(text).volumes).toEqual([expected]);
  });

  it.each([
    ['tmpfs: /run', [{ kind: 'tmpfs', target: '/run', sizeBytes: null, mode: null }]],
    [
      'tmpfs: ["/tmp:size=64m,mode=1777", /run]',
      [
        { kind: 'tmpfs', target: '/tmp', sizeBytes: 67_108_864, mode: 0o1777 },
        { kind: 'tmpfs', target: '/run', sizeBytes: null, mode: null },
      ],
    ],
  ])('%s', (text, expected) => {
    expect(specOf(text).tmpfs).toEqual(expected);
  });

  it.each([
    ['configs: [web]', [{ config: 'web', target: '/web' }]],
    [
      'configs: [{ source: web, target: /etc/web/ }, { source: tls }]',
      [
        { config: 'web', target: '/etc/web' },
        { config: 'tls', target: '/tls' },
      ],
    ],
  ])('%s', (text, expected) => {
    expect(specOf(text).configs).toEqual(expected);
  });

  it.each([
    ['volumes: [/data]', '6:13 manifest/unsupported'],
    ['volumes: ["./data:/data"]', '6:13 manifest/path'],
    ['volumes: ["../data:/data"]', '6:13 manifest/path'],
    ['volumes: ["~/data:/data"]', '6:13 manifest/path'],
    ['volumes: ["a/b:/data"]', '6:13 manifest/path'],
    ['volumes: ["/srv/../etc:/data"]', '6:13 manifest/path'],
    ['volumes: ["data:/"]', '6:13 manifest/invalid-value'],
    ['volumes: ["data:x"]', '6:13 manifest/invalid-value'],
    ['volumes: ["data:/x/../y"]', '6:13 manifest/invalid-value'],
    ['volumes: ["Data:/x"]', '6:13 manifest/invalid-value'],
    ['volumes: ["pg_data:/x"]', '6:13 manifest/invalid-value'],
    ['volumes: ["data:/x:z"]', '6:13 manifest/unsupported'],
    ['volumes: ["data:/x:ro:rw"]', '6:13 manifest/invalid-value'],
    ['volumes: [{ type: volume, target: /x }]', '6:13 manifest/invalid-value'],
    ['volumes: [{ type: npipe, source: a, target: /x }]', '6:21 manifest/invalid-value'],
    ['volumes: [{ type: bind, source: data, target: /x }]', '6:35 manifest/invalid-value'],
    ['volumes: [{ type: tmpfs, source: a, target: /x }]', '6:36 manifest/invalid-value'],
    [
      'volumes: [{ type: volume, source: a, target: /x, volume: { nocopy: true } }]',
      '6:52 manifest/unsupported',
    ],
    ['volumes: { data: /x }', '6:12 manifest/invalid-value'],
    ['tmpfs: run', '6:10 manifest/invalid-value'],
    ['tmpfs: "/run:noexec"', '6:10 manifest/unsupported'],
    ['configs: [Web]', '6:13 manifest/invalid-value'],
    ['configs: [{ source: web, mode: 0440 }]', '6:28 manifest/unsupported'],
  ])('refused: %s', (text, expected) => {
    expect(problemsIn(service(text))).toEqual([`m.yaml:${expected}`]);
  });
});

describe('programs and their environment', () => {
  it.each([
    ['command: serve --port 8080', 'command', ['serve', '--port', '8080']],
    [`command: 'sh -c "echo ''a  b'' && ls | wc"'`, 'command', ['sh', '-c', "echo 'a  b' && ls | wc"]],
    [`command: 'echo $HOME \\"x\\" a\\ b'`, 'command', ['echo', '$HOME', '"x"', 'a b']],
    ['command: "a \'\' b"', 'command', ['a', '', 'b']],
    ['command: [a, "b c"]', 'command', ['a', 'b c']],
    ['command: ""', 'command', []],
    ['entrypoint: []', 'entrypoint', []],
    ['entrypoint: /bin/app', 'entrypoint', ['/bin/app']],
    ['environment: [A=1, "B=x=y", C=]', 'environment', { A: '1', B: 'x=y', C: '' }],
    ['labels: { a: 1 }', 'labels', { a: '1' }],
    ['user: 1000', 'user', '1000'],
    ['user: "1000:1000"', 'user', '1000:1000'],
    ['user: app:staff', 'user', 'app:staff'],
    ['group_add: [audio, 44]', 'group_add', ['audio', '44']],
    ['stop_signal: quit', 'stop_signal', 'SIGQUIT'],
    ['stop_signal: SIGRTMIN+3', 'stop_signal', 'SIGRTMIN+3'],
    ['stop_signal: 15', 'stop_signal', '15'],
    ['stop_grace_period: 1m30s', 'stop_grace_period', 90_000],
    ['pull_policy: if_not_present', 'pull_policy', 'missing'],
    ['working_dir: /app/', 'working_dir', '/app'],
    ['shm_size: 64m', 'shm_size', 67_108_864],
    ['mem_limit: 1.5g', 'mem_limit', 1_610_612_736],
    ['mem_limit: 1073741824', 'mem_limit', 1_073_741_824],
    ['cpus: 0.5', 'cpus', 0.5],
    ['cpus: 1.50', 'cpus', 1.5],
    ['cpus: 500m', 'cpus', 0.5],
  ] as const)('%s', (text, key, expected) => {
    expect(specOf(text)[key]).toEqual(expected);
  });

  it.each([
    ['command: "echo \'a"', '6:12 manifest/invalid-value'],
    ['command: 5', '6:12 manifest/invalid-value'],
    ['command: [a, 5]', '6:16 manifest/invalid-value'],
    ['command:', '6:11 manifest/invalid-value'],
    ['environment: [A]', '6:17 manifest/invalid-value'],
    ['environment: [A=1, A=2]', '6:22 manifest/duplicate'],
    ['environment: { A: }', '6:21 manifest/invalid-value'],
    ['environment: { A: [1] }', '6:21 manifest/invalid-value'],
    ['environment: { "A B": 1 }', '6:18 manifest/invalid-value'],
    ['labels: { dev.plimsoll.controller: x }', '6:13 manifest/invalid-value'],
    ['labels: [dev.plimsoll.kind=x]', '6:12 manifest/invalid-value'],
    ['user: "a b"', '6:9 manifest/invalid-value'],
    ['user: "-1"', '6:9 manifest/invalid-value'],
    ['working_dir: app', '6:16 manifest/path'],
    ['working_dir: /app/../x', '6:16 manifest/path'],
    ['hostname: web_1', '6:13 manifest/invalid-value'],
    ['stop_signal: "sig term"', '6:16 manifest/invalid-value'],
    ['stop_grace_period: 25h', '6:22 manifest/invalid-value'],
    ['expose: ["1-1001"]', '6:11 manifest/limit'],
    [`dns_search: ["${'a'.repeat(300)}"]`, '6:16 manifest/invalid-value'],
    ['stop_grace_period: 10', '6:22 manifest/invalid-value'],
    ['stop_grace_period: 10 seconds', '6:22 manifest/invalid-value'],
    ['pull_policy: build', '6:16 manifest/invalid-value'],
    ['platform: linux', '6:13 manifest/invalid-value'],
    ['init: "true"', '6:9 manifest/invalid-value'],
    ['shm_size: 64 parsecs', '6:13 manifest/invalid-value'],
    ['mem_limit: 1m', '6:14 manifest/invalid-value'],
    ['cpus: 0', '6:9 manifest/invalid-value'],
    ['cpus: -1', '6:9 manifest/invalid-value'],
  ])('refused: %s', (text, expected) => {
    expect(problemsIn(service(text))).toEqual([`m.yaml:${expected}`]);
  });

  it.each([
    '',
    'Nginx',
    'nginx:',
    'nginx:a b',
    'https://nginx',
    '${IMAGE}',
    'a//b',
    'nginx@sha256:abc',
    '-x',
  ])('refused: image: %j', (image) => {
    expect(problemsIn(service('').replace('nginx:1.27', JSON.stringify(image)))).toEqual([
      'm.yaml:5:10 image/reference',
    ]);
  });

  test('a service needs an image', () => {
    expect(problemsIn(service('replicas: 1').replace(/ {2}image.*\n/, ''))).toEqual([
      'm.yaml:5:3 manifest/invalid-value',
    ]);
  });
});

describe('health checks and probes', () => {
  it.each([
    [
      'healthcheck: { test: curl localhost }',
      {
        test: ['CMD-SHELL', 'curl localhost'],
        intervalMs: 30_000,
        timeoutMs: 30_000,
        startPeriodMs: 0,
        retries: 3,
      },
    ],
    [
      'healthcheck: { test: [CMD, a, b], interval: 5s, timeout: 500ms, retries: 1, start_period: 1m }',
      { test: ['CMD', 'a', 'b'], intervalMs: 5_000, timeoutMs: 500, startPeriodMs: 60_000, retries: 1 },
    ],
    [
      'healthcheck: { disable: true }',
      { test: ['NONE'], intervalMs: 30_000, timeoutMs: 30_000, startPeriodMs: 0, retries: 3 },
    ],
  ])('%s', (text, expected) => {
    expect(specOf(text).healthcheck).toEqual(expected);
  });

  const defaults = {
    initialDelayMs: 0,
    periodMs: 10_000,
    timeoutMs: 1_000,
    successThreshold: 1,
    failureThreshold: 3,
  };
  it.each([
    ['readiness: { tcp: { port: 80 } }', 'readiness', { check: { kind: 'tcp', port: 80 }, ...defaults }],
    [
      'readiness: { http: { port: 80 }, successThreshold: 2, period: 2s }',
      'readiness',
      {
        check: { kind: 'http', scheme: 'http', path: '/', port: 80, headers: {} },
        ...defaults,
        successThreshold: 2,
        periodMs: 2_000,
      },
    ],
    [
      'liveness: { http: { port: 80, path: "/live?x=1", scheme: https, headers: { Host: a.b } }, timeout: 3s }',
      'liveness',
      {
        check: { kind: 'http', scheme: 'https', path: '/live?x=1', port: 80, headers: { Host: 'a.b' } },
        ...defaults,
        timeoutMs: 3_000,
      },
    ],
    [
      'startup: { tcp: { port: 80 }, initialDelay: 5s, failureThreshold: 30 }',
      'startup',
      {
        check: { kind: 'tcp', port: 80 },
        ...defaults,
        initialDelayMs: 5_000,
        failureThreshold: 30,
      },
    ],
  ] as const)('%s', (text, key, expected) => {
    expect(specOf(text)[key]).toEqual(expected);
  });

  it.each([
    ['healthcheck: { interval: 5s }', '6:16 manifest/invalid-value'],
    ['healthcheck: { test: [curl, x] }', '6:24 manifest/invalid-value'],
    ['healthcheck: { test: [] }', '6:24 manifest/invalid-value'],
    ['healthcheck: { test: x, disable: true }', '6:36 manifest/invalid-value'],
    ['healthcheck: { test: x, interval: 0s }', '6:37 manifest/invalid-value'],
    ['healthcheck: { test: x, start_interval: 1s }', '6:27 manifest/unsupported'],
    ['readiness: {}', '6:14 manifest/invalid-value'],
    ['readiness: { tcp: { port: 80 }, http: { port: 80 } }', '6:14 manifest/invalid-value'],
    ['readiness: { exec: { command: [a] } }', '6:16 manifest/unsupported'],
    ['readiness: { httpGet: { port: 80 } }', '6:16 manifest/unknown-key'],
    ['readiness: { http: { path: health, port: 80 } }', '6:30 manifest/invalid-value'],
    ['readiness: { tcp: { port: web } }', '6:29 manifest/invalid-value'],
    ['readiness: { tcp: { port: 80 }, period: 1ms }', '6:43 manifest/invalid-value'],
    ['liveness: { tcp: { port: 80 }, successThreshold: 2 }', '6:52 manifest/invalid-value'],
    ['network_mode: none\nreadiness: { tcp: { port: 80 } }', '7:14 manifest/invalid-value'],
    ['network_mode: host\nports: ["80:80"]', '7:10 manifest/invalid-value'],
  ])('refused: %s', (text, expected) => {
    expect(problemsIn(service(text))).toEqual([`m.yaml:${expected}`]);
  });
});

describe('isolation', () => {
  it.each([
    ['cap_add: [net_admin, CAP_CHOWN, NET_ADMIN]', 'cap_add', ['CHOWN', 'NET_ADMIN']],
    [
      'security_opt: [no-new-privileges, "seccomp:unconfined", "apparmor=my-profile"]',
      'security_opt',
      ['no-new-privileges:true', 'seccomp=unconfined', 'apparmor=my-profile'],
    ],
    [
      'devices: [/dev/fuse, "/dev/a:/dev/b:r"]',
      'devices',
      [
        { source: '/dev/fuse', target: '/dev/fuse', permissions: 'rwm' },
        { source: '/dev/a', target: '/dev/b', permissions: 'r' },
      ],
    ],
    [
      'ulimits: { nofile: { soft: 1, hard: 2 }, core: 0 }',
      'ulimits',
      [
        { name: 'core', soft: 0, hard: 0 },
        { name: 'nofile', soft: 1, hard: 2 },
      ],
    ],
    ['sysctls: ["net.core.somaxconn=1024"]', 'sysctls', { 'net.core.somaxconn': '1024' }],
    [
      'extra_hosts: ["a=10.0.0.1", "b:host-gateway", "c=[::1]"]',
      'extra_hosts',
      ['a:10.0.0.1', 'b:host-gateway', 'c:::1'],
    ],
    [
      'extra_hosts: { a: 10.0.0.1, b: [10.0.0.2, 10.0.0.3] }',
      'extra_hosts',
      ['a:10.0.0.1', 'b:10.0.0.2', 'b:10.0.0.3'],
    ],
    ['dns: 10.0.0.1', 'dns', ['10.0.0.1']],
    ['dns_search: [a.b, .]', 'dns_search', ['a.b', '.']],
  ] as const)('%s', (text, key, expected) => {
    expect(specOf(text)[key]).toEqual(expected);
  });

  it.each([
    ['cap_add: [NET_ADMN]', '6:13 manifest/invalid-value'],
    ['security_opt: ["seccomp=./profile.json"]', '6:18 manifest/unsupported'],
    ['security_opt: ["systempaths=unconfined"]', '6:18 manifest/unsupported'],
    ['network_mode: "service:db"', '6:17 manifest/unsupported'],
    ['network_mode: "container:x"', '6:17 manifest/unsupported'],
    ['network_mode: brige', '6:17 manifest/invalid-value'],
    ['pid: "service:db"', '6:8 manifest/unsupported'],
    ['ipc: "container:x"', '6:8 manifest/unsupported'],
    ['devices: ["vendor.com/gpu=all"]', '6:13 manifest/invalid-value'],
    ['devices: ["/dev/a:/dev/b:xyz"]', '6:13 manifest/invalid-value'],
    ['ulimits: { nofiles: 1 }', '6:14 manifest/unknown-key'],
    ['ulimits: { nofile: { soft: 5, hard: 2 } }', '6:22 manifest/invalid-value'],
    ['sysctls: { "a b": 1 }', '6:14 manifest/invalid-value'],
    ['extra_hosts: ["db"]', '6:17 manifest/invalid-value'],
    ['dns: example.com', '6:8 manifest/invalid-value'],
    ['pids_limit: 0', '6:15 manifest/invalid-value'],
    ['oom_score_adj: 1001', '6:18 manifest/invalid-value'],
  ])('refused: %s', (text, expected) => {
    expect(problemsIn(service(text))).toEqual([`m.yaml:${expected}`]);
  });
});

describe('orchestration', () => {
  it.each([
    ['replicas: -1', '6:13 manifest/invalid-value'],
    ['replicas: 2.5', '6:13 manifest/invalid-value'],
    ['replicas: "3"', '6:13 manifest/invalid-value'],
    ['replicas: 100000', '6:13 manifest/invalid-value'],
    ['rollout: { strategy: ordered }', '6:24 manifest/unsupported'],
    ['rollout: { strategy: roling }', '6:24 manifest/invalid-value'],
    ['rollout: { stickiness: {} }', '6:14 manifest/unsupported'],
    ['rollout: { maxSurge: 101% }', '6:24 manifest/invalid-value'],
    ['rollout: { maxSurge: half }', '6:24 manifest/invalid-value'],
    ['rollout: { onFailure: panic }', '6:25 manifest/invalid-value'],
    ['rollout: { history: 0 }', '6:23 manifest/invalid-value'],
    ['resources: { limits: { memory: lots } }', '6:34 manifest/invalid-value'],
    ['resources: { requests: { cpus: 1 } }', '6:28 manifest/unsupported'],
    ['resources: { limits: { cpu: 1 } }', '6:26 manifest/unknown-key'],
    ['placement: { hosts: [fra-1] }', '6:23 manifest/invalid-value'],
    ['placement: { hosts: { zone: [] } }', '6:31 manifest/invalid-value'],
    ['placement: { maxPerHost: 0 }', '6:28 manifest/invalid-value'],
    ['placement: { tolerations: [{ effect: Never }] }', '6:40 manifest/invalid-value'],
    ['dependsOn: db', '6:14 manifest/invalid-value'],
    ['dependsOn: [a/b/c]', '6:15 manifest/invalid-value'],
    ['dependsOn: { db: {} }', '6:14 manifest/invalid-value'],
    ['drift: report', '6:10 manifest/invalid-value'],
    ['drift: { mode: ignore }', '6:18 manifest/invalid-value'],
    ['drift: { ignore: [limits] }', '6:21 manifest/invalid-value'],
  ])('refused: %s', (text, expected) => {
    expect(problemsIn(service(text))).toEqual([`m.yaml:${expected}`]);
  });

  test('every fault of a document is reported, in the order of the file', () => {
    const text = service('replicas: many\nportss: []\nrestart: always\nports: [x, y]');
    expect(problemsIn(text)).toEqual([
      'm.yaml:6:13 manifest/invalid-value',
      'm.yaml:7:3 manifest/unknown-key',
      'm.yaml:8:3 manifest/unsupported',
      'm.yaml:9:11 manifest/invalid-value',
      'm.yaml:9:14 manifest/invalid-value',
    ]);
  });
});

describe('what the sentences say', () => {
  it.each([
    ['command: 5', 'spec.command: expected a string or a list, got a number'],
    ['ports: web', 'spec.ports: expected a list, got a string'],
    ['ports: [true]', 'spec.ports[0]: expected a string, a number or a map, got `true`'],
    ['replicas: 2.5', 'spec.replicas: expected a whole number, got a fraction'],
    ['replicas:', 'spec.replicas: expected a number, got nothing (null)'],
    ['init: 1', 'spec.init: expected `true`/`false`, got a number'],
    ['healthcheck: []', 'spec.healthcheck: expected a map, got a list'],
    [
      'stop_grace_period: 10',
      'spec.stop_grace_period: expected a duration such as `10s` or `1m30s`, got a number',
    ],
    [
      'pull_policy: alway',
      'spec.pull_policy: `alway` is not one of `missing`, `if_not_present`, `always` or `never`; did you mean `always`?',
    ],
    ['cap_add: [NET_ADMN]', 'spec.cap_add[0]: `NET_ADMN` is not a capability; did you mean `NET_ADMIN`?'],
    ['volumes: [{ type: volume, source: a }]', 'spec.volumes[0].target: is missing'],
    ['readiness: { tcp: {} }', 'spec.readiness.tcp.port: is missing'],
    ['rollout: { breaker: { min: 0 } }', 'spec.rollout.breaker.min: must be at least 1'],
    [
      'placement: { hosts: { zone: {} } }',
      'spec.placement.hosts.zone: expected a string, a number, `true`/`false` or a list, got a map',
    ],
  ])('%s: %s', (text, expected) => {
    expect(read({ 'm.yaml': service(text) }).problems.map((one) => one.message)).toEqual([expected]);
  });
});
