// What was accepted and has not begun can be taken back: it waits for its place in the lane, and meanwhile it
// may have become wrong.

import { expect, it } from 'vitest';
import { type Action, makeAction } from '../../src/action/action.ts';
import { Executor } from '../../src/executor/executor.ts';
import { CALL, Linked } from '../sim/link/linked.ts';

const NAMES = ['one', 'two', 'three'] as const;

async function lane() {
  const linked = await new Linked().connected();
  for (const name of NAMES) await linked.answer(linked.link.createVolume(name, {}, CALL));
  const removals = NAMES.map((object): Action => {
    const base = { host: linked.link.id, service: null, object, because: 'nothing needs it' };
    return makeAction(base, { kind: 'removeVolume', name: object });
  });
  const told: string[] = [];
  const executor = new Executor({
    clock: linked.clock,
    host: () => linked.link,
    balancer: () => linked.link.balancer,
    credentials: () => null,
    credential: () => null,
    mayPlay: () => true,
    settle: async () => {},
    onEvent: ({ kind, action }) => told.push(`${kind} ${action.object}`),
    actionsPerHost: 1,
    pullsPerHost: 1,
  });
  executor.play(removals);
  await linked.clock.pass(1);
  const keyOf = (name: string): string => removals.find(({ object }) => object === name)?.key ?? '';
  const volumes = (): string[] => [...linked.engine.machine.volumes.keys()];
  return { linked, executor, removals, told, keyOf, volumes };
}

it('what waits for its place is known', async () => {
  const { executor } = await lane();
  expect(executor.waiting().map(({ object }) => object)).toEqual(['two', 'three']);
  expect(executor.inFlight().size).toBe(3);
});

it('what was withdrawn never begins, and counts no more', async () => {
  const { linked, executor, told, keyOf, volumes } = await lane();
  executor.withdraw(new Set([keyOf('two')]));
  expect([...executor.inFlight()]).toEqual([keyOf('one'), keyOf('three')]);
  await linked.clock.pass(5_000);
  expect(volumes()).toEqual(['two']);
  expect(told).not.toContain('started two');
  expect(executor.isIdle()).toBe(true);
});

it('what has begun goes on', async () => {
  const { linked, executor, keyOf, told } = await lane();
  executor.withdraw(new Set([keyOf('one')]));
  expect([...executor.inFlight()]).toContain(keyOf('one'));
  await linked.clock.pass(5_000);
  expect(told).toContain('succeeded one');
});

it('what was withdrawn can be asked for anew', async () => {
  const { linked, executor, removals, told, keyOf, volumes } = await lane();
  executor.withdraw(new Set([keyOf('two'), keyOf('three')]));
  executor.play(removals.slice(1));
  expect(executor.inFlight().size).toBe(3);
  await linked.clock.pass(5_000);
  expect(volumes()).toEqual([]);
  expect(told.filter((what) => what === 'started two')).toHaveLength(1);
});
