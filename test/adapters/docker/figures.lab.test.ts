// What observing a host costs: requests counted in the engine's own log, and times, which are printed. The
// limits on times are far above what is measured, since machines differ; those on requests are exact.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system.ts';
import { createDockerHost } from '../../../src/adapters/docker/docker-host.ts';
import { HostId } from '../../../src/kernel/ids.ts';
import { Sealed } from '../../../src/kernel/sealed.ts';
import type { ObservedContainer } from '../../../src/observed/report.ts';
import type { Host } from '../../../src/ports/host.ts';
import { eventually } from '../../lab/eventually.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { aContainer } from './a-container.ts';

const CONTAINERS = 100;
const RUNNING = 10;
const QUICK = { deadlineMs: 20_000 };

let lab: Lab;
let host: Host;

beforeAll(async () => {
  lab = await startLab({ hosts: [{ dockerdArgs: ['--debug'] }] });
  const { address, hostKey } = lab.host('h1');
  host = createDockerHost({
    id: HostId.parse('h1'),
    address: { scheme: 'ssh', user: 'root', host: address, port: 22, socketPath: '/var/run/docker.sock' },
    hostKeys: [hostKey],
    credential: { kind: 'key', privateKey: new Sealed(lab.ssh.key.privateKey), passphrase: null },
    clock: systemClock,
  });
  await host.connect(QUICK);
  const image = (await lab.images.web('figures')).ref;
  await host.pullImage(image, null, () => {}, QUICK);
  for (let index = 0; index < CONTAINERS; index++) {
    const id = await host.createContainer(aContainer({}, { image, name: `figures-${index}` }), QUICK);
    if (index < RUNNING) await host.startContainer(id, QUICK);
  }
});
afterAll(async () => {
  await host?.close();
  await lab?.stop();
});

/** Requests to the engine as it logs them under --debug: `GET /v1.41/networks`. */
const requests = (): string[] =>
  [...readFileSync(lab.host('h1').dockerd.logPath, 'utf8').matchAll(/msg="Calling (\w+ [^"?]+)/g)].map(
    ([, request = '']) => request.replace(/\/v[\d.]+/, '').replace(/[0-9a-f]{64}/, 'ID'),
  );

/** How often each request came in while `work` was done. */
async function counted(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = requests().length;
  await work();
  // The last one that we make, so that everything before it is in the log.
  await host.inspectContainer('the-end-of-the-count', QUICK);
  const isEnd = (request: string): boolean => request.includes('the-end-of-the-count');
  const seen = await eventually('the log of the engine', { deadlineMs: 5_000 }, () => {
    const fresh = requests().slice(before);
    return fresh.some(isEnd) && fresh;
  });
  const counts: Record<string, number> = {};
  for (const request of seen.filter((one) => !isEnd(one))) counts[request] = (counts[request] ?? 0) + 1;
  return counts;
}

async function medianMs(times: number, work: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let time = 0; time < times; time++) {
    const startedAt = performance.now();
    await work();
    took.push(performance.now() - startedAt);
  }
  return took.sort((a, b) => a - b)[Math.floor(times / 2)] ?? 0;
}

const LISTS = { 'GET /containers/json': 1, 'GET /networks': 1, 'GET /volumes': 1 };

it(`costs as many requests as it must for ${CONTAINERS} containers`, async () => {
  const known = new Map<string, ObservedContainer>();
  const look = async (withoutImages = false): Promise<void> => {
    const report = await host.report(known, { ...QUICK, withoutImages });
    for (const container of report.containers) known.set(container.id, container);
  };
  expect(await counted(look)).toEqual({
    ...LISTS,
    'GET /images/json': 1,
    'GET /containers/ID/json': CONTAINERS,
  });
  expect(await counted(look)).toEqual({ ...LISTS, 'GET /images/json': 1 });
  expect(await counted(() => look(true))).toEqual(LISTS);
  const [first = ''] = known.keys();
  await host.startContainer(first, QUICK);
  await host.stopContainer(first, 0, QUICK);
  expect(await counted(() => look(true))).toEqual({ ...LISTS, 'GET /containers/ID/json': 1 });
});

it('is quick', async () => {
  const { containers } = await host.report(new Map(), QUICK);
  const known = new Map(containers.map((container) => [container.id, container]));
  const figures = {
    'smallest call (GET /volumes)': await medianMs(200, () => host.listVolumes(QUICK)),
    [`first report of ${CONTAINERS} containers`]: await medianMs(5, () => host.report(new Map(), QUICK)),
    'report with nothing new': await medianMs(20, () => host.report(known, QUICK)),
    'the same without images': await medianMs(20, () =>
      host.report(known, { ...QUICK, withoutImages: true }),
    ),
    'connecting, with the handshake': await medianMs(5, () => host.connect(QUICK)),
  };
  for (const [what, ms] of Object.entries(figures)) console.log(`${what}: ${ms.toFixed(1)} ms (median)`);
  expect(figures['smallest call (GET /volumes)']).toBeLessThan(50);
  expect(figures[`first report of ${CONTAINERS} containers`]).toBeLessThan(5_000);
  expect(figures['report with nothing new']).toBeLessThan(1_000);
});
