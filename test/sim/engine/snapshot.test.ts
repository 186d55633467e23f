// What checkers look at after every event must cost nothing where nothing has changed.

import { expect, it } from 'vitest';
import { plainEngine, runOn, truth } from './plain-engine.ts';
import { VirtualTime } from './virtual-time.ts';

it('a snapshot is the same object until something changes', async () => {
  const clock = new VirtualTime();
  const engine = plainEngine(clock);
  runOn(engine, 'api');
  const before = engine.snapshot();
  await clock.pass(60_000);
  expect(engine.snapshot()).toBe(before);
  engine.people.createVolume('data');
  expect(engine.snapshot()).not.toBe(before);
  expect(engine.snapshot().version).toBeGreaterThan(before.version);
});

it('keeps the parts that are as they were', () => {
  const engine = plainEngine(new VirtualTime());
  runOn(engine, 'api');
  runOn(engine, 'web');
  const before = truth(engine, 'api');
  engine.people.stop('web', 0);
  engine.people.rename('web', 'other');
  expect(truth(engine, 'api')).toBe(before);
});

it('shows a process that has ended before the engine knows', () => {
  const engine = plainEngine(new VirtualTime());
  runOn(engine, 'api');
  engine.crashDaemon();
  const { version } = engine;
  engine.endProcess('api', 1);
  expect(engine.version).toBeGreaterThan(version);
  expect(truth(engine, 'api')).toMatchObject({ isAlive: false, observed: { status: 'running' } });
});

it.each([
  ['a daemon that ends', 'daemon', 'down', 'crashDaemon'],
  ['a daemon that is frozen', 'daemon', 'frozen', 'freezeDaemon'],
  ['power that is lost', 'isPowered', false, 'losePower'],
  ['a disk that is full', 'isDiskFull', true, 'fillDisk'],
] as const)('shows %s', (_, field, value, happen) => {
  const engine = plainEngine(new VirtualTime());
  expect(engine.snapshot()[field]).not.toBe(value);
  engine[happen]();
  expect(engine.snapshot()[field]).toBe(value);
});
