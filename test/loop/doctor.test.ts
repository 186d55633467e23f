// What a doctor says of a host, for each thing that may be wrong with it.

import { describe, expect, it } from 'vitest';
import type { DesiredHost, HostAddress } from '../../src/desired/desired.ts';
import { type ErrorCode, PlimsollError, problem } from '../../src/kernel/errors.ts';
import { HostId, ServiceKey } from '../../src/kernel/ids.ts';
import { instant } from '../../src/kernel/time.ts';
import { examineHost, type KnownOfHost } from '../../src/loop/doctor.ts';
import { DEFAULTS } from '../../src/manifest/schema/defaults.ts';
import type { HostFacts } from '../../src/ports/host-facts.ts';

const SSH: HostAddress = {
  scheme: 'ssh',
  user: 'ops',
  host: 'fra-1',
  port: 22,
  socketPath: '/var/run/docker.sock',
};
const GIB = 1024 ** 3;

const HEALTHY: HostFacts = {
  engine: {
    id: 'x',
    version: '28.1.0',
    apiVersion: '1.49',
    os: 'linux',
    architecture: 'amd64',
    cpus: 2,
    memoryBytes: 4 * GIB,
    liveRestore: true,
  },
  door: 'forwarding',
  clockAheadMs: 12,
  clockErrorMs: 3,
  disk: { path: '/var/lib/docker', freeBytes: 60 * GIB, totalBytes: 100 * GIB },
  askedAt: instant(0),
};

function host(address: HostAddress): DesiredHost {
  return {
    id: HostId.parse('h1'),
    address,
    hostKeys: [],
    credential: 'default',
    labels: {},
    taints: [],
    reserved: { cpus: 0, memoryBytes: 0 },
    networkRange: DEFAULTS.networkRange,
    meshAddress: null,
    schedulable: true,
    span: null,
  };
}

/** `check state`, and the sentence of what is not well. */
async function words(facts: Partial<HostFacts> | ErrorCode, address = SSH, known: Partial<KnownOfHost> = {}) {
  const ask = async (): Promise<HostFacts> => {
    if (typeof facts === 'string') throw new PlimsollError(problem(facts, 'it went wrong'));
    return { ...HEALTHY, ...facts };
  };
  return (await examineHost(host(address), ask, { taken: [], ...known })).map((f) =>
    f.state === 'ok' ? `${f.check} ok` : `${f.check} ${f.state}: ${f.message}`,
  );
}

const WELL = [
  'reachable',
  'hostKey',
  'login',
  'engine',
  'permission',
  'clock',
  'disk',
  'liveRestore',
  'sessions',
  'ports',
].map((check) => `${check} ok`);

describe('a host', () => {
  it.each([
    ['serves by the newest rules', null, 'loadBalancer ok'],
    [
      'does not',
      'the load balancer does not answer',
      'loadBalancer warning: the load balancer does not serve by the newest rules: the load balancer does not answer',
    ],
  ])('whose load balancer %s', async (_, balancer, line) => {
    expect(await words({}, SSH, { balancer })).toEqual([...WELL, line]);
  });

  it('that is well', async () => expect(await words({})).toEqual(WELL));

  it.each<[string, Partial<HostFacts>, string]>([
    ['whose clock is ahead', { clockAheadMs: 65_000 }, 'clock warning: its clock is 1m5s ahead'],
    ['whose clock is behind', { clockAheadMs: -65_000 }, 'clock warning: its clock is 1m5s behind'],
    [
      'whose engine does not tell its time',
      { clockAheadMs: null },
      'clock unknown: the engine does not tell its time',
    ],
    [
      'whose disk is nearly full',
      { disk: { path: '/var/lib/docker', freeBytes: 5 * GIB, totalBytes: 100 * GIB } },
      'disk warning: 5 GiB of 100 GiB free below /var/lib/docker',
    ],
    [
      'whose small disk has room in proportion, but little of it',
      { disk: { path: '/var/lib/docker', freeBytes: GIB, totalBytes: 4 * GIB } },
      'disk warning: 1 GiB of 4 GiB free below /var/lib/docker',
    ],
    [
      'whose disk cannot be asked about',
      { disk: { path: '/d', because: 'no right' } },
      'disk unknown: the free space below /d is not known: no right',
    ],
    [
      'whose engine takes its containers down with it',
      { engine: { ...HEALTHY.engine, liveRestore: false } },
      'liveRestore warning: a restart of the engine stops every container',
    ],
    [
      'whose key is a strict one',
      { door: 'dial-stdio' },
      'sessions warning: the key may only run `docker system dial-stdio`: ten sessions at once, no HTTP or TCP probes',
    ],
  ])('%s', async (_, facts, warning) => {
    const check = warning.split(' ')[0];
    expect(await words(facts)).toEqual(WELL.map((line) => (line === `${check} ok` ? warning : line)));
  });

  it('whose clock could be measured only roughly is given the benefit of the doubt', async () => {
    expect(await words({ clockAheadMs: 6_000, clockErrorMs: 2_000 })).toEqual(WELL);
  });

  it('where a port is taken', async () => {
    const taken = [
      { service: ServiceKey.parse('shop/web'), port: 80, protocol: 'tcp' as const, by: 'nginx' },
    ];
    expect((await words({}, SSH, { taken })).at(-1)).toBe(
      'ports warning: taken: 80/tcp (wanted by shop/web, held by nginx)',
    );
  });
});

describe('a host that fails', () => {
  it.each<[ErrorCode, string[]]>([
    ['host/unreachable', ['reachable failed: it went wrong (host/unreachable)']],
    ['host/key-mismatch', ['reachable ok', 'hostKey failed: it went wrong (host/key-mismatch)']],
    ['host/auth', ['reachable ok', 'hostKey ok', 'login failed: it went wrong (host/auth)']],
    [
      'host/no-engine',
      ['reachable ok', 'hostKey ok', 'login ok', 'engine failed: it went wrong (host/no-engine)'],
    ],
    [
      'host/permission',
      ['reachable ok', 'hostKey ok', 'login ok', 'permission failed: it went wrong (host/permission)'],
    ],
  ])('with %s at one step has passed the steps before', async (code, lines) => {
    expect(await words(code)).toEqual(lines);
  });

  it('and is this machine has no key and no login', async () => {
    expect(await words('host/no-engine', { scheme: 'unix', socketPath: '/x' })).toEqual([
      'reachable ok',
      'engine failed: it went wrong (host/no-engine)',
    ]);
  });
});
