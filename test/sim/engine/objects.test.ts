// Networks, volumes, images, ports and names: what Docker refuses, and what it does without being asked.

import { describe, expect, it } from 'vitest';
import { FLAWLESS } from '../../../src/sim/engine/pace.ts';
import type { SimEngine } from '../../../src/sim/engine/sim-engine.ts';
import { putArchive } from '../../../src/sim/engine/volumes.ts';
import {
  actionsOf,
  image,
  must,
  plainEngine,
  requestOn,
  runOn,
  seen,
  truth,
  type Wish,
} from './plain-engine.ts';
import { VirtualTime } from './virtual-time.ts';

const engineNow = (): SimEngine => plainEngine(new VirtualTime());
const codeOf = (answer: { readonly ok: boolean; readonly error?: { readonly code: string } }): string =>
  answer.ok ? 'ok' : (answer.error?.code ?? '');
const inNetwork = (name: string): Wish => ({ networks: [{ name, aliases: [], address: null }] });

describe('networks', () => {
  it('of Docker itself are there and stay there', () => {
    const engine = engineNow();
    expect(
      engine
        .snapshot()
        .networks.map(({ name }) => name)
        .sort(),
    ).toEqual(['bridge', 'host', 'none']);
    expect(codeOf(engine.people.removeNetwork('bridge'))).toBe('engine/rejected');
  });

  it('give the lowest free address', () => {
    const engine = engineNow();
    must(engine.people.createNetwork('shop'));
    const addresses = ['a', 'b', 'c'].map((name) => {
      runOn(engine, name, inNetwork('shop'));
      return seen(engine, name).networks['shop']?.address;
    });
    expect(addresses).toEqual(['172.18.0.2', '172.18.0.3', '172.18.0.4']);
  });

  it('run out', () => {
    const engine = plainEngine(new VirtualTime(), { addressPool: ['10.0.0', '10.0.1'] });
    must(engine.people.createNetwork('one'));
    expect(codeOf(engine.people.createNetwork('two'))).toBe('engine/failed');
    must(engine.people.removeNetwork('one'));
    expect(codeOf(engine.people.createNetwork('two'))).toBe('ok');
  });

  it('that is gone lets a stopped container not start again, even where a new one has its name', async () => {
    const clock = new VirtualTime();
    const engine = plainEngine(clock);
    must(engine.people.createNetwork('shop'));
    runOn(engine, 'api', inNetwork('shop'));
    expect(codeOf(engine.people.removeNetwork('shop'))).toBe('engine/conflict');
    engine.people.stop('api', 0);
    await clock.pass(0);
    must(engine.people.removeNetwork('shop'));
    must(engine.people.createNetwork('shop'));
    expect(codeOf(engine.people.start('api'))).toBe('engine/not-found');
    must(engine.people.connect('shop', 'api'));
    expect(codeOf(engine.people.start('api'))).toBe('ok');
  });

  it('that does not exist lets a container be created and not started', () => {
    const engine = engineNow();
    expect(codeOf(engine.people.run(requestOn(engine, 'api', inNetwork('shop'))))).toBe('engine/not-found');
    expect(seen(engine, 'api')).toMatchObject({ status: 'created', exitCode: null });
  });

  it('are made twice where two requests meet, and then nobody can tell them apart', async () => {
    const clock = new VirtualTime();
    const engine = plainEngine(clock, { flaws: { ...FLAWLESS, twinNetwork: 1 } });
    must(engine.people.createNetwork('shop'));
    must(engine.people.createNetwork('shop'));
    await clock.pass(1_000);
    expect(codeOf(engine.people.createNetwork('shop'))).toBe('engine/conflict');
    expect(codeOf(engine.people.run(requestOn(engine, 'api', inNetwork('shop'))))).toBe('engine/conflict');
  });

  it('lose a container that somebody disconnects, and get it back', () => {
    const engine = engineNow();
    runOn(engine, 'api');
    const told = actionsOf(engine);
    must(engine.people.disconnect('bridge', 'api'));
    expect(seen(engine, 'api')).toMatchObject({ status: 'running', networks: {} });
    expect(codeOf(engine.people.disconnect('bridge', 'api'))).toBe('engine/failed');
    must(engine.people.connect('bridge', 'api', ['web']));
    expect(seen(engine, 'api').networks).toEqual({ bridge: { address: '172.17.0.2', aliases: ['web'] } });
    expect(told).toEqual(['network disconnect', 'network connect']);
  });
});

describe('volumes', () => {
  const mounts = [{ kind: 'volume', volume: 'data', target: '/data', readOnly: false } as const];
  const writer: Wish = { spec: { mounts }, volumes: ['data'] };
  const reader: Wish = { spec: { mounts: mounts.map((m) => ({ ...m, readOnly: true })) }, volumes: ['data'] };
  const volumeOf = (engine: SimEngine) => engine.snapshot().volumes.find(({ name }) => name === 'data');

  it('are made without labels where a container mounts one that is not there', () => {
    const engine = engineNow();
    runOn(engine, 'reads', reader);
    expect(volumeOf(engine)).toMatchObject({ labels: {}, data: null });
  });

  it('know who wrote first and last', async () => {
    const clock = new VirtualTime();
    const engine = plainEngine(clock);
    runOn(engine, 'first', writer);
    await clock.pass(1_000);
    runOn(engine, 'second', writer);
    runOn(engine, 'reads', reader);
    expect(volumeOf(engine)?.data).toEqual({
      bornBy: 'first',
      bornAt: 0,
      lastWriter: 'second',
      lastWrittenAt: 1_000,
    });
    expect(truth(engine, 'reads').mounts).toEqual([{ volume: 'data', readOnly: true }]);
  });

  it('are empty again when they have been removed and made anew', async () => {
    const clock = new VirtualTime();
    const engine = plainEngine(clock);
    runOn(engine, 'api', writer);
    const before = volumeOf(engine);
    expect(codeOf(engine.people.removeVolume('data'))).toBe('engine/conflict');
    engine.people.remove('api');
    await clock.pass(0);
    must(engine.people.removeVolume('data'));
    must(engine.people.createVolume('data'));
    expect(volumeOf(engine)?.data).toBeNull();
    expect(volumeOf(engine)?.incarnation).not.toBe(before?.incarnation);
  });

  it('get only some of their files on a full disk', () => {
    const engine = engineNow();
    const id = runOn(engine, 'api', writer);
    const files = ['a', 'b', 'c'].map((path) => ({ path, contentBase64: 'eA==', mode: 0o444 }));
    engine.fillDisk();
    expect(codeOf(putArchive(engine.machine, id, files))).toBe('host/disk-full');
    expect([...(volumeOf(engine)?.files.keys() ?? [])]).toEqual(['a']);
    engine.freeDisk();
    expect(codeOf(putArchive(engine.machine, id, files))).toBe('ok');
    expect(volumeOf(engine)?.files.size).toBe(3);
  });
});

describe('images', () => {
  const namesOf = (engine: SimEngine, id: string) => engine.snapshot().images.find((i) => i.id === id);

  it('lose a tag that another image gets', () => {
    const engine = engineNow();
    const [old, made] = [image(), image()];
    engine.loadImage(old, ['r.example/web:1']);
    engine.loadImage(made, ['r.example/web:1']);
    expect(namesOf(engine, old.id)).toMatchObject({ tags: [], digests: [`r.example/web@${old.digest}`] });
    expect(namesOf(engine, made.id)?.tags).toEqual(['r.example/web:1']);
  });

  it('of several repositories lose their names one by one', () => {
    const engine = engineNow();
    const made = image();
    engine.loadImage(made, ['r.example/web:1', 'r.example/copy:1']);
    expect(codeOf(engine.people.removeImage(made.id))).toBe('engine/conflict');
    must(engine.people.removeImage('r.example/web:1'));
    expect(namesOf(engine, made.id)?.digests).toEqual([`r.example/copy@${made.digest}`]);
    must(engine.people.removeImage(made.id));
    expect(namesOf(engine, made.id)).toBeUndefined();
  });

  it('that a container uses stay, running or not', async () => {
    const clock = new VirtualTime();
    const engine = plainEngine(clock);
    runOn(engine, 'api');
    expect(codeOf(engine.people.removeImage('r.example/api:1'))).toBe('engine/conflict');
    engine.people.stop('api', 0);
    await clock.pass(0);
    expect(codeOf(engine.people.removeImage(seen(engine, 'api').imageId))).toBe('engine/conflict');
  });

  it('that are not there cannot be used', () => {
    const engine = engineNow();
    expect(codeOf(engine.people.run(requestOn(engine, 'api', { image: 'r.example/none:1' })))).toBe(
      'image/not-found',
    );
  });
});

describe('a full disk', () => {
  it('refuses what needs room, and lets run what runs', async () => {
    const clock = new VirtualTime();
    const engine = plainEngine(clock);
    runOn(engine, 'runs');
    runOn(engine, 'stopped');
    engine.people.stop('stopped', 0);
    await clock.pass(0);
    engine.fillDisk();
    expect(codeOf(engine.people.run(requestOn(engine, 'new')))).toBe('host/disk-full');
    expect(codeOf(engine.people.start('stopped'))).toBe('host/disk-full');
    expect(codeOf(engine.people.createVolume('data'))).toBe('host/disk-full');
    expect(seen(engine, 'runs').status).toBe('running');
    engine.freeDisk();
    expect(codeOf(engine.people.start('stopped'))).toBe('ok');
  });
});

describe('ports of the machine', () => {
  const publishing = (hostIp: string): Wish => ({
    spec: { ports: [{ target: 80, protocol: 'tcp', published: null, hostIp }] },
    hostPorts: [8080],
  });

  it.each([
    ['0.0.0.0', '0.0.0.0', 'engine/port-taken'],
    ['0.0.0.0', '127.0.0.1', 'engine/port-taken'],
    ['10.0.0.1', '10.0.0.2', 'ok'],
  ])('on %s and then on %s: %s', (first, second, code) => {
    const engine = engineNow();
    runOn(engine, 'a', publishing(first));
    expect(codeOf(engine.people.run(requestOn(engine, 'b', publishing(second))))).toBe(code);
  });

  it('that another program has are taken, until it ends', () => {
    const engine = engineNow();
    engine.occupyPort(8080);
    expect(codeOf(engine.people.run(requestOn(engine, 'api', publishing('0.0.0.0'))))).toBe(
      'engine/port-taken',
    );
    engine.vacatePort(8080);
    expect(codeOf(engine.people.start('api'))).toBe('ok');
  });

  it('are free again when the container has ended', async () => {
    const clock = new VirtualTime();
    const engine = plainEngine(clock);
    runOn(engine, 'a', publishing('0.0.0.0'));
    engine.people.stop('a', 0);
    await clock.pass(0);
    expect(codeOf(engine.people.run(requestOn(engine, 'b', publishing('0.0.0.0'))))).toBe('ok');
  });
});

describe('a removal', () => {
  it('that fails leaves a dead container, which the next one removes', async () => {
    const clock = new VirtualTime();
    const engine = plainEngine(clock, { flaws: { ...FLAWLESS, removalFails: 1 } });
    runOn(engine, 'api');
    engine.people.remove('api');
    await clock.pass(0);
    expect(seen(engine, 'api').status).toBe('dead');
    expect(codeOf(engine.people.start('api'))).toBe('engine/conflict');
    engine.people.remove('api');
    expect(engine.snapshot().containers).toEqual([]);
  });

  it('that takes its time is visible', async () => {
    const clock = new VirtualTime();
    const engine = plainEngine(clock, { flaws: { ...FLAWLESS, removalLingers: 1 } });
    runOn(engine, 'api');
    engine.people.remove('api');
    await clock.pass(0);
    expect(seen(engine, 'api').status).toBe('removing');
    await clock.pass(10_000);
    expect(engine.snapshot().containers).toEqual([]);
  });
});

it('a forced removal waits for the same end as a restart, and wins', async () => {
  const clock = new VirtualTime();
  const engine = plainEngine(clock);
  runOn(engine, 'api', { does: { stopMs: 1_000 } });
  engine.people.restart('api');
  engine.people.remove('api');
  await clock.pass(5_000);
  expect(engine.snapshot().containers).toEqual([]);
  expect(engine.machine.addresses.size).toBe(0);
});

describe('names', () => {
  it('belong to one container, until it is removed or renamed', async () => {
    const clock = new VirtualTime();
    const engine = plainEngine(clock);
    runOn(engine, 'api');
    expect(codeOf(engine.people.run(requestOn(engine, 'api')))).toBe('engine/conflict');
    must(engine.people.rename('api', 'other'));
    runOn(engine, 'api');
    expect(codeOf(engine.people.rename('other', 'api'))).toBe('engine/conflict');
    const told = actionsOf(engine);
    engine.people.remove('api');
    engine.people.remove('api');
    await clock.pass(0);
    expect(engine.snapshot().containers.map(({ observed }) => observed.name)).toEqual(['other']);
    expect(told.filter((action) => action === 'container destroy')).toHaveLength(1);
  });
});

describe('an update', () => {
  const limits = { memoryBytes: 64 * 2 ** 20, memoryReservationBytes: 32 * 2 ** 20, cpus: 1, pids: 50 };

  it.each([
    [{ ...limits, memoryBytes: 2 ** 20, memoryReservationBytes: null }, 'engine/rejected'],
    [{ ...limits, memoryReservationBytes: 128 * 2 ** 20 }, 'engine/rejected'],
    [limits, 'ok'],
  ])('to %o: %s', (wanted, code) => {
    const engine = engineNow();
    runOn(engine, 'api');
    expect(codeOf(engine.people.update('api', { limits: wanted, restartPolicy: 'no' }))).toBe(code);
  });

  it('takes only some limits away', () => {
    const engine = engineNow();
    runOn(engine, 'api', { spec: { limits } });
    const none = { memoryBytes: null, memoryReservationBytes: null, cpus: null, pids: null };
    must(engine.people.update('api', { limits: none, restartPolicy: 'no' }));
    expect(seen(engine, 'api').limits).toEqual({ ...none, memoryBytes: limits.memoryBytes, cpus: 1 });
  });
});

it('somebody restarts a container: it ends, and begins anew', async () => {
  const clock = new VirtualTime();
  const engine = plainEngine(clock);
  runOn(engine, 'api', { does: { stopMs: 500 } });
  const told = actionsOf(engine);
  engine.people.restart('api');
  await clock.pass(1_000);
  expect(seen(engine, 'api')).toMatchObject({ status: 'running', startedAt: 500 });
  expect(told.filter((action) => action.startsWith('container'))).toEqual([
    'container kill',
    'container die',
    'container stop',
    'container start',
    'container restart',
  ]);
});
