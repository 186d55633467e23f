// What a controller sees of a machine through its link: events and reports, late, incomplete or not at all.

import { describe, expect, it } from 'vitest';
import { toProblem } from '../../../src/kernel/errors.ts';
import { FLAWLESS } from '../../../src/sim/engine/pace.ts';
import { requestOn, runOn, seen } from '../engine/plain-engine.ts';
import { CALL, Linked } from './linked.ts';

/** Follows the events; what it hears is `type action`, at the end `end` or a code. */
function follow(linked: Linked, signal = new AbortController().signal): string[] {
  const heard: string[] = [];
  (async () => {
    for await (const { type, action } of linked.link.events(signal)) heard.push(`${type} ${action}`);
    heard.push('end');
  })().catch((error: unknown) => heard.push(toProblem(error).code));
  return heard;
}

describe('events', () => {
  it('come in their order, whatever their delays', async () => {
    const linked = await new Linked().connected();
    linked.set({ eventMs: { minMs: 1, maxMs: 500 } });
    const heard = follow(linked);
    runOn(linked.engine, 'api');
    await linked.clock.pass(10);
    linked.engine.people.stop('api', 0);
    await linked.clock.pass(10);
    linked.engine.people.remove('api');
    await linked.clock.pass(5_000);
    expect(heard).toEqual([
      'container create',
      'network connect',
      'container start',
      'network disconnect',
      'container die',
      'container stop',
      'container destroy',
    ]);
  });

  it('are all lost, or some', async () => {
    const linked = await new Linked().connected();
    linked.set({ eventLost: 1 });
    const heard = follow(linked);
    runOn(linked.engine, 'api');
    await linked.clock.pass(1_000);
    expect(heard).toEqual([]);
    linked.set({ eventLost: 0 });
    linked.engine.people.createVolume('data');
    await linked.clock.pass(1_000);
    expect(heard).toEqual(['volume create']);
    expect(linked.told.filter((fault) => fault === 'fault eventLost')).toHaveLength(3);
  });

  it('that a short cut holds back come when it is over', async () => {
    const linked = await new Linked().connected();
    const heard = follow(linked);
    linked.set({ way: 'cut' });
    linked.engine.people.createVolume('data');
    await linked.clock.pass(1_000);
    expect(heard).toEqual([]);
    linked.set({ way: 'open' });
    await linked.clock.pass(10);
    expect(heard).toEqual(['volume create']);
  });

  it('that a long cut holds back never come: after it nothing is repeated', async () => {
    const linked = await new Linked().connected();
    const heard = follow(linked);
    linked.set({ way: 'cut' });
    linked.engine.people.createVolume('data');
    await linked.clock.pass(5_000);
    linked.set({ way: 'open' });
    await linked.connected();
    const again = follow(linked);
    await linked.clock.pass(1_000);
    expect([heard, again]).toEqual([['host/unreachable'], []]);
  });

  it('still come where only the way to the host is cut', async () => {
    const linked = await new Linked().connected();
    const heard = follow(linked);
    linked.set({ way: 'cutToHost' });
    linked.engine.people.createVolume('data');
    await linked.clock.pass(100);
    expect(heard).toEqual(['volume create']);
  });

  it('end with the daemon, not with the connection', async () => {
    const linked = await new Linked().connected();
    const heard = follow(linked);
    linked.engine.crashDaemon();
    await linked.clock.pass(1_000);
    expect([heard, linked.lost]).toEqual([['host/no-engine'], []]);
  });

  it('end with a daemon that went while a short cut was on', async () => {
    const linked = await new Linked().connected();
    const heard = follow(linked);
    linked.set({ way: 'cut' });
    linked.engine.crashDaemon();
    linked.engine.startDaemon();
    await linked.clock.pass(1_000);
    expect(heard).toEqual([]);
    linked.set({ way: 'open' });
    await linked.clock.pass(10);
    expect([heard, linked.lost]).toEqual([['host/no-engine'], []]);
  });

  it('begin where the connection began, and go on where the last stream ended', async () => {
    const linked = await new Linked().connected();
    linked.engine.people.createVolume('a');
    const controller = new AbortController();
    const first = follow(linked, controller.signal);
    await linked.clock.pass(100);
    controller.abort();
    linked.engine.people.createNetwork('b');
    await linked.clock.pass(100);
    const second = follow(linked);
    await linked.clock.pass(100);
    expect([first, second]).toEqual([['volume create', 'end'], ['network create']]);
  });

  it('of a very long time are forgotten by the engine', async () => {
    const linked = await new Linked().connected();
    for (let n = 0; n < 1_000; n += 1) linked.engine.people.createVolume(`v${n}`);
    const heard = follow(linked);
    await linked.clock.pass(100);
    expect(heard).toHaveLength(256);
  });
});

describe('a look', () => {
  it('has been answered when its answer comes, and never where that is lost', async () => {
    const linked = await new Linked().connected();
    const id = runOn(linked.engine, 'api');
    const looks = (): Promise<unknown>[] => [
      linked.link.report(new Map(), CALL),
      linked.link.inspectContainer(id, CALL),
      linked.link.listNetworks(CALL),
      linked.link.listVolumes(CALL),
      linked.link.listImages(CALL),
    ];
    linked.asked.length = 0;
    linked.set({ answerLost: 1 });
    const lost = Promise.allSettled(looks());
    await linked.clock.pass(CALL.deadlineMs + 1_000);
    expect((await lost).map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
    linked.set({ answerLost: 0 });
    const answered = Promise.all(looks());
    const again = linked.asked.slice(5);
    expect(again.map(({ kind }) => kind)).toEqual(['report', 'inspect', 'list', 'list', 'list']);
    expect(linked.learnt).toEqual([]);
    await linked.clock.pass(1_000);
    await answered;
    expect(linked.learnt).toHaveLength(5);
    // The very same ones: others may have been asked in the same words.
    for (const question of again) expect(linked.learnt.some((learnt) => learnt === question)).toBe(true);
  });
});

describe('a report', () => {
  it('misses what only an inspection shows, as lists do', async () => {
    const linked = await new Linked().connected();
    const id = runOn(linked.engine, 'api');
    const known = new Map([[id, seen(linked.engine, 'api')]]);
    const limits = { memoryBytes: 2 ** 26, memoryReservationBytes: null, cpus: null, pids: null };
    linked.engine.people.update('api', { limits, restartPolicy: 'always' });
    expect((await linked.report(known)).containers).toEqual([...known.values()]);
    expect((await linked.report()).containers).toEqual([seen(linked.engine, 'api')]);
  });

  it('leaves out what goes between the list and the inspection', async () => {
    const linked = await new Linked().connected();
    await linked.answer(linked.link.createContainer(requestOn(linked.engine, 'api'), CALL));
    const report = linked.link.report(new Map(), CALL);
    await linked.clock.pass(12);
    linked.engine.people.remove('api');
    expect((await linked.answer(report)).containers).toEqual([]);
  });

  it('fails as a whole where one of its parts gets lost', async () => {
    const linked = await new Linked().connected();
    linked.set({ answerLost: 0.5 });
    const reports = Array.from({ length: 20 }, () => linked.link.report(new Map(), CALL));
    const outcomes = await Promise.all([
      ...reports.map((report) =>
        report.then(
          ({ networks }) => networks.length,
          () => 'failed',
        ),
      ),
      linked.clock.pass(10_000),
    ]);
    expect(new Set(outcomes.slice(0, 20))).toEqual(new Set([3, 'failed']));
  });
});

it('a network that two requests made twice becomes one again', async () => {
  const flaws = { ...FLAWLESS, twinNetwork: 1 };
  const linked = await new Linked({ flaws }).connected();
  linked.set({ requestDoubled: 1 });
  await linked.answer(
    linked.link.createNetwork({ name: 'shop', labels: { owner: 'us' }, subnet: null }, CALL),
  );
  linked.set({ requestDoubled: 0 });
  const shop = () => linked.engine.snapshot().networks.filter(({ name }) => name === 'shop');
  await linked.clock.pass(1_000);
  await linked.answer(
    linked.link.createNetwork({ name: 'shop', labels: { owner: 'us' }, subnet: null }, CALL),
  );
  expect(shop()).toHaveLength(1);
});
