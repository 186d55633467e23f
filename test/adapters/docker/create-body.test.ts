// What the engine is asked to create: each field of a container's specification, and nothing but it.

import { describe, expect, it } from 'vitest';
import { createBody } from '../../../src/adapters/docker/create-body.ts';
import type { ContainerSpec } from '../../../src/desired/container.ts';
import { ConfigName } from '../../../src/kernel/ids.ts';
import { aContainer } from './a-container.ts';

it('asks for nothing that the specification does not say', () => {
  expect(createBody(aContainer())).toEqual({
    Image: 'nginx@sha256:1',
    Labels: {},
    Env: [],
    StopTimeout: 10,
    Tty: false,
    OpenStdin: false,
    ExposedPorts: {},
    HostConfig: {
      NetworkMode: 'default',
      PidMode: '',
      IpcMode: 'private',
      Privileged: false,
      ReadonlyRootfs: false,
      CapAdd: [],
      CapDrop: [],
      SecurityOpt: [],
      GroupAdd: [],
      Devices: [],
      Sysctls: {},
      Memory: 0,
      MemoryReservation: 0,
      NanoCpus: 0,
      PidsLimit: null,
      ShmSize: 0,
      OomScoreAdj: 0,
      Ulimits: [],
      Mounts: [],
      Tmpfs: {},
      PortBindings: {},
      RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
      LogConfig: { Type: 'json-file', Config: {} },
      Init: false,
      ExtraHosts: [],
      Dns: [],
      DnsSearch: [],
    },
  });
});

const CONTAINER: readonly (readonly [string, Partial<ContainerSpec>, object])[] = [
  ['environment', { environment: { A: '1', B: 'x=y' } }, { Env: ['A=1', 'B=x=y'] }],
  ['command', { command: ['sleep', '1'] }, { Cmd: ['sleep', '1'] }],
  ['entrypoint', { entrypoint: ['/start'] }, { Entrypoint: ['/start'] }],
  ['an entrypoint taken away', { entrypoint: [] }, { Entrypoint: [] }],
  ['working directory', { workingDir: '/srv' }, { WorkingDir: '/srv' }],
  ['user', { user: '1000:1000' }, { User: '1000:1000' }],
  ['host name', { hostname: 'api' }, { Hostname: 'api' }],
  ['stop signal', { stopSignal: 'SIGINT' }, { StopSignal: 'SIGINT' }],
  ['a grace of a part of a second', { stopGraceMs: 1_500 }, { StopTimeout: 2 }],
  ['no grace', { stopGraceMs: 0 }, { StopTimeout: 0 }],
  ['terminal', { tty: true, stdinOpen: true }, { Tty: true, OpenStdin: true }],
  ['exposed ports', { expose: [9000] }, { ExposedPorts: { '9000/tcp': {} } }],
  [
    'health check, in nanoseconds',
    {
      healthcheck: {
        test: ['CMD', '/check'],
        intervalMs: 1_500,
        timeoutMs: 500,
        startPeriodMs: 2_000,
        retries: 3,
      },
    },
    {
      Healthcheck: {
        Test: ['CMD', '/check'],
        Interval: 1_500_000_000,
        Timeout: 500_000_000,
        StartPeriod: 2_000_000_000,
        Retries: 3,
      },
    },
  ],
];

describe('of the container itself', () => {
  it.each(CONTAINER)('%s', (_, spec, body) => {
    expect(createBody(aContainer(spec))).toMatchObject(body);
  });
});

const HOST_CONFIG: readonly (readonly [string, Partial<ContainerSpec>, object])[] = [
  ['host network', { networkMode: 'host' }, { NetworkMode: 'host' }],
  ['no network', { networkMode: 'none' }, { NetworkMode: 'none' }],
  ['host processes', { pidMode: 'host' }, { PidMode: 'host' }],
  ['shareable IPC', { ipcMode: 'shareable' }, { IpcMode: 'shareable' }],
  ['init', { init: true }, { Init: true }],
  ['privileged', { privileged: true }, { Privileged: true }],
  ['read-only root', { readOnly: true }, { ReadonlyRootfs: true }],
  ['capabilities', { capAdd: ['NET_ADMIN'], capDrop: ['ALL'] }, { CapAdd: ['NET_ADMIN'], CapDrop: ['ALL'] }],
  [
    'security options',
    { securityOpt: ['no-new-privileges:true'] },
    { SecurityOpt: ['no-new-privileges:true'] },
  ],
  ['groups', { groupAdd: ['video'] }, { GroupAdd: ['video'] }],
  [
    'devices',
    { devices: [{ source: '/dev/a', target: '/dev/b', permissions: 'rw' }] },
    { Devices: [{ PathOnHost: '/dev/a', PathInContainer: '/dev/b', CgroupPermissions: 'rw' }] },
  ],
  ['sysctls', { sysctls: { 'net.core.somaxconn': '1024' } }, { Sysctls: { 'net.core.somaxconn': '1024' } }],
  [
    'ulimits',
    { ulimits: [{ name: 'nofile', soft: 1, hard: 2 }] },
    { Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 2 }] },
  ],
  ['hosts', { extraHosts: ['db:10.0.0.1'] }, { ExtraHosts: ['db:10.0.0.1'] }],
  ['DNS', { dns: ['1.1.1.1'], dnsSearch: ['acme'] }, { Dns: ['1.1.1.1'], DnsSearch: ['acme'] }],
  ['shared memory', { shmSizeBytes: 67108864 }, { ShmSize: 67108864 }],
  ['readiness to be killed', { oomScoreAdj: -500 }, { OomScoreAdj: -500 }],
  [
    'logging',
    { logging: { driver: 'local', options: { 'max-size': '10m' } } },
    { LogConfig: { Type: 'local', Config: { 'max-size': '10m' } } },
  ],
  [
    'restart policy',
    { restart: 'unless-stopped' },
    { RestartPolicy: { Name: 'unless-stopped', MaximumRetryCount: 0 } },
  ],
  ['start at any time', { restart: 'always' }, { RestartPolicy: { Name: 'always', MaximumRetryCount: 0 } }],
  [
    'limits',
    { limits: { memoryBytes: 536870912, memoryReservationBytes: 268435456, cpus: 0.1, pids: 1024 } },
    { Memory: 536870912, MemoryReservation: 268435456, NanoCpus: 100_000_000, PidsLimit: 1024 },
  ],
];

describe('of what the host gives it', () => {
  it.each(HOST_CONFIG)('%s', (_, spec, HostConfig) => {
    expect(createBody(aContainer(spec))).toMatchObject({ HostConfig });
  });
});

it('lets our labels win over those of the manifest', () => {
  const request = aContainer({ labels: { app: 'api', owner: 'user' } }, { labels: { owner: 'plimsoll' } });
  expect(createBody(request)).toMatchObject({ Labels: { app: 'api', owner: 'plimsoll' } });
});

it('joins the first of its networks, at its address there: not every engine takes more', () => {
  const networks = [
    { name: 'plimsoll.shop', aliases: ['api'], address: '10.203.7.90' },
    { name: 'plimsoll.office', aliases: [], address: null },
  ];
  const body = createBody(aContainer({}, { networks }));
  expect(body).toMatchObject({ HostConfig: { NetworkMode: 'plimsoll.shop' } });
  expect(body).toHaveProperty('NetworkingConfig', {
    EndpointsConfig: {
      'plimsoll.shop': { Aliases: ['api'], IPAMConfig: { IPv4Address: '10.203.7.90' } },
    },
  });
});

it('uses the network of another container', () => {
  const body = createBody(aContainer({}, { sharesNetworkOf: 'holder' }));
  expect(body).toMatchObject({ HostConfig: { NetworkMode: 'container:holder' } });
  expect(body).not.toHaveProperty('NetworkingConfig');
});

it('knows the hosts of its specification and those that are known where it is created', () => {
  const request = aContainer({ extraHosts: ['printer:10.1.2.3'] }, { hosts: ['api.shop:10.203.7.90'] });
  expect(createBody(request)).toMatchObject({
    HostConfig: { ExtraHosts: ['printer:10.1.2.3', 'api.shop:10.203.7.90'] },
  });
});

it('joins one network, with the aliases in it', () => {
  const request = aContainer({}, { networks: [{ name: 'plimsoll.shop', aliases: ['api'], address: null }] });
  expect(createBody(request)).toMatchObject({
    HostConfig: { NetworkMode: 'plimsoll.shop' },
    NetworkingConfig: { EndpointsConfig: { 'plimsoll.shop': { Aliases: ['api'] } } },
  });
});

it('publishes the host ports that were chosen, and lets the engine choose the others', () => {
  const at = { protocol: 'tcp', published: null, hostIp: '0.0.0.0' } as const;
  const ports = [
    { ...at, target: 80 },
    { ...at, target: 80, hostIp: '127.0.0.1' },
    { ...at, target: 53, protocol: 'udp' as const },
  ];
  expect(createBody(aContainer({ ports, expose: [9000] }, { hostPorts: [8080, 8081, null] }))).toMatchObject({
    ExposedPorts: { '80/tcp': {}, '53/udp': {}, '9000/tcp': {} },
    HostConfig: {
      PortBindings: {
        '80/tcp': [
          { HostIp: '0.0.0.0', HostPort: '8080' },
          { HostIp: '127.0.0.1', HostPort: '8081' },
        ],
        '53/udp': [{ HostIp: '0.0.0.0', HostPort: '' }],
      },
    },
  });
});

describe('mounts', () => {
  const mounts: ContainerSpec['mounts'] = [
    { kind: 'volume', volume: 'data', target: '/data', readOnly: false },
    { kind: 'tmpfs', target: '/run', sizeBytes: 1048576, mode: 0o1777 },
    { kind: 'bind', source: '/srv/in', target: '/in', readOnly: true },
    { kind: 'tmpfs', target: '/tmp', sizeBytes: null, mode: null },
    { kind: 'config', config: ConfigName.parse('web'), contentHash: 'abc', target: '/etc/web' },
  ];

  it('takes volumes and configs from the names on the host, in their order', () => {
    const body = createBody(
      aContainer({ mounts }, { volumes: ['plimsoll.shop.data', 'plimsoll.config.abc'] }),
    );
    expect(body).toMatchObject({
      HostConfig: {
        Mounts: [
          { Type: 'volume', Source: 'plimsoll.shop.data', Target: '/data', ReadOnly: false },
          { Type: 'bind', Source: '/srv/in', Target: '/in', ReadOnly: true },
          {
            Type: 'volume',
            Source: 'plimsoll.config.abc',
            Target: '/etc/web',
            ReadOnly: true,
            VolumeOptions: { NoCopy: true },
          },
        ],
        Tmpfs: { '/run': 'size=1048576,mode=1777', '/tmp': '' },
      },
    });
  });

  it('is a bug where a volume has no name on the host', () => {
    expect(() => createBody(aContainer({ mounts }, { volumes: ['plimsoll.shop.data'] }))).toThrow(
      'has a volume for each of its volume mounts',
    );
  });
});
