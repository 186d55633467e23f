// The faults of the simulator for real, each in the middle of a rollout of the real program: while a fault
// lasts the old revision keeps serving and nothing wrong is started; once it is over the rollout ends as
// committed, with nothing left over, and then nothing is written any more.

import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PushedImage } from '../lab/push.ts';
import { fillDisk } from './ballast.ts';
import { Client, endpointsOf } from './client.ts';
import { ControllerProcess } from './controller-process.ts';
import { type System, serviceManifest, startSystem } from './harness.ts';

const REPLICAS = 4;
const MAX_SURGE = 1;
const SPEC = `  ports: ["18080-18085:8080"]
  readiness: { http: { path: /cgi-bin/health, port: 8080 }, period: 250ms, timeout: 1s, failureThreshold: 2 }
  stop_grace_period: 3s
  rollout: { minHealthy: 300ms, maxSurge: ${MAX_SURGE} }
`;
/** A pull of this much at this speed takes more than two seconds: time enough to be interrupted. */
const BALLAST_MIB = 16;
const DOWNLOAD_MBIT_PER_S = 50;
const QUIET_MS = 4_000;

interface Fault {
  readonly title: string;
  readonly strike: () => Promise<void> | void;
  readonly heal: () => Promise<void> | void;
  readonly lastsMs: number;
  /** Replicas that a client reaches at the least while it lasts. */
  readonly fewest: number;
  /** Replicas that it reaches at the least from its beginning to the end of the rollout. */
  readonly fewestAfter: number;
}

let system: System;
let controller: ControllerProcess;
let client: Client;
let version = 0;
let freeDisk = (): void => {};

const host = () => system.lab.host('h2');
const ALL = { fewest: REPLICAS, fewestAfter: REPLICAS };
/** Half of the replicas are on the other host. */
const OTHER_HOST = { fewest: REPLICAS / 2, fewestAfter: REPLICAS / 2 };

const FAULTS: readonly Fault[] = [
  {
    title: 'dockerd is killed',
    strike: () => host().dockerd.kill(),
    heal: () => host().dockerd.start(),
    lastsMs: 4_000,
    fewest: REPLICAS,
    // A dockerd that starts without live-restore ends the containers of its predecessor, and starts them again.
    fewestAfter: REPLICAS / 2,
  },
  {
    title: 'sshd is stopped (SIGSTOP)',
    strike: () => host().sshd.pause(),
    heal: () => host().sshd.resume(),
    lastsMs: 7_000,
    ...ALL,
  },
  {
    title: 'a host is cut off',
    strike: () => host().cutOff(),
    heal: () => host().heal(),
    lastsMs: 7_000,
    ...OTHER_HOST,
  },
  {
    title: 'the controller is killed',
    strike: () => controller.kill(),
    heal: () => {},
    lastsMs: 0,
    ...ALL,
  },
  {
    title: "the disk with the controller's store is full",
    strike: () => {
      freeDisk = fillDisk(system.directory);
    },
    heal: () => freeDisk(),
    lastsMs: 5_000,
    ...ALL,
  },
];

/** Before it has the image: once it has, what an old container leaves behind may be room enough for a new one. */
const DISK_FULL: Fault = {
  title: 'the disk of a host is full',
  strike: () => host().disk.fill(),
  heal: () => host().disk.free(),
  lastsMs: 5_000,
  ...ALL,
};

const REGISTRY_PAUSED: Fault = {
  title: 'the registry is paused (SIGSTOP)',
  strike: () => system.lab.registry.daemon.pause(),
  async heal() {
    const isUnderWay = await isPulling();
    await system.lab.registry.daemon.resume();
    expect(isUnderWay, 'the pull waits').toBe(true);
  },
  lastsMs: 7_000,
  ...ALL,
};

const manifest = (image: PushedImage): string =>
  serviceManifest('api', { image: image.ref, replicas: REPLICAS, spec: SPEC });

async function nextImage(ballastMiB = 0): Promise<PushedImage> {
  version += 1;
  return system.lab.images.web(`v${version}`, { ballastMiB });
}

/** What the engines run that can be asked, past the controller. */
async function containers(): Promise<readonly Docker.ContainerInfo[]> {
  const lists = system.lab.hosts.map((each) => each.docker.listContainers({ all: true }).catch(() => []));
  return (await Promise.all(lists)).flat();
}

/**
 * Each by itself: the list of an engine that could not save a change to its full disk goes on with the state before
 * it ("created", while the container runs), until the next change (seen with Docker 20.10).
 */
async function states(): Promise<readonly string[]> {
  const all = system.lab.hosts.map(async ({ docker }) => {
    const listed = await docker.listContainers({ all: true });
    return Promise.all(listed.map(async ({ Id }) => (await docker.getContainer(Id).inspect()).State.Status));
  });
  return (await Promise.all(all)).flat();
}

const isOf = (image: PushedImage) => (container: Docker.ContainerInfo) =>
  container.Image.includes(image.digest);

async function until(what: string, holds: () => Promise<boolean>, deadlineMs = 40_000): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > endMs)
      throw new Error(`not within ${deadlineMs} ms: ${what}\n${JSON.stringify(await controller.status())}`);
    await sleep(30);
  }
}

const converged = (image: PushedImage): Promise<void> =>
  until('all replicas run as committed', async () => {
    const all = await containers();
    const isThere = all.length === REPLICAS && all.every(isOf(image));
    return isThere && (await controller.status())?.phase === 'converged';
  });

/** What the engines report of themselves within a time that has passed. */
async function engineEvents(sinceMs: number, untilMs: number): Promise<string[]> {
  const span = { since: sinceMs / 1_000, until: untilMs / 1_000 };
  const lists = system.lab.hosts.map(async ({ name, docker }) => {
    const events = await text(await docker.getEvents(span));
    return events.split('\n').flatMap((line) => (line === '' ? [] : [`${name} ${line}`]));
  });
  return (await Promise.all(lists)).flat();
}

/** As committed and nothing besides; then no engine is told anything any more. */
async function endsWell(image: PushedImage): Promise<void> {
  await converged(image);
  const all = await containers();
  expect(await states()).toEqual(Array(REPLICAS).fill('running'));
  expect(new Set(all.map((container) => container.Names[0])).size).toBe(REPLICAS);
  expect([...(await client.look()).versions]).toEqual([`v${version}`]);
  const sinceMs = Date.now();
  await sleep(QUIET_MS);
  expect(await engineEvents(sinceMs, Date.now())).toEqual([]);
}

/** Lets a fault last, and looks at what is there meanwhile. */
async function enduring(fault: Fault, next: PushedImage): Promise<void> {
  const from = client.samples.length;
  await fault.strike();
  await sleep(fault.lastsMs);
  const meanwhile = client.samples.slice(from);
  const present = await containers();
  await fault.heal();
  for (const { serving } of meanwhile) expect(serving).toBeGreaterThanOrEqual(fault.fewest);
  expect(present.length).toBeLessThanOrEqual(REPLICAS + MAX_SURGE);
  for (const container of present) expect([isOf(current)(container), isOf(next)(container)]).toContain(true);
  if (fault.lastsMs > 0) expect(present.filter(isOf(next)).length, 'it waits').toBeLessThan(REPLICAS);
}

let current: PushedImage;

beforeAll(async () => {
  system = await startSystem({ hosts: [{}, { diskMiB: 256 }], controllerDiskMiB: 8 });
  current = await nextImage();
  await system.repository.commit({ ...system.hostManifests(), 'api.yaml': manifest(current) });
  controller = new ControllerProcess(system);
  controller.start();
  await converged(current);
  const addresses = system.lab.hosts.map((each) => each.address);
  client = new Client(endpointsOf(addresses, 18_080, 18_085));
});

afterAll(async () => {
  await client?.stop();
  await controller?.[Symbol.asyncDispose]();
  await system?.[Symbol.asyncDispose]();
});

/** Whether both engines are downloading a layer, by the file that they write it to. */
async function isPulling(): Promise<boolean> {
  const files = await Promise.all(system.lab.hosts.map((each) => each.run('ls', ['/var/lib/docker/tmp'])));
  return files.every((names) => names.includes('GetImageBlob'));
}

async function strikesWhen(
  fault: Fault,
  ballastMiB: number,
  moment: (next: PushedImage) => Promise<boolean>,
): Promise<void> {
  const next = await nextImage(ballastMiB);
  const beganMs = Date.now();
  await system.repository.commit({ 'api.yaml': manifest(next) });
  try {
    await until('the moment has come', () => moment(next));
    const from = client.samples.length;
    await enduring(fault, next);
    await endsWell(next);
    expect(await engineEvents(beganMs, Date.now()), 'what was told before the silence').not.toEqual([]);
    const fewest = Math.min(...client.samples.slice(from).map(({ serving }) => serving));
    expect(fewest).toBeGreaterThanOrEqual(fault.fewestAfter);
  } finally {
    // The commit is in force, whatever was seen: the next fault strikes while it is replaced.
    current = next;
  }
}

describe('in the middle of a rollout', () => {
  it.each(FAULTS)('$title', (fault) =>
    strikesWhen(fault, 0, async (next) => (await containers()).some(isOf(next))),
  );
});

describe('in the middle of a pull', () => {
  it.each([DISK_FULL, REGISTRY_PAUSED])('$title', async (fault) => {
    const slow = (mbitPerS: number | null) =>
      Promise.all(system.lab.hosts.map((each) => each.limitDownload(mbitPerS)));
    await slow(DOWNLOAD_MBIT_PER_S);
    try {
      await strikesWhen(fault, BALLAST_MIB, isPulling);
    } finally {
      await slow(null);
    }
  });
});
