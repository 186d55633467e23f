// What a controller shows that remembers more than it sees: its source cannot be read, or the commit wants
// an image that is not deployed.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDirectory } from '../../src/adapters/git/directory.ts';
import { openGitRemote } from '../../src/adapters/git/remote.ts';
import { makeRevision } from '../../src/desired/revision.ts';
import { contentHash } from '../../src/kernel/canonical.ts';
import { CommitSha, HostId, NamespaceName, ServiceName, serviceKey } from '../../src/kernel/ids.ts';
import { instant } from '../../src/kernel/time.ts';
import { newSourceMemory, put, rowKey } from '../../src/loop/rows.ts';
import { newServiceMemory } from '../../src/rollout/memory.ts';
import { Scratch } from '../cli/scratch.ts';
import { eventually } from '../lab/eventually.ts';
import { service as desiredService } from '../plan/world.ts';
import { type ApiHarness, SOURCE, service, startApiHarness } from './harness.ts';

const WEB = { namespace: 'default', name: 'web' };
const namespace = NamespaceName.parse('default');
const name = ServiceName.parse('web');
const key = serviceKey(namespace, name);
const { container } = desiredService('web', { image: '127.0.0.1:1/shop/web:0' });
const revision = makeRevision(container, { kind: 'digest', digest: `sha256:${contentHash('web:0')}` });
const readyAt = instant(1_700_000_000_000);

const instance = (ordinal: number, host: string) => ({
  revision: revision.id,
  ordinal,
  attempt: 0,
  host: HostId.parse(host),
  hostPorts: [],
  intent: 'run' as const,
  because: 'first deployment',
  plannedAt: readyAt,
  seenAt: readyAt,
  readyAt,
  faults: 0,
  hasServed: true,
  toldToStop: false,
  faultMark: null,
  retryAt: null,
});

/** An earlier run of the controller had deployed two replicas. */
const ROWS = [
  put(rowKey.source(SOURCE), {
    ...newSourceMemory(SOURCE),
    accepted: CommitSha.parse('a'.repeat(40)),
    isDirectory: true,
  }),
  put(rowKey.revision(revision.id), revision),
  put(rowKey.service(key), {
    ...newServiceMemory({ key, namespace, name, source: SOURCE }),
    replicas: 2,
    target: revision.id,
    stable: revision.id,
    instances: [instance(0, 'h1'), instance(1, 'h2')],
  }),
];

describe('while the source cannot be read', () => {
  let harness: ApiHarness;
  beforeAll(async () => {
    const url = '/nonexistent/fleet.git';
    const ref = { kind: 'branch' as const, name: 'main' };
    const place = { id: SOURCE, url, ref, path: '', credential: null, allowFile: true };
    harness = await startApiHarness(
      {},
      { rows: ROWS, git: openGitRemote({ ...place, cacheDir: '/nonexistent' }) },
    );
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  const BECAUSE =
    /^source main is not read since \d{4}-\d\d-\d\dT[\d:]{8}Z: .* \(source\/not-found\); left as it is, 2 of 2 were ready when last seen$/;

  it('the services that are remembered are shown, with the reason', async () => {
    await eventually('there is nothing left to look at', { deadlineMs: 5_000 }, async () => {
      return (await harness.client.ask('status')).phase === 'failed';
    });
    const { commit, services } = await harness.client.ask('status');
    expect(commit).toBe('a'.repeat(40));
    expect(services).toEqual([
      {
        ...WEB,
        desired: 2,
        ready: 0,
        revision: revision.id,
        phase: 'held',
        because: expect.stringMatching(BECAUSE),
        waitsForPerson: false,
      },
    ]);
  });

  it('so are the hosts that they are on', async () => {
    const { hosts } = await harness.client.ask('status');
    expect(hosts.map((host) => `${host.name} ${host.state}`)).toEqual(['h1 unknown', 'h2 unknown']);
    expect(hosts[0]?.because).toMatch(/^not connected: source main is not read since /);
  });

  it('why says that nothing is changed, and not that it is removed', async () => {
    const { phase, because, chain } = await harness.client.ask('why', { params: WEB });
    expect(phase).toBe('held');
    expect(because).toMatch(BECAUSE);
    expect(chain.slice(0, 2).map((l) => `${l.link} ${l.object}: ${l.because}`)).toEqual([
      `commit aaaaaaaaaaaa: was in force from source main when it was last read; default/web is left as it is`,
      expect.stringMatching(/^source main: source main is not read since /),
    ]);
    expect(JSON.stringify(chain)).not.toMatch(/remove/);
  });

  it('an instance says that its host was not seen', async () => {
    const { instances } = await harness.client.ask('describe', { params: WEB });
    expect(
      instances.map(({ host, hostState, asOf, container: seen }) => ({ host, hostState, asOf, seen })),
    ).toEqual([
      { host: 'h1', hostState: 'unknown', asOf: null, seen: null },
      { host: 'h2', hostState: 'unknown', asOf: null, seen: null },
    ]);
  });
});

describe('while the commits are not accepted', () => {
  it('the time that is said is that of the newest one', async () => {
    using scratch = new Scratch({ 'web.yaml': service('web').replace('image', 'imgae') });
    await using harness = await startApiHarness({}, { rows: ROWS, git: openDirectory(scratch.path) });
    const becauseOf = async (): Promise<string> => {
      await harness.controller.sync(null);
      return (await harness.client.ask('status')).services[0]?.because ?? '';
    };
    const sinceOf = (because: string): number =>
      Date.parse(
        /^commit [0-9a-f]{12} of source main is not accepted since (\S+Z): /.exec(because)?.[1] ?? '',
      );
    const first = await becauseOf();
    // Sentences tell whole seconds.
    await sleep(1_100);
    scratch.write({ 'web.yaml': service('web').replace('image', 'imaeg') });
    const second = await becauseOf();
    expect(sinceOf(second)).toBeGreaterThan(sinceOf(first));
    await sleep(1_100);
    expect(await becauseOf()).toBe(second);
  });
});

describe('while the image of the commit is not deployed', () => {
  it('both are named: the one that runs and the one that is wanted', async () => {
    await using harness = await startApiHarness({ 'web.yaml': service('web') }, { rows: ROWS });
    await eventually('the service has been looked at', { deadlineMs: 5_000 }, async () => {
      const { services } = await harness.client.ask('status');
      return services[0]?.desired === 1;
    });
    expect(await harness.client.ask('describe', { params: WEB })).toMatchObject({
      image: '127.0.0.1:1/shop/web:0',
      desiredImage: '127.0.0.1:1/shop/web:1',
    });
  });
});
