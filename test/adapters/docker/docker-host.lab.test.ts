// A host in trouble, on real engines and real sshd: what is seen of it, how soon, and that nothing hangs. And
// what only a real engine shows: twins of networks, leftovers of a crash, a full disk, certificates.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/adapters/clock/system.ts';
import { createDockerHost, type DockerHostOptions } from '../../../src/adapters/docker/docker-host.ts';
import { fillerName } from '../../../src/adapters/docker/volumes.ts';
import { type Problem, toProblem } from '../../../src/kernel/errors.ts';
import { HostId } from '../../../src/kernel/ids.ts';
import { Sealed } from '../../../src/kernel/sealed.ts';
import type { Host } from '../../../src/ports/host.ts';
import { runCommand } from '../../lab/command.ts';
import type { LabHost } from '../../lab/host.ts';
import { type Lab, startLab } from '../../lab/lab.ts';
import { aContainer } from './a-container.ts';

let lab: Lab;
let machine: LabHost;
let host: Host;
let losses: string[];

const QUICK = { deadlineMs: 10_000 };

function overSsh(target: LabHost, change: Partial<DockerHostOptions> = {}): Host {
  const { address, hostKey } = target;
  return createDockerHost({
    id: HostId.parse(target.name),
    address: { scheme: 'ssh', user: 'root', host: address, port: 22, socketPath: '/var/run/docker.sock' },
    hostKeys: [hostKey],
    credential: { kind: 'key', privateKey: new Sealed(lab.ssh.key.privateKey), passphrase: null },
    clock: systemClock,
    ...change,
  });
}

const failure = (promise: Promise<unknown>): Promise<Problem> =>
  promise.then((value) => {
    throw new Error(`it gave ${JSON.stringify(value)}`);
  }, toProblem);

async function timed<T>(promise: Promise<T>): Promise<readonly [T, number]> {
  const startedAt = performance.now();
  return [await promise, performance.now() - startedAt];
}

beforeAll(async () => {
  lab = await startLab({ hosts: [{}, { diskMiB: 48 }] });
  machine = lab.host('h1');
});
afterAll(() => lab?.stop());
beforeEach(async () => {
  host = overSsh(machine);
  losses = [];
  host.onDisconnect((because) => losses.push(because));
  await host.connect(QUICK);
});
afterEach(() => host.close());

/** A container that ignores SIGTERM, so that stopping it is a call that lasts. */
async function stubborn(): Promise<string> {
  const image = (await lab.images.web('stubborn', { ignoreTerm: 'yes' })).ref;
  await host.pullImage(image, null, () => {}, QUICK);
  // The engine itself waits for so long when it is stopped, or finds it running when it starts.
  const spec = { stopGraceMs: 1_000 };
  const made = aContainer(spec, { image, name: `stubborn-${performance.now()}` });
  const id = await host.createContainer(made, QUICK);
  await host.startContainer(id, QUICK);
  return id;
}

/** The end of a stream of events, whether it returns or throws. */
const endOfEvents = async (): Promise<string> => {
  try {
    for await (const event of host.events(new AbortController().signal)) expect(event).toBeDefined();
    return 'ended';
  } catch (error) {
    return toProblem(error).code;
  }
};

describe('a host that is lost', () => {
  it.each([
    ['its sshd is killed', () => machine.sshd.kill(), () => machine.sshd.start(), 1_000],
    ['its sshd is frozen', () => machine.sshd.pause(), () => machine.sshd.resume(), 4_000],
    ['it is cut off', () => machine.cutOff(), () => machine.heal(), 4_000],
  ])(
    'is noticed when %s; everything under way ends, and it comes back',
    async (_, strike, mend, withinMs) => {
      const id = await stubborn();
      const underWay = [failure(host.stopContainer(id, 60_000, { deadlineMs: 60_000 })), endOfEvents()];
      await host.listNetworks(QUICK);
      await strike();
      const [ends, tookMs] = await timed(Promise.all(underWay));
      expect(ends).toEqual([expect.objectContaining({ code: 'host/unreachable' }), 'host/unreachable']);
      expect(tookMs).toBeLessThan(withinMs);
      expect(losses).toHaveLength(1);
      const [late, lateMs] = await timed(failure(host.listNetworks(QUICK)));
      expect(late.code).toBe('host/unreachable');
      expect(lateMs).toBeLessThan(50);
      const [again, againMs] = await timed(failure(host.connect({ deadlineMs: 1_000 })));
      expect(again.code).toBe('host/unreachable');
      expect(againMs).toBeLessThan(2_000);
      await mend();
      await host.connect(QUICK);
      expect((await host.inspectContainer(id, QUICK))?.id).toBe(id);
    },
  );
});

describe('an engine that is gone while the host is there', () => {
  it.each([
    ['killed', () => machine.dockerd.kill()],
    ['stopped', () => machine.dockerd.stop()],
  ])('%s: calls say so at once, and it is there again without reconnecting', async (_, strike) => {
    const id = await stubborn();
    const events = endOfEvents();
    // An engine that is stopped in an orderly way stops its containers, and may still say so.
    const stop = host.stopContainer(id, 60_000, { deadlineMs: 60_000 }).then(() => 'stopped', toProblem);
    await host.listNetworks(QUICK);
    await strike();
    await events;
    const end = await stop;
    if (end !== 'stopped') expect(end).toMatchObject({ code: 'host/no-engine' });
    const [gone, goneMs] = await timed(failure(host.listNetworks(QUICK)));
    expect(gone).toMatchObject({ code: 'host/no-engine' });
    expect(goneMs).toBeLessThan(1_000);
    await machine.dockerd.start();
    expect((await host.inspectContainer(id, QUICK))?.id).toBe(id);
    expect(losses).toEqual([]);
  });

  it('frozen: calls end at their deadlines, and go on when it does', async () => {
    await machine.dockerd.pause();
    const [frozen, frozenMs] = await timed(failure(host.listNetworks({ deadlineMs: 500 })));
    expect(frozen).toMatchObject({ code: 'host/timeout' });
    expect(frozenMs).toBeLessThan(1_000);
    expect(await failure(overSsh(machine).connect({ deadlineMs: 500 }))).toMatchObject({
      code: 'host/timeout',
    });
    await machine.dockerd.resume();
    await expect(host.listNetworks(QUICK)).resolves.toBeInstanceOf(Array);
    expect(losses).toEqual([]);
  });

  it('is said to be gone by a key that may only dial, too', async () => {
    const privateKey = new Sealed(lab.ssh.dialStdioKey.privateKey);
    const strict = overSsh(machine, { credential: { kind: 'key', privateKey, passphrase: null } });
    await machine.dockerd.stop();
    expect(await failure(strict.connect(QUICK))).toMatchObject({ code: 'host/no-engine' });
    await machine.dockerd.start();
    await expect(strict.connect(QUICK)).resolves.toBeDefined();
    expect(
      await failure(
        strict.probe({ kind: 'tcp', address: '127.0.0.1', port: 22, path: '/', headers: {} }, QUICK),
      ),
    ).toMatchObject({ code: 'host/permission' });
    await strict.close();
  });
});

describe('twins of a network', () => {
  const labels = { owner: 'plimsoll' };
  const create = async (name: string, Labels: Record<string, string>): Promise<string> =>
    (await machine.docker.createNetwork({ Name: name, Labels })).id;
  const left = async (name: string): Promise<string[]> =>
    (await machine.docker.listNetworks())
      .filter((n) => n.Name === name)
      .map((n) => n.Id)
      .sort();

  it('become one: the lowest id stays', async () => {
    const ids = [
      await create('twins', labels),
      await create('twins', labels),
      await create('twins', labels),
    ].sort();
    const winner = await host.createNetwork({ name: 'twins', labels: labels, subnet: null }, QUICK);
    expect(winner.id).toBe(ids[0]);
    expect(await left('twins')).toEqual([ids[0]]);
  });

  it('of somebody else stay, and are what the caller gets to see if they are first', async () => {
    const foreign = [await create('foreign', {}), await create('foreign', { owner: 'me' })].sort();
    const found = await host.createNetwork({ name: 'foreign', labels: labels, subnet: null }, QUICK);
    expect(found.id).toBe(foreign[0]);
    expect(found.labels).not.toEqual(labels);
    expect(await left('foreign')).toEqual(foreign);
  });

  it('in use stay', async () => {
    const ids = [await create('used', labels), await create('used', labels)].sort();
    const id = await stubborn();
    await machine.docker.getNetwork(ids[1] ?? '').connect({ Container: id });
    const winner = await host.createNetwork({ name: 'used', labels: labels, subnet: null }, QUICK);
    expect(winner.id).toBe(ids[0]);
    expect(await left('used')).toEqual(ids);
    await host.stopContainer(id, 0, QUICK);
  });
});

describe('filling a volume', () => {
  const FILL = { ...QUICK, uploadMs: QUICK.deadlineMs, mayGoOn: () => true };
  const labels = { owner: 'plimsoll' };
  const files = [{ path: 'a', contentBase64: Buffer.from('A').toString('base64'), mode: 0o644 }];
  let image: string;
  beforeEach(async () => {
    image = (await lab.images.busybox('filler')).ref;
    await host.pullImage(image, null, () => {}, QUICK);
  });
  const filler = async (name: string): Promise<unknown> => host.inspectContainer(fillerName(name), QUICK);

  it('gets past what a crash left behind', async () => {
    const made = aContainer({}, { image, name: fillerName('crashed'), labels });
    await host.createContainer(made, QUICK);
    await host.createVolume('crashed', labels, QUICK);
    await host.fillVolume('crashed', image, labels, files, FILL);
    expect(await filler('crashed')).toBeNull();
    expect(await machine.run('cat', ['/var/lib/docker/volumes/crashed/_data/a'])).toBe('A');
  });

  it('leaves a container of somebody else alone', async () => {
    const id = await host.createContainer(aContainer({}, { image, name: fillerName('theirs') }), QUICK);
    await host.createVolume('theirs', labels, QUICK);
    expect(await failure(host.fillVolume('theirs', image, labels, files, FILL))).toMatchObject({
      code: 'engine/foreign',
    });
    expect(await filler('theirs')).toMatchObject({ id });
  });

  it('leaves no container where it fails', async () => {
    await host.createVolume('failing', labels, QUICK);
    const bad = [{ path: 'a\0b/c', contentBase64: '', mode: 0o644 }];
    await host.fillVolume('failing', image, labels, bad, FILL).catch(() => {});
    expect(await filler('failing')).toBeNull();
  });
});

describe('a full disk', () => {
  it('is named', async () => {
    const full = overSsh(lab.host('h2'));
    await full.connect(QUICK);
    const image = (await lab.images.web('for-a-full-disk')).ref;
    lab.host('h2').disk.fill();
    expect(await failure(full.pullImage(image, null, () => {}, QUICK))).toMatchObject({
      code: 'host/disk-full',
    });
    lab.host('h2').disk.free();
    await full.pullImage(image, null, () => {}, QUICK);
    await full.close();
  });
});

describe('an image with two names', () => {
  it('is removed with both', async () => {
    const image = (await lab.images.web('two-names')).ref;
    await host.pullImage(image, null, () => {}, QUICK);
    await machine.docker.getImage(image).tag({ repo: 'other', tag: 'name' });
    const found = (await host.listImages(QUICK)).find(({ tags }) => tags.includes(image));
    expect(found?.tags).toEqual(expect.arrayContaining([image, 'docker.io/library/other:name']));
    await host.removeImage(found?.id ?? '', QUICK);
    expect((await host.listImages(QUICK)).map(({ id }) => id)).not.toContain(found?.id);
  });
});

it('removes the volumes that nobody named with their container, and no others', async () => {
  const image = (await lab.images.busybox('with-volumes')).ref;
  await host.pullImage(image, null, () => {}, QUICK);
  await host.createVolume('named', {}, QUICK);
  const made = await machine.docker.createContainer({
    Image: image,
    Volumes: { '/anonymous': {} },
    HostConfig: { Binds: ['named:/named'] },
  });
  const before = (await host.listVolumes(QUICK)).length;
  await host.removeContainer(made.id, QUICK);
  const after = await host.listVolumes(QUICK);
  expect(after).toHaveLength(before - 1);
  expect(after.map(({ name }) => name)).toContain('named');
});

it('keeps a hundred streams beside its calls', async () => {
  const controller = new AbortController();
  const streams = Array.from({ length: 100 }, () => host.events(controller.signal)[Symbol.asyncIterator]());
  const firsts = streams.map((stream) => stream.next());
  const [, tookMs] = await timed(host.listNetworks(QUICK));
  expect(tookMs).toBeLessThan(1_000);
  await host.createVolume('seen-by-all', {}, QUICK);
  for (const { value } of await Promise.all(firsts)) expect(value).toMatchObject({ object: 'seen-by-all' });
  const lasts = streams.map((stream) => stream.next());
  controller.abort();
  for (const last of await Promise.all(lasts)) expect(last.done).toBe(true);
  await expect(host.listNetworks(QUICK)).resolves.toBeInstanceOf(Array);
});

it('is reached with a key that an agent holds', async () => {
  const socketPath = join(lab.directory, 'agent.sock');
  const agent = spawn('ssh-agent', ['-D', '-a', socketPath], { stdio: 'ignore' });
  try {
    await vi.waitUntil(() => existsSync(socketPath), { timeout: 5_000 });
    const credential = { kind: 'agent', socketPath } as const;
    const locked = overSsh(machine, { credential });
    expect(await failure(locked.connect(QUICK))).toMatchObject({ code: 'host/auth' });
    await runCommand('ssh-add', ['-q', lab.ssh.key.privateKeyPath], {
      environment: { SSH_AUTH_SOCK: socketPath },
    });
    const unlocked = overSsh(machine, { credential });
    await expect(unlocked.connect(QUICK)).resolves.toBeDefined();
    await unlocked.close();
  } finally {
    agent.kill();
  }
});
