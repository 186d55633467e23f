// What the end of the daemon, of its process or of the machine's power does to containers and requests.

import { describe, expect, it } from 'vitest';
import { ok } from '../../../src/kernel/result.ts';
import type { Answer } from '../../../src/sim/engine/answer.ts';
import { createContainer } from '../../../src/sim/engine/create.ts';
import { FLAWLESS } from '../../../src/sim/engine/pace.ts';
import type { SimEngine } from '../../../src/sim/engine/sim-engine.ts';
import { createVolume } from '../../../src/sim/engine/volumes.ts';
import {
  actionsOf,
  ENGINE,
  must,
  plainEngine,
  requestOn,
  runOn,
  seen,
  truth,
  type Wish,
} from './plain-engine.ts';
import { VirtualTime } from './virtual-time.ts';

const DOWN_MS = 5_000;
const unlessStopped = { restart: 'unless-stopped' } as const;

function engineOf(clock: VirtualTime, liveRestore = false): SimEngine {
  return plainEngine(clock, { engine: { ...ENGINE, liveRestore } });
}

/** What happens to `api` when the daemon is gone for a while. */
async function apiThrough(
  liveRestore: boolean,
  wish: Wish,
  happen: (engine: SimEngine) => void,
  back: (engine: SimEngine) => void = (engine) => engine.startDaemon(),
) {
  const clock = new VirtualTime();
  const engine = engineOf(clock, liveRestore);
  runOn(engine, 'api', wish);
  await clock.pass(1_000);
  happen(engine);
  await clock.pass(DOWN_MS);
  const between = truth(engine, 'api');
  back(engine);
  await clock.pass(1_000);
  return { between, later: seen(engine, 'api') };
}

const crash = (engine: SimEngine): void => engine.crashDaemon();

describe('a daemon that is killed', () => {
  it('leaves its containers running until it is back', async () => {
    const { between } = await apiThrough(false, {}, crash);
    expect(between.isAlive).toBe(true);
  });

  it('with live-restore finds them as they were', async () => {
    const { later } = await apiThrough(true, { spec: unlessStopped }, crash);
    expect(later).toMatchObject({ status: 'running', startedAt: 0, restartCount: 0 });
  });

  it.each([
    ['no', 'exited'],
    ['unless-stopped', 'exited'],
    ['always', 'running'],
    ['on-failure', 'exited'],
  ])('without live-restore ends them as if somebody had wanted it: with %s it is %s', async (...row) => {
    const [restartPolicy, status] = row;
    const { later } = await apiThrough(false, {}, (engine) => {
      engine.people.update('api', { limits: seen(engine, 'api').limits, restartPolicy });
      engine.crashDaemon();
    });
    expect(later).toMatchObject({ status, exitCode: status === 'exited' ? 0 : null });
  });

  it.each([
    ['no', 'exited'],
    ['unless-stopped', 'running'],
    ['always', 'running'],
    ['on-failure', 'running'],
  ])('starts again what failed meanwhile: with %s it is %s', async (restartPolicy, status) => {
    const clock = new VirtualTime();
    const engine = engineOf(clock);
    runOn(engine, 'api', { does: { exits: { afterMs: 3_000, code: 5 } } });
    engine.people.update('api', { limits: seen(engine, 'api').limits, restartPolicy });
    engine.crashDaemon();
    await clock.pass(5_000);
    engine.startDaemon();
    expect(seen(engine, 'api')).toMatchObject({ status, finishedAt: 3_000, restartCount: 0 });
  });

  it.each([
    ['after it', 0, 'running'],
    ['before it, and then stays down', 1, 'exited'],
  ])('starts what shares the network of another one %s', async (_, sharerFirst, status) => {
    const clock = new VirtualTime();
    const engine = plainEngine(clock, { flaws: { ...FLAWLESS, sharerFirst } });
    const holder = runOn(engine, 'holder', { does: { listens: null }, spec: { restart: 'always' } });
    runOn(engine, 'api', { sharesNetworkOf: holder, spec: { restart: 'always' } });
    engine.losePower();
    await clock.pass(1_000);
    engine.boot();
    expect([seen(engine, 'holder').status, seen(engine, 'api').status]).toEqual(['running', status]);
  });

  it('does not start what has never run', () => {
    const engine = engineOf(new VirtualTime());
    must(createContainer(engine.machine, requestOn(engine, 'api', { spec: unlessStopped })));
    engine.crashDaemon();
    engine.startDaemon();
    expect(seen(engine, 'api').status).toBe('created');
  });

  it('does not start what somebody had stopped', async () => {
    const stopped = (engine: SimEngine): void => {
      engine.people.stop('api', 0);
    };
    const clock = new VirtualTime();
    const engine = engineOf(clock, true);
    runOn(engine, 'api', { spec: unlessStopped });
    stopped(engine);
    await clock.pass(1_000);
    engine.crashDaemon();
    engine.startDaemon();
    expect(seen(engine, 'api').status).toBe('exited');
  });

  it('starts what was stopped where the policy is `always`', async () => {
    const clock = new VirtualTime();
    const engine = engineOf(clock, true);
    runOn(engine, 'api');
    engine.people.update('api', { limits: seen(engine, 'api').limits, restartPolicy: 'always' });
    engine.people.stop('api', 0);
    await clock.pass(1_000);
    engine.crashDaemon();
    engine.startDaemon();
    expect(seen(engine, 'api').status).toBe('running');
  });

  it('notices when it is back what ended meanwhile', async () => {
    const exits = { does: { exits: { afterMs: 3_000, code: 7 } } };
    const { between, later } = await apiThrough(true, exits, crash);
    expect(between).toMatchObject({ isAlive: false, observed: { status: 'running' } });
    expect(later).toMatchObject({ status: 'exited', exitCode: 7, finishedAt: 3_000 });
  });

  it('goes on with restarts that it had in mind', async () => {
    const wish = { does: { exits: { afterMs: 0, code: 1 } }, spec: unlessStopped };
    const { between, later } = await apiThrough(true, wish, crash);
    expect(between.observed.status).toBe('restarting');
    expect(later.status).toBe('restarting');
    expect(later.startedAt).toBeGreaterThanOrEqual(1_000 + DOWN_MS);
  });

  it('leaves a container dead that it was removing', async () => {
    const clock = new VirtualTime();
    const engine = plainEngine(clock, {
      flaws: { ...FLAWLESS, removalLingers: 1 },
    });
    runOn(engine, 'api');
    engine.people.remove('api');
    await clock.pass(0);
    expect(seen(engine, 'api').status).toBe('removing');
    engine.crashDaemon();
    engine.startDaemon();
    expect(seen(engine, 'api').status).toBe('dead');
  });
});

describe('a daemon that is stopped in order', () => {
  const stop = (engine: SimEngine): void => engine.stopDaemon();

  it('stops its containers, and starts them when it is back', async () => {
    const { between, later } = await apiThrough(false, { spec: unlessStopped }, stop);
    expect(between.isAlive).toBe(false);
    expect(later).toMatchObject({ status: 'running', startedAt: 1_000 + DOWN_MS });
  });

  it('is not started before the last of them has ended', async () => {
    const clock = new VirtualTime();
    const engine = engineOf(clock);
    runOn(engine, 'api', { does: { stopMs: 3_000 }, spec: unlessStopped });
    engine.stopDaemon();
    engine.startDaemon();
    await clock.pass(2_999);
    expect(engine.snapshot().daemon).toBe('down');
    await clock.pass(10);
    expect(seen(engine, 'api')).toMatchObject({ status: 'running', startedAt: 3_001 });
  });

  it('kills those that do not listen', async () => {
    const wish = { does: { ignoresSigterm: true }, spec: { stopGraceMs: 2_000 } };
    const { between, later } = await apiThrough(false, wish, stop);
    expect(between.isAlive).toBe(false);
    expect(later).toMatchObject({ status: 'exited', exitCode: 137, finishedAt: 3_000 });
  });

  it('leaves them alone with live-restore', async () => {
    const { between, later } = await apiThrough(true, {}, stop);
    expect(between.isAlive).toBe(true);
    expect(later).toMatchObject({ status: 'running', startedAt: 0 });
  });
});

describe('the loss of power', () => {
  const off = (engine: SimEngine): void => engine.losePower();
  const on = (engine: SimEngine): void => engine.boot();

  it('ends everything at once; at boot the policies decide', async () => {
    const { between, later } = await apiThrough(true, { spec: unlessStopped }, off, on);
    expect(between.isAlive).toBe(false);
    expect(later).toMatchObject({ status: 'running', startedAt: 1_000 + DOWN_MS });
    expect((await apiThrough(true, {}, off, on)).later).toMatchObject({
      status: 'exited',
      exitCode: 255,
      finishedAt: 1_000 + DOWN_MS,
    });
  });
});

describe('a request to the daemon', () => {
  /** The codes and values that come back. */
  function ask(engine: SimEngine, told: string[], holds = false): void {
    engine.receive<string>(
      (reply) => {
        if (!holds) reply(ok('done'));
        return undefined;
      },
      (answer: Answer<string>) => told.push(answer.ok ? answer.value : answer.error.code),
    );
  }

  it.each([
    ['is answered', () => {}, ['done']],
    ['is refused where the daemon is down', crash, ['host/no-engine']],
    ['hangs where the daemon is frozen', (engine: SimEngine) => engine.freezeDaemon(), []],
    ['is never answered without power', (engine: SimEngine) => engine.losePower(), []],
  ])('%s', (_, happen, answers) => {
    const engine = engineOf(new VirtualTime());
    const told: string[] = [];
    happen(engine);
    ask(engine, told);
    expect(told).toEqual(answers);
  });

  it('is done when the daemon is continued', () => {
    const engine = engineOf(new VirtualTime());
    const told: string[] = [];
    engine.freezeDaemon();
    ask(engine, told);
    engine.thawDaemon();
    expect(told).toEqual(['done']);
  });

  it.each([
    ['sees its connection close when the daemon is killed', crash, ['host/no-engine']],
    ['sees nothing when the power goes', (engine: SimEngine) => engine.losePower(), []],
  ])('that is under way %s', (_, happen, answers) => {
    const engine = engineOf(new VirtualTime());
    const told: string[] = [];
    ask(engine, told, true);
    happen(engine);
    expect(told).toEqual(answers);
  });
});

it('a request that has ended with its daemon is not answered by what comes of it', () => {
  const engine = engineOf(new VirtualTime());
  const told: string[] = [];
  let late: () => void = () => {};
  engine.receive<string>(
    (reply) => {
      late = () => reply(ok('done'));
      return undefined;
    },
    (answer) => told.push(answer.ok ? answer.value : answer.error.code),
  );
  engine.crashDaemon();
  late();
  expect(told).toEqual(['host/no-engine']);
});

it('a frozen daemon sees late what happened, and people get no answer', async () => {
  const clock = new VirtualTime();
  const engine = engineOf(clock);
  runOn(engine, 'api', { does: { exits: { afterMs: 500, code: 3 } } });
  engine.freezeDaemon();
  await clock.pass(1_000);
  expect(truth(engine, 'api')).toMatchObject({ isAlive: false, observed: { status: 'running' } });
  expect(engine.people.stop('api').ok).toBe(false);
  engine.thawDaemon();
  expect(seen(engine, 'api')).toMatchObject({ status: 'exited', exitCode: 3, finishedAt: 500 });
});

it('what a daemon had in mind dies with it: requests that it had not begun, and followers of its events', () => {
  const engine = engineOf(new VirtualTime());
  const told = actionsOf(engine);
  engine.freezeDaemon();
  engine.receive<void>(
    (reply) => {
      createVolume(engine.machine, 'late', {});
      reply(ok(undefined));
      return undefined;
    },
    () => {},
  );
  engine.crashDaemon();
  engine.startDaemon();
  engine.freezeDaemon();
  engine.thawDaemon();
  engine.people.createVolume('new');
  expect(engine.snapshot().volumes.map(({ name }) => name)).toEqual(['new']);
  expect(told).toEqual([]);
});

it('a new daemon that sees the end of a process does not know who wanted it', async () => {
  const clock = new VirtualTime();
  const engine = engineOf(clock, true);
  runOn(engine, 'api', { does: { stopMs: 3_000 } });
  engine.people.stop('api', 10_000);
  engine.crashDaemon();
  engine.startDaemon();
  const told = actionsOf(engine);
  await clock.pass(5_000);
  expect(seen(engine, 'api').status).toBe('exited');
  expect(told).toEqual(['network disconnect', 'container die']);
});

it('an order to stop dies with the daemon that had it', async () => {
  const clock = new VirtualTime();
  const engine = engineOf(clock, true);
  runOn(engine, 'api', { does: { ignoresSigterm: true } });
  engine.people.stop('api', 3_000);
  engine.crashDaemon();
  engine.startDaemon();
  await clock.pass(10_000);
  expect(seen(engine, 'api').status).toBe('running');
});
