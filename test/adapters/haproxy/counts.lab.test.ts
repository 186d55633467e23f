// What a load balancer in a container has counted, over reloads and ends of its processes: exact, or said not to be.

import { Agent } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system.ts';
import { createDockerHost } from '../../../src/adapters/docker/docker-host.ts';
import { haproxyOn } from '../../../src/adapters/haproxy/driver.ts';
import { betweenLooks } from '../../../src/analysis/between-looks.ts';
import { HostId } from '../../../src/kernel/ids.ts';
import type { LoadBalancerCounts } from '../../../src/kernel/request-counters.ts';
import type { Host } from '../../../src/ports/host.ts';
import { eventually } from '../../lab/eventually.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { ask } from '../../proxy/client.ts';
import { HTTP_PORT, WebServer } from '../../proxy/servers.ts';
import { API, api, CANARY, canary, db, door, STABLE, serving, stable, traffic } from '../../proxy/words.ts';
import { hashNow, rulesOf, SHORT, startBalancer } from './words.ts';

const NAME = 'plimsoll.proxy.test';
const H1 = HostId.parse('h1');

let lab: Lab;
let host: Host;
let web: WebServer;

beforeAll(async () => {
  lab = await startLab({ hosts: 1 });
  const address = { scheme: 'unix', socketPath: lab.host('h1').dockerSocket } as const;
  host = createDockerHost({ id: H1, clock: systemClock, address, hostKeys: [], credential: null });
  await host.connect(SHORT);
  const image = (await lab.images.haproxy('2.6')).pinned;
  await host.pullImage(image, null, () => {}, { deadlineMs: 60_000 });
  await startBalancer(host, NAME, image, { port: HTTP_PORT });
  await hashNow(host, NAME);
  web = await WebServer.start('api', lab.gateway);
});
afterAll(async () => {
  await web?.[Symbol.asyncDispose]();
  await host?.close();
  await lab?.stop();
});

/** Both revisions get requests; another share makes other rules. */
async function share(ofCanary: number): Promise<void> {
  const { address } = web;
  const both = [
    stable({ share: 10_000 - ofCanary, local: [serving({ name: 'api.5', address })] }),
    canary({ share: ofCanary, local: [serving({ name: 'api.c', address })] }),
  ];
  const told = traffic('h1', {
    doors: [door(API, '0.0.0.0', '0.0.0.0/0')],
    pools: [{ ...api(both), check: db([]).check }],
  });
  await haproxyOn(host).apply(NAME, rulesOf(told), SHORT);
}

const measure = () => haproxyOn(host).measure(NAME, SHORT);
const between = (before: LoadBalancerCounts, now: LoadBalancerCounts) =>
  betweenLooks([{ host: H1, before, now }], { pool: 'shop/api:8080', canary: CANARY, stable: STABLE });

const request = async (agent: Agent, path: string): Promise<number> => {
  const { address } = lab.host('h1');
  return (await ask({ to: address, port: HTTP_PORT, from: lab.gateway, agent, path })).status;
};

const inside = (script: string) => lab.host('h1').run('docker', ['exec', NAME, 'bash', '-c', script]);
const living = async (): Promise<number> =>
  (await measure()).processes.filter(({ state }) => state === 'counting').length;
const onlyTheNewest = () =>
  eventually(
    'processes that were replaced to end',
    { deadlineMs: 9_000 },
    async () => (await living()) === 1,
  );

const ROUNDS = 10;
const OF_EACH = { fast: 420, failed: 40, slow: 30, slowAndFailed: 10 } as const;
const PATHS = {
  fast: '/',
  failed: '/answer/500/0',
  slow: '/answer/200/2300',
  slowAndFailed: '/answer/503/2300',
} as const;
const KINDS = ['slow', 'slowAndFailed', 'fast', 'failed'] as const;
/** Of answers between two and five seconds. */
const SLOW = 11;

/** Five hundred, and a reload while the slow ones are being answered and the others come in. */
async function round(agent: Agent, ofCanary: number): Promise<readonly number[]> {
  const paths = KINDS.flatMap((kind) => Array.from({ length: OF_EACH[kind] }, () => PATHS[kind]));
  const all = Promise.all(paths.map((path) => request(agent, path)));
  await share(ofCanary);
  return all;
}

describe('five thousand requests during ten reloads', () => {
  it('are counted as exactly five thousand, each of its kind', async () => {
    await share(1_000);
    const before = await measure();
    const agent = new Agent({ keepAlive: true, maxSockets: 80 });
    const rounds = [];
    // Slow ones of a round may end two reloads later.
    for (let n = 0; n < ROUNDS; n += 1) rounds.push(round(agent, 2_000 + n * 500), await turn());
    const statuses = (await Promise.all(rounds)).flat();
    const now = await measure();
    agent.destroy();
    expect(statuses.length).toBe(5_000);
    expect(statuses.filter((status) => status >= 500).length).toBe(500);
    const { interval, canary: ofCanary, stable: ofStable, gaps } = between(before, now);
    expect(gaps).toEqual([]);
    expect(now.processes.length - before.processes.length).toBe(ROUNDS);
    const sum = (of: (growth: typeof ofCanary) => number) => of(ofCanary) + of(ofStable);
    const total = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
    expect({
      begun: sum(({ begun }) => begun),
      answers: sum(({ succeeded }) => total(succeeded)),
      failures: sum(({ failed }) => total(failed)),
      slow: sum(({ succeeded }) => succeeded[SLOW] ?? 0),
      slowFailures: sum(({ failed }) => failed[SLOW] ?? 0),
      unanswered: sum(({ unanswered }) => unanswered),
    }).toEqual({ begun: 5_000, answers: 4_500, failures: 500, slow: 300, slowFailures: 100, unanswered: 0 });
    expect(interval.canary.requests + interval.stable.requests).toBe(5_000);
    expect(interval.canary.errors + interval.stable.errors).toBe(500);
    await onlyTheNewest();
    expect(between(before, await measure()).interval).toEqual(interval);
  });
});

const LOST = [{ host: H1, because: expect.stringContaining('before its last counts were written down') }];

/** Until the reload of a round is under way. */
const turn = async (): Promise<readonly number[]> => {
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return [];
};

describe('what a process has counted', () => {
  it('is kept when it ends, and the process is not kept for longer than it has something to count', async () => {
    await share(3_000);
    await onlyTheNewest();
    const before = await measure();
    const agent = new Agent();
    expect(await request(agent, PATHS.fast)).toBe(200);
    await share(3_100);
    await onlyTheNewest();
    const { interval, gaps } = between(before, await measure());
    expect(gaps).toEqual([]);
    expect(interval.canary.requests + interval.stable.requests).toBe(1);
  });

  it('is known to be lost where the process was killed before it was done', async () => {
    await share(4_000);
    await onlyTheNewest();
    const before = await measure();
    const agent = new Agent();
    const slow = request(agent, '/answer/200/4500').catch(() => 0);
    await eventually('the request', { deadlineMs: 3_000 }, async () => {
      const { canary: one, stable: other } = between(before, await measure());
      return one.begun + other.begun === 1;
    });
    const old = before.processes.find(({ state }) => state === 'counting')?.id.split('.')[1] ?? '';
    await share(4_100);
    await inside(`kill -KILL ${old}`);
    expect(await slow).toBe(0);
    const { interval, gaps } = between(before, await measure());
    expect(gaps).toEqual(LOST);
    expect(interval.canary.requests + interval.stable.requests).toBe(0);
  });

  it('is known to be lost where the load balancer was killed, and what comes after counts again', async () => {
    const before = await measure();
    await inside('kill -KILL -1');
    await hashNow(host, NAME);
    const now = await measure();
    expect(between(before, now).gaps).toEqual(LOST);
    await eventually('an answer', { deadlineMs: 5_000 }, () =>
      request(new Agent(), PATHS.fast).then(
        () => true,
        () => false,
      ),
    );
    const { interval, gaps } = between(now, await measure());
    expect(gaps).toEqual([]);
    expect(interval.canary.requests + interval.stable.requests).toBe(1);
  });
});
