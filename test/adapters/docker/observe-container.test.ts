// How an inspection is read. The base is an answer of Docker 20.10.24, cut down to the fields that are read.

import { describe, expect, it } from 'vitest';
import { InspectedContainer } from '../../../src/adapters/docker/engine-answers.ts';
import { observeContainer } from '../../../src/adapters/docker/observe-container.ts';
import type { ObservedContainer } from '../../../src/observed/report.ts';

const ID = 'f90b6584fcbbf387657bf525cf8e6b53397d3fca4c0cb175ebba5760a8441157';

const RUNNING = {
  Id: ID,
  Name: '/shop.api.3f2a00000000.0.1',
  Image: 'sha256:b263d94bfcc55fc125b8375940b0e83e39abadda12b67797faee1bbdca5b9886',
  RestartCount: 2,
  State: {
    Status: 'running',
    Running: true,
    OOMKilled: false,
    ExitCode: 0,
    StartedAt: '2026-11-21T00:15:27.971084673Z',
    FinishedAt: '0001-01-01T00:00:00Z',
  },
  Config: { Labels: { app: 'api' }, Tty: false },
  HostConfig: {
    NetworkMode: 'plimsoll.shop',
    RestartPolicy: { Name: 'unless-stopped', MaximumRetryCount: 0 },
    PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] },
    Memory: 67108864,
    MemoryReservation: 0,
    NanoCpus: 1500000000,
    CpuQuota: 0,
    CpuPeriod: 0,
    PidsLimit: 1024,
  },
  NetworkSettings: {
    Ports: {
      '80/tcp': [
        { HostIp: '0.0.0.0', HostPort: '8080' },
        { HostIp: '::', HostPort: '8080' },
      ],
      '443/tcp': null,
      '53/udp': [{ HostIp: '0.0.0.0', HostPort: '49153' }],
    },
    Networks: {
      'plimsoll.shop': {
        IPAddress: '172.18.0.2',
        EndpointID: '8a17a04d96ae',
        Aliases: ['api', 'f90b6584fcbb'],
      },
    },
  },
  Mounts: [{ Type: 'volume', Name: 'plimsoll.shop.data' }, { Type: 'volume', Name: ID }, { Type: 'bind' }],
};

/** The base answer with parts of it replaced. */
function observe(change: {
  readonly State?: object;
  readonly HostConfig?: object;
  readonly Config?: object;
  readonly NetworkSettings?: object;
  readonly Mounts?: unknown;
}): ObservedContainer {
  return observeContainer(
    InspectedContainer.parse({
      ...RUNNING,
      ...('Mounts' in change ? { Mounts: change.Mounts } : {}),
      State: { ...RUNNING.State, ...change.State },
      HostConfig: { ...RUNNING.HostConfig, ...change.HostConfig },
      Config: { ...RUNNING.Config, ...change.Config },
      NetworkSettings: { ...RUNNING.NetworkSettings, ...change.NetworkSettings },
    }),
  );
}

it('reads a running container', () => {
  expect(observe({})).toEqual({
    id: ID,
    name: 'shop.api.3f2a00000000.0.1',
    labels: { app: 'api' },
    imageId: 'sha256:b263d94bfcc55fc125b8375940b0e83e39abadda12b67797faee1bbdca5b9886',
    status: 'running',
    health: 'none',
    startedAt: Date.UTC(2026, 10, 21, 0, 15, 27, 971),
    finishedAt: null,
    exitCode: null,
    outOfMemory: false,
    restartCount: 2,
    restartPolicy: 'unless-stopped',
    sharesNetworkOf: null,
    networks: { 'plimsoll.shop': { address: '172.18.0.2', aliases: ['api'] } },
    hostPorts: [
      { port: 8080, protocol: 'tcp' },
      { port: 49153, protocol: 'udp' },
    ],
    volumes: ['plimsoll.shop.data'],
    limits: { memoryBytes: 67108864, memoryReservationBytes: null, cpus: 1.5, pids: 1024 },
  });
});

describe('status and exit code', () => {
  it.each([
    ['created', { Status: 'created', Running: false }, 'created', null],
    ['paused', { Status: 'paused' }, 'paused', null],
    ['exited with 0', { Status: 'exited', Running: false, ExitCode: 0 }, 'exited', 0],
    ['exited with 137', { Status: 'exited', Running: false, ExitCode: 137 }, 'exited', 137],
    ['restarting after 1', { Status: 'restarting', ExitCode: 1 }, 'restarting', 1],
    ['removing', { Status: 'removing', Running: false }, 'removing', 0],
    ['dead', { Status: 'dead', Running: false, ExitCode: 2 }, 'dead', 2],
    ['a word of a newer engine, running', { Status: 'frozen', Running: true }, 'running', null],
    ['a word of a newer engine, not running', { Status: 'gone', Running: false, ExitCode: 3 }, 'exited', 3],
  ])('%s', (_, State, status, exitCode) => {
    expect(observe({ State })).toMatchObject({ status, exitCode });
  });

  it('says that memory ran out', () => {
    const State = { Status: 'exited', Running: false, ExitCode: 137, OOMKilled: true };
    expect(observe({ State }).outOfMemory).toBe(true);
  });
});

describe('health', () => {
  it.each([
    ['no health check', undefined, 'none'],
    ['a health check switched off', { Status: 'none' }, 'none'],
    ['not yet checked', { Status: 'starting' }, 'starting'],
    ['healthy', { Status: 'healthy' }, 'healthy'],
    ['unhealthy', { Status: 'unhealthy' }, 'unhealthy'],
  ])('%s', (_, Health, health) => {
    expect(observe({ State: { Health } }).health).toBe(health);
  });
});

describe('times', () => {
  it.each([
    ['Go zero time', '0001-01-01T00:00:00Z', null],
    ['absent', '', null],
    ['not a time', 'soon', null],
    ['nanoseconds', '2026-11-21T00:15:27.971084673Z', Date.UTC(2026, 10, 21, 0, 15, 27, 971)],
    ['an offset', '2026-11-21T01:15:27+01:00', Date.UTC(2026, 10, 21, 0, 15, 27)],
  ])('%s', (_, FinishedAt, finishedAt) => {
    expect(observe({ State: { FinishedAt } }).finishedAt).toBe(finishedAt);
  });
});

describe('no limit is null, in whatever way the engine says it', () => {
  it.each([
    ['memory 0', { Memory: 0 }, { memoryBytes: null }],
    ['memory -1', { Memory: -1 }, { memoryBytes: null }],
    ['reservation -1', { MemoryReservation: -1 }, { memoryReservationBytes: null }],
    ['reservation', { MemoryReservation: 33554432 }, { memoryReservationBytes: 33554432 }],
    ['pids null', { PidsLimit: null }, { pids: null }],
    ['pids 0', { PidsLimit: 0 }, { pids: null }],
    ['pids -1', { PidsLimit: -1 }, { pids: null }],
    ['pids absent', { PidsLimit: undefined }, { pids: null }],
    ['no CPUs', { NanoCpus: 0 }, { cpus: null }],
    ['CPUs as quota and period', { NanoCpus: 0, CpuQuota: 25000, CpuPeriod: 50000 }, { cpus: 0.5 }],
    ['CPUs as quota with the usual period', { NanoCpus: 0, CpuQuota: 150000 }, { cpus: 1.5 }],
    ['no quota', { NanoCpus: 0, CpuQuota: -1 }, { cpus: null }],
  ])('%s', (_, HostConfig, limits) => {
    expect(observe({ HostConfig }).limits).toMatchObject(limits);
  });
});

describe('what a stopped container claims', () => {
  const stopped = { Status: 'exited', Running: false };

  it('has no address, even where the engine remembers one', () => {
    expect(observe({ State: stopped }).networks).toEqual({
      'plimsoll.shop': { address: null, aliases: ['api'] },
    });
  });

  it('claims the host ports that its start would bind', () => {
    expect(observe({ State: stopped, NetworkSettings: { Ports: {} } }).hostPorts).toEqual([
      { port: 8080, protocol: 'tcp' },
    ]);
  });

  it('claims no port where the engine would choose one', () => {
    const HostConfig = { PortBindings: { '80/tcp': [{ HostPort: '' }] } };
    expect(observe({ State: stopped, HostConfig }).hostPorts).toEqual([]);
  });
});

it('is not in a network that it was refused while it ran', () => {
  const refused = { IPAMConfig: { IPv4Address: '10.203.7.90' }, IPAddress: '', EndpointID: '' };
  const NetworkSettings = {
    Ports: {},
    Networks: { ...RUNNING.NetworkSettings.Networks, 'plimsoll.office': refused },
  };
  expect(Object.keys(observe({ NetworkSettings }).networks)).toEqual(['plimsoll.shop']);
});

it('has no networks of its own where it shares those of another container, whatever an engine keeps', () => {
  const HostConfig = { NetworkMode: `container:${ID}` };
  expect(observe({ HostConfig })).toMatchObject({ sharesNetworkOf: ID, networks: {} });
});

it('reads a restart policy with its count', () => {
  const policy = (Name: string, MaximumRetryCount: number) =>
    observe({ HostConfig: { RestartPolicy: { Name, MaximumRetryCount } } }).restartPolicy;
  expect([policy('', 0), policy('no', 0), policy('on-failure', 3), policy('on-failure', 0)]).toEqual([
    'no',
    'no',
    'on-failure:3',
    'on-failure',
  ]);
});

it('takes null for every empty list and map', () => {
  const bare = observe({
    Mounts: null,
    Config: { Labels: null },
    HostConfig: { PortBindings: null },
    NetworkSettings: { Ports: null, Networks: null },
  });
  expect(bare).toMatchObject({ labels: {}, networks: {}, hostPorts: [], volumes: [] });
});
