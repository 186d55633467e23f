// What a dry run tells of a push that goes well: how long it takes and what is left at the worst moment.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../cli/command-line.ts';
import { Scratch } from '../../cli/scratch.ts';
import {
  actionsOf,
  CHECKED,
  type Files,
  HOSTS,
  host,
  service,
  serviceOf,
  simulate,
  simulateAt,
} from './fleet-files.ts';

const EXAMPLE = join(ROOT, 'manifests-example');

describe('the example manifests', () => {
  it('are deployed in the order of their dependencies', async () => {
    const report = await simulateAt(EXAMPLE, null);
    if (!('outcome' in report)) throw new Error('it has problems');
    expect(report).toMatchObject({ outcome: 'converged', from: null, belowRules: [] });
    const began = (key: string): number => serviceOf(report, key).beganMs ?? 0;
    expect(began('shop/api')).toBeGreaterThan(began('shop/db'));
    expect(began('shop/web')).toBeGreaterThan(began('shop/api'));
    expect(report.services.map(({ service: key, change, ready }) => [key, change, ready])).toEqual([
      ['shop/api', 'added', 3],
      ['shop/db', 'added', 1],
      ['shop/web', 'added', 3],
      ['shop/worker', 'added', 2],
    ]);
  });

  it('roll one image over without losing a replica', async () => {
    using next = new Scratch();
    cpSync(EXAMPLE, next.path, { recursive: true });
    const file = join(next.path, 'shop/api.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('api:2.1.0', 'api:2.2.0'));
    const report = await simulateAt(EXAMPLE, next.path);
    if (!('outcome' in report)) throw new Error('it has problems');
    expect(report).toMatchObject({ outcome: 'converged', belowRules: [] });
    expect(serviceOf(report, 'shop/api')).toMatchObject({
      change: 'changed',
      fewestReady: { count: 3 },
      allowedReady: 3,
      mostContainers: { count: 4 },
      phase: 'ready',
    });
    expect(serviceOf(report, 'shop/db')).toMatchObject({ change: 'unchanged', beganMs: null });
    // The old database, and an old and two new replicas of api at most.
    const limits = report.hosts.map(({ mostLimits }) => mostLimits.bytes / 2 ** 20);
    expect(Math.max(...limits)).toBe(1024 + 192 + 256 + 192);
  });
});

const ROLLING = `replicas: 3, ${CHECKED}, rollout: { maxSurge: 1, maxUnavailable: 0, minHealthy: 2s }`;

describe('what is left at the worst moment', () => {
  it.each([
    ['all of them where one more may run', ROLLING, { fewest: 3, allowed: 3, most: 4 }],
    [
      'one less where one may be missing',
      `replicas: 3, ${CHECKED}, rollout: { maxSurge: 0, maxUnavailable: 1, minHealthy: 2s }`,
      { fewest: 2, allowed: 2, most: 3 },
    ],
    [
      'none where all are stopped first',
      `replicas: 3, ${CHECKED}, rollout: { strategy: recreate, minHealthy: 2s }`,
      { fewest: 0, allowed: 0, most: 3 },
    ],
    [
      'none where a volume has one writer',
      `${CHECKED}, volumes: ["data:/data"], rollout: { minHealthy: 2s }`,
      { fewest: 0, allowed: 0, most: 1 },
    ],
    [
      'one less where each host has one already and its port is taken',
      `replicas: 3, ${CHECKED}, ports: ["8080:8080"], rollout: { minHealthy: 2s }`,
      { fewest: 2, allowed: 2, most: 3 },
    ],
    [
      'all of them where nothing checks them but time',
      'replicas: 3, rollout: { maxSurge: 1, maxUnavailable: 0, minHealthy: 8s }',
      { fewest: 3, allowed: 3, most: 4 },
    ],
  ])('%s', async (_, spec, { fewest, allowed, most }) => {
    const report = await simulate(
      { ...HOSTS, 'web.yaml': service('web', '1', spec) },
      { ...HOSTS, 'web.yaml': service('web', '2', spec) },
    );
    expect(report).toMatchObject({ outcome: 'converged', belowRules: [] });
    expect(serviceOf(report, 'default/web')).toMatchObject({
      fewestReady: { count: fewest },
      allowedReady: allowed,
      mostContainers: { count: most },
      ready: spec.includes('volumes') ? 1 : 3,
    });
  });

  it('is not told of a first deployment, which has nothing to lose', async () => {
    const report = await simulate({ ...HOSTS, 'web.yaml': service('web', '1') }, null);
    const { fewestReady } = serviceOf(report, 'default/web');
    expect(fewestReady).toMatchObject({ count: 1 });
    expect(fewestReady?.atMs).toBeGreaterThan(25_000);
  });
});

it('a replica without checks is told as ready once it has run for `minHealthy`', async () => {
  const unchecked = service('web', '1', 'rollout: { minHealthy: 8s }');
  const { timeline } = await simulate({ ...HOSTS, 'web.yaml': unchecked }, null);
  const at = (kind: string): number => timeline.findLast((entry) => entry.kind === kind)?.atMs ?? 0;
  expect(at('service/ready') - at('action/succeeded')).toBeCloseTo(8_000, -3);
  expect(at('rollout/succeeded')).toBeGreaterThanOrEqual(at('service/ready'));
});

it('replicas are told as ready before what comes of it', async () => {
  const files = (tag: string): Files => {
    const names = [...'abcdefgh'].map((name, n): [string, string] => [
      `${name}.yaml`,
      service(name, tag, `rollout: { strategy: recreate, minHealthy: ${5_000 + n * 30}ms }`),
    ]);
    return { ...HOSTS, ...Object.fromEntries(names) };
  };
  const { timeline } = await simulate(files('1'), files('2'));
  for (const name of 'abcdefgh') {
    const own = timeline.filter((entry) => entry.service === `default/${name}`).map(({ kind }) => kind);
    expect(own.slice(-2)).toEqual(['service/ready', 'rollout/succeeded']);
  }
});

describe('how long it takes', () => {
  const first = { ...HOSTS, 'web.yaml': service('web', '1', ROLLING) };
  const next = { ...HOSTS, 'web.yaml': service('web', '2', ROLLING) };

  it('follows from what is assumed', async () => {
    const usual = await simulate(first, next);
    const slowPull = await simulate(first, next, { assumptions: { pullMs: 320_000 } });
    const slowStart = await simulate(first, next, { assumptions: { startupMs: 15_000 } });
    const slowStop = await simulate(first, next, { assumptions: { stopMs: 4_000 } });
    // However long: it tells how it goes on, as a real one does.
    expect(slowPull.tookMs - usual.tookMs).toBeCloseTo(300_000, -3);
    // Three replicas, one after the other.
    expect(slowStart.tookMs - usual.tookMs).toBeCloseTo(30_000, -3);
    expect(slowStop.tookMs - usual.tookMs).toBeCloseTo(9_000, -3);
  });

  it('is the same each time', async () => {
    using one = new Scratch(first);
    using other = new Scratch(next);
    const again = () => simulateAt(one.path, other.path, { lost: [{ host: 'h2', atMs: null }] });
    expect(await again()).toEqual(await again());
  });

  it('is nothing where the push changes nothing', async () => {
    const report = await simulate(first, first);
    expect(report).toMatchObject({ outcome: 'converged', tookMs: 0 });
    expect(actionsOf(report)).toEqual([]);
  });
});

describe('a commit that changes the fleet', () => {
  const web = (replicas: number) => service('web', '1', `replicas: ${replicas}, ${CHECKED}`);

  it('places new replicas on a new host', async () => {
    const two = { 'h1.yaml': host('h1'), 'h2.yaml': host('h2'), 'web.yaml': web(2) };
    const report = await simulate(two, { ...two, 'h3.yaml': host('h3'), 'web.yaml': web(3) });
    expect(report).toMatchObject({ outcome: 'converged', belowRules: [] });
    expect(report.hosts.find((h) => h.host === 'h3')?.mostContainers.count).toBe(1);
  });

  it('moves what it says nothing of where its host leaves', async () => {
    const { 'h3.yaml': _, ...two } = HOSTS;
    const services = { 'web.yaml': web(3), 'api.yaml': service('api', '1') };
    const report = await simulate({ ...HOSTS, ...services }, { ...two, ...services });
    expect(report.outcome).toBe('converged');
    const changes = report.services.map(({ service: key, change, beganMs }) => [
      key,
      change,
      beganMs !== null,
    ]);
    expect(changes).toContainEqual(['default/web', 'moved', true]);
    expect(changes.filter(([, change]) => change === 'unchanged').every(([, , began]) => !began)).toBe(true);
  });

  it('removes what it does not name any more', async () => {
    const files = { ...HOSTS, 'web.yaml': web(3), 'api.yaml': service('api', '1') };
    const report = await simulate(files, { ...HOSTS, 'web.yaml': web(3) });
    expect(report.outcome).toBe('converged');
    expect(serviceOf(report, 'default/api')).toMatchObject({ change: 'removed', phase: 'removed', ready: 0 });
    expect(report.belowRules).toEqual([]);
  });

  it('is held where it removes much, and nothing is done', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 8 }, (_, n) => [`s${n}.yaml`, service(`s${n}`, '1')]),
    );
    const report = await simulate({ ...HOSTS, ...many }, { ...HOSTS, 's0.yaml': service('s0', '1') });
    expect(report).toMatchObject({
      outcome: 'held',
      because: expect.stringMatching(/^the commit is held: .*7 of 8/),
    });
    expect(actionsOf(report)).toEqual([]);
  });
});

describe('images and hosts', () => {
  it('are simulated whatever their address', async () => {
    const digest = `sha256:${'ab'.repeat(32)}`;
    const file = (name: string, image: string, spec = '') =>
      service(name, '1', `${CHECKED}${spec}`).replace(/image: "[^"]*"/, `image: "${image}"`);
    const report = await simulate(
      {
        'h1.yaml': host('h1').replace('tcp://h1.example.com:2376', 'unix:///var/run/docker.sock'),
        'a.yaml': file('a', 'nginx'),
        'b.yaml': file('b', `localhost:5000/private/b@${digest}`),
        'c.yaml': file('c', 'imported/by-hand:3', ', pull_policy: never'),
      },
      null,
    );
    expect(report.outcome).toBe('converged');
    expect(report.services.map(({ ready }) => ready)).toEqual([1, 1, 1]);
    const pulls = report.timeline.filter(({ message }) => message.startsWith('pull image'));
    expect(pulls.map(({ message }) => message.split(' ')[2]).sort()).toEqual([
      expect.stringMatching(/^docker\.io\/library\/nginx@sha256:/),
      `localhost:5000/private/b@${digest}`,
    ]);
  });

  it('have the memory that a label tells, or the assumed one', async () => {
    const report = await simulate({ 'h1.yaml': host('h1', 'memory: 1g'), 'h2.yaml': host('h2') }, null, {
      assumptions: { hostMemoryBytes: 2 ** 31 },
    });
    expect(report.hosts.map(({ host: id, memoryBytes, knownFrom }) => [id, memoryBytes, knownFrom])).toEqual([
      ['h1', 2 ** 30, 'label'],
      ['h2', 2 ** 31, 'assumed'],
    ]);
    expect(report.notes).toEqual([]);
  });

  it('are assumed where a label tells no size, which is said', async () => {
    const report = await simulate({ 'h1.yaml': host('h1', 'memory: lots') }, null);
    expect(report.hosts.map(({ knownFrom }) => knownFrom)).toEqual(['assumed']);
    expect(report.notes).toEqual([
      'label memory of host h1, "lots", is no size such as 16g: 8 GiB are assumed',
    ]);
  });

  it('are told with what runs there in the end', async () => {
    const report = await simulate(
      { ...HOSTS, 'web.yaml': service('web', '1', `replicas: 4, ${CHECKED}`) },
      null,
    );
    expect(report.hosts.map(({ inTheEnd }) => inTheEnd.map(({ containers }) => containers)).sort()).toEqual([
      [1],
      [1],
      [2],
    ]);
  });
});
