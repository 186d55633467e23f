// Who starts a container again that has ended: Docker's restart policies, with their back-off.

import { describe, expect, it } from 'vitest';
import type { SimEngine } from '../../../src/sim/engine/sim-engine.ts';
import { actionsOf, plainEngine, runOn, seen } from './plain-engine.ts';
import { VirtualTime } from './virtual-time.ts';

/** A container that ends by itself; whoever updates it gives it any policy. */
function running(clock: VirtualTime, policy: string, code: number, afterMs = 0): SimEngine {
  const engine = plainEngine(clock);
  runOn(engine, 'api', { does: { exits: { afterMs, code } } });
  const { limits } = seen(engine, 'api');
  engine.people.update('api', { limits, restartPolicy: policy });
  return engine;
}

describe('a container that ends by itself', () => {
  it.each([
    ['no', 1, 'exited', 0],
    ['always', 0, 'restarting', 4],
    ['always', 1, 'restarting', 4],
    ['unless-stopped', 0, 'restarting', 4],
    ['on-failure', 0, 'exited', 0],
    ['on-failure', 1, 'restarting', 4],
    ['on-failure:2', 1, 'exited', 2],
  ] as const)('with the policy %s and code %i is %s after a second, %i times restarted', async (...row) => {
    const [policy, code, status, restartCount] = row;
    const clock = new VirtualTime();
    const engine = running(clock, policy, code);
    await clock.pass(1_000);
    expect(seen(engine, 'api')).toMatchObject({ status, restartCount, exitCode: code });
  });

  it('waits twice as long each time, a minute at most', async () => {
    const clock = new VirtualTime();
    const engine = running(clock, 'always', 1);
    const startedAt = new Set<number>();
    for (let second = 0; second < 300; second += 1) {
      await clock.pass(1_000);
      startedAt.add(seen(engine, 'api').startedAt ?? -1);
    }
    const late = [...startedAt].filter((at) => at > 10_000).map((at) => Math.round(at / 1_000));
    expect(late).toEqual([13, 26, 51, 102, 162, 222, 282]);
  });

  it('begins with the shortest wait again after ten calm seconds', async () => {
    const clock = new VirtualTime();
    const engine = running(clock, 'always', 1, 11_000);
    await clock.pass(5 * 11_100 + 50);
    expect(seen(engine, 'api')).toMatchObject({ status: 'running', restartCount: 5 });
  });
});

describe('somebody who stops a container', () => {
  it.each(['always', 'unless-stopped'])('has it down for good with the policy %s', async (policy) => {
    const clock = new VirtualTime();
    const engine = running(clock, policy, 1, 60_000);
    engine.people.stop('api');
    await clock.pass(5_000);
    expect(seen(engine, 'api')).toMatchObject({ status: 'exited', restartCount: 0 });
  });

  it('ends the wait for the next restart, and a start forgets the restarts so far', async () => {
    const clock = new VirtualTime();
    const engine = running(clock, 'always', 1);
    await clock.pass(1_000);
    expect(seen(engine, 'api').status).toBe('restarting');
    engine.people.stop('api');
    await clock.pass(10_000);
    expect(seen(engine, 'api').status).toBe('exited');
    engine.people.start('api');
    expect(seen(engine, 'api')).toMatchObject({ status: 'running', restartCount: 0 });
    await clock.pass(150);
    expect(seen(engine, 'api').restartCount).toBe(2);
  });

  it('finds that starting a container that waits for its restart changes nothing', async () => {
    const clock = new VirtualTime();
    const engine = running(clock, 'always', 1);
    await clock.pass(1_000);
    expect(engine.people.start('api').ok).toBe(true);
    expect(seen(engine, 'api').status).toBe('restarting');
  });
});

it('a restart that fails ends the restarts, and no event tells of it', async () => {
  const clock = new VirtualTime();
  const engine = plainEngine(clock);
  const ports = [{ target: 80, protocol: 'tcp', published: null, hostIp: '0.0.0.0' } as const];
  const spec = { ports, restart: 'unless-stopped' } as const;
  runOn(engine, 'api', { does: { exits: { afterMs: 0, code: 1 } }, spec, hostPorts: [8080] });
  await clock.pass(10);
  engine.occupyPort(8080);
  const told = actionsOf(engine);
  await clock.pass(60_000);
  expect(seen(engine, 'api')).toMatchObject({ status: 'exited', restartCount: 1 });
  expect(told.filter((action) => action.startsWith('container'))).toEqual([]);
});
