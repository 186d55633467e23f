// What a process does in the course of its life, and what can be seen of it.

import { describe, expect, it } from 'vitest';
import type { HealthcheckSpec } from '../../../src/desired/container.ts';
import type { ProbeTarget } from '../../../src/ports/host.ts';
import type { Behaviour } from '../../../src/sim/engine/behaviour.ts';
import { reach } from '../../../src/sim/engine/reach.ts';
import type { SimEngine } from '../../../src/sim/engine/sim-engine.ts';
import { actionsOf, plainEngine, runOn, seen, truth } from './plain-engine.ts';
import { VirtualTime } from './virtual-time.ts';

const MIB = 2 ** 20;

/** Health of a container at each of its changes, as `second health`. */
async function healthOf(
  does: Partial<Behaviour>,
  check: Partial<HealthcheckSpec> | null,
  seconds = 30,
): Promise<string[]> {
  const clock = new VirtualTime();
  const engine = plainEngine(clock);
  const usual = { test: ['CMD', 'check'], intervalMs: 2_000, timeoutMs: 1_000, startPeriodMs: 0, retries: 3 };
  const healthcheck = check === null ? null : { ...usual, ...check };
  runOn(engine, 'api', { does, spec: { healthcheck } });
  const changes: string[] = [`0 ${seen(engine, 'api').health}`];
  for (let second = 1; second <= seconds; second += 1) {
    await clock.pass(1_000);
    const { health } = seen(engine, 'api');
    if (!changes.at(-1)?.endsWith(` ${health}`)) changes.push(`${second} ${health}`);
  }
  return changes;
}

describe('health', () => {
  it.each<[string, Partial<Behaviour>, Partial<HealthcheckSpec> | null, string[]]>([
    ['is none without a check', {}, null, ['0 none']],
    [
      'is none where the manifest switches the check off',
      { health: 'passes' },
      { test: ['NONE'] },
      ['0 none'],
    ],
    ['passes at the first check', {}, {}, ['0 starting', '2 healthy']],
    ['comes from the check of the image', { health: 'passes' }, null, ['0 starting', '1 healthy']],
    ['waits for the start', { startupMs: 5_000 }, {}, ['0 starting', '6 healthy']],
    ['fails after three checks', { health: 'fails' }, {}, ['0 starting', '6 unhealthy']],
    [
      'fails in a start that takes too long',
      { startupMs: 9_000 },
      {},
      ['0 starting', '6 unhealthy', '10 healthy'],
    ],
    [
      'is patient in the start period',
      { health: 'fails' },
      { startPeriodMs: 10_000 },
      ['0 starting', '14 unhealthy'],
    ],
    ['becomes sick', { sickAfterMs: 10_000 }, {}, ['0 starting', '2 healthy', '14 unhealthy']],
    ['stays where it is when the check hangs', { health: 'never' }, {}, ['0 starting']],
  ])('%s', async (_, does, check, changes) => {
    expect(await healthOf(does, check)).toEqual(changes);
  });

  it('becomes sick after an hour as well', async () => {
    const changes = await healthOf({ sickAfterMs: 3_600_000, health: 'passes' }, null, 3_700);
    expect(changes).toEqual(['0 starting', '1 healthy', '3602 unhealthy']);
  });

  it('is told by an event when it changes, and is unhealthy when nobody checks any more', async () => {
    const clock = new VirtualTime();
    const engine = plainEngine(clock);
    runOn(engine, 'api', { does: { health: 'passes' } });
    const told = actionsOf(engine);
    await clock.pass(2_000);
    expect(told).toEqual(['container health_status']);
    engine.people.stop('api', 0);
    await clock.pass(10);
    expect(seen(engine, 'api')).toMatchObject({ status: 'exited', health: 'unhealthy' });
    expect(told).not.toContain('container health_status: unhealthy');
  });

  it('flips for one check, or for good with the behaviour', async () => {
    const clock = new VirtualTime();
    const engine = plainEngine(clock);
    runOn(engine, 'api', { does: { health: 'passes' } });
    await clock.pass(5_500);
    engine.flipHealth('api', 'unhealthy');
    expect(seen(engine, 'api').health).toBe('unhealthy');
    await clock.pass(1_000);
    expect(seen(engine, 'api').health).toBe('healthy');
    engine.changeBehaviour('api', { sickAfterMs: 0 });
    await clock.pass(3_000);
    expect(seen(engine, 'api').health).toBe('unhealthy');
  });
});

describe('memory', () => {
  const does = { memory: { startBytes: 10 * MIB, growthBytesPerS: MIB } };
  const limits = { memoryBytes: 20 * MIB, memoryReservationBytes: null, cpus: null, pids: null };

  it('runs out when it has grown to the limit', async () => {
    const clock = new VirtualTime();
    const engine = plainEngine(clock);
    runOn(engine, 'api', { does, spec: { limits } });
    const told = actionsOf(engine);
    await clock.pass(9_999);
    expect(seen(engine, 'api').status).toBe('running');
    await clock.pass(1);
    expect(seen(engine, 'api')).toMatchObject({ status: 'exited', exitCode: 137, outOfMemory: true });
    expect(told).toEqual(['container oom', 'network disconnect', 'container die']);
  });

  it('lasts longer with a higher limit, and runs out at once with one that is too low', async () => {
    const clock = new VirtualTime();
    const engine = plainEngine(clock);
    runOn(engine, 'api', { does, spec: { limits } });
    await clock.pass(5_000);
    engine.people.update('api', { limits: { ...limits, memoryBytes: 30 * MIB }, restartPolicy: 'no' });
    await clock.pass(14_000);
    expect(seen(engine, 'api').status).toBe('running');
    engine.people.update('api', { limits: { ...limits, memoryBytes: 12 * MIB }, restartPolicy: 'no' });
    await clock.pass(0);
    expect(seen(engine, 'api').outOfMemory).toBe(true);
  });

  it('runs out when the kernel says so, whatever the behaviour', () => {
    const engine = plainEngine(new VirtualTime());
    runOn(engine, 'api', { spec: { restart: 'unless-stopped' } });
    engine.killForMemory('api');
    expect(seen(engine, 'api')).toMatchObject({ status: 'restarting', exitCode: 137, outOfMemory: true });
  });
});

it('a paused process does nothing until it goes on', async () => {
  const clock = new VirtualTime();
  const engine = plainEngine(clock);
  runOn(engine, 'api', { does: { exits: { afterMs: 3_000, code: 0 } } });
  await clock.pass(1_000);
  engine.people.pause('api');
  await clock.pass(60_000);
  expect(seen(engine, 'api').status).toBe('paused');
  expect(engine.people.start('api').ok).toBe(false);
  engine.people.unpause('api');
  await clock.pass(1_999);
  expect(seen(engine, 'api').status).toBe('running');
  await clock.pass(1);
  expect(seen(engine, 'api').status).toBe('exited');
});

it('a process that does not listen to SIGTERM is killed at the end of its grace', async () => {
  const clock = new VirtualTime();
  const engine = plainEngine(clock);
  runOn(engine, 'api', { does: { stopMs: 20_000 } });
  engine.people.stop('api', 5_000);
  await clock.pass(4_999);
  expect(truth(engine, 'api').isAlive).toBe(true);
  await clock.pass(1);
  expect(seen(engine, 'api')).toMatchObject({ status: 'exited', exitCode: 137 });
});

describe('a connection to a container', () => {
  const probe = (engine: SimEngine, change: Partial<ProbeTarget> = {}) => {
    const address = seen(engine, 'api').networks['bridge']?.address ?? 'none';
    const target = { kind: 'http', address, port: 80, path: '/', headers: {}, ...change } as const;
    return reach(engine.machine, target);
  };

  it.each<[string, Partial<Behaviour>, Partial<ProbeTarget>, object]>([
    ['finds it serving', {}, {}, { kind: 'ok' }],
    ['is refused while it starts', { startupMs: 20_000 }, {}, { because: 'Connection refused' }],
    ['is refused where it listens nowhere', { listens: null }, {}, { because: 'Connection refused' }],
    [
      'is refused on another port',
      { listens: { ports: [8080], answers: 'ok', statusOf: {} } },
      {},
      { because: 'Connection refused' },
    ],
    ['finds it sick', { sickAfterMs: 5_000 }, {}, { because: 'it answered with status 500' }],
    ['finds it listening while it is sick', { sickAfterMs: 5_000 }, { kind: 'tcp' }, { kind: 'ok' }],
    [
      'waits for an answer',
      { listens: { ports: null, answers: 'silent', statusOf: {} } },
      {},
      { kind: 'silent' },
    ],
    ['finds nobody at another address', {}, { address: '172.17.0.99' }, { kind: 'unreachable' }],
    ['finds nothing on the machine itself', {}, { address: '127.0.0.1' }, { because: 'Connection refused' }],
  ])('%s', async (_, does, target, found) => {
    const clock = new VirtualTime();
    const engine = plainEngine(clock);
    runOn(engine, 'api', { does });
    await clock.pass(10_000);
    expect(probe(engine, target)).toMatchObject(found);
  });

  it('finds another container at an address that has been given away', async () => {
    const clock = new VirtualTime();
    const engine = plainEngine(clock);
    runOn(engine, 'old', { does: { listens: null } });
    const address = seen(engine, 'old').networks['bridge']?.address ?? '';
    engine.people.stop('old', 0);
    await clock.pass(0);
    runOn(engine, 'api');
    expect(probe(engine, { address })).toEqual({ kind: 'ok' });
  });

  it('reaches published ports and the host network by the machine itself', () => {
    const engine = plainEngine(new VirtualTime());
    const ports = [{ target: 80, protocol: 'tcp', published: null, hostIp: '0.0.0.0' } as const];
    runOn(engine, 'api', { spec: { ports }, hostPorts: [8080] });
    runOn(engine, 'own', {
      does: { listens: { ports: [9090], answers: 'error', statusOf: {} } },
      spec: { networkMode: 'host' },
    });
    expect(probe(engine, { address: '127.0.0.1', port: 8080 })).toEqual({ kind: 'ok' });
    expect(probe(engine, { address: '127.0.0.1', port: 9090 })).toMatchObject({
      because: 'it answered with status 500',
    });
    expect(seen(engine, 'own').networks).toEqual({ host: { address: null, aliases: [] } });
  });

  it('gets no answer from a paused process', () => {
    const engine = plainEngine(new VirtualTime());
    runOn(engine, 'api');
    engine.people.pause('api');
    expect(probe(engine)).toEqual({ kind: 'silent' });
  });
});
