// Single calls over a network that delays, loses, doubles and holds back what it is given.

import { describe, expect, it } from 'vitest';
import { NO_PACE } from '../../../src/sim/engine/pace.ts';
import { image, MapRegistry, requestOn, runOn, seen } from '../engine/plain-engine.ts';
import { CALL, Linked } from './linked.ts';

const volumes = ({ engine }: Linked) => engine.snapshot().volumes.map(({ name }) => name);
const createVolume = ({ link }: Linked) => link.createVolume('data', {}, CALL);

describe('a call', () => {
  it('takes the way there, the work and the way back', async () => {
    const work = { ...NO_PACE.work, volume: { minMs: 20, maxMs: 20 } };
    const linked = await new Linked({ pace: { ...NO_PACE, work } }).connected();
    const call = createVolume(linked);
    await linked.clock.pass(24);
    expect(volumes(linked)).toEqual([]);
    await linked.clock.pass(1);
    expect(volumes(linked)).toEqual(['data']);
    expect(await linked.outcome(call, 4)).toBe('pending');
    expect(await linked.outcome(call, 1)).toBe('ok');
    expect(linked.told).toEqual([
      'issued createVolume data',
      'landed createVolume data ok',
      'answered createVolume data ok',
    ]);
  });

  it('takes longer on a machine that is slow', async () => {
    const work = { ...NO_PACE.work, volume: { minMs: 20, maxMs: 20 } };
    const linked = await new Linked({ pace: { ...NO_PACE, work } }).connected();
    linked.engine.slow(10);
    const call = createVolume(linked);
    expect(await linked.outcome(call, 209)).toBe('pending');
    expect(await linked.outcome(call, 1)).toBe('ok');
  });

  it.each([
    ['request', { requestLost: 1 }, [], ['fault requestLost']],
    ['answer', { answerLost: 1 }, ['data'], ['landed createVolume data ok', 'fault answerLost']],
    [
      'answer until too late',
      { answerLate: 1 },
      ['data'],
      ['landed createVolume data ok', 'fault answerLate'],
    ],
  ])('whose %s is lost ends at its deadline', async (_, conditions, left, told) => {
    const linked = await new Linked().connected();
    linked.set(conditions);
    const call = createVolume(linked);
    expect(await linked.outcome(call, 9_999)).toBe('pending');
    expect(await linked.outcome(call, 1)).toBe('host/timeout');
    expect(volumes(linked)).toEqual(left);
    expect(linked.told).toEqual(['issued createVolume data', ...told, 'fault timeout']);
  });

  it('whose request comes twice is done twice, and answered once', async () => {
    const linked = await new Linked().connected();
    linked.set({ requestDoubled: 1 });
    const request = requestOn(linked.engine, 'api');
    expect(await linked.outcome(linked.link.createContainer(request, CALL), 1_000)).toBe('ok');
    expect(linked.told).toEqual([
      'issued createContainer api',
      'fault requestDoubled',
      'landed createContainer api ok',
      'landed createContainer api engine/conflict',
      'answered createContainer api ok',
    ]);
  });

  it('is refused with the reason of the engine', async () => {
    const linked = await new Linked().connected();
    runOn(linked.engine, 'api');
    const call = linked.link.removeContainer(seen(linked.engine, 'api').id, CALL);
    expect(await linked.outcome(call, 100)).toBe('engine/conflict');
    expect(linked.told.at(-1)).toBe('answered removeContainer api engine/conflict');
  });

  it('that reads may be answered with what was so a while ago', async () => {
    const linked = await new Linked().connected();
    linked.set({ readStale: 1, staleMs: { minMs: 500, maxMs: 500 } });
    const list = linked.link.listVolumes(CALL);
    await linked.clock.pass(100);
    linked.engine.people.createVolume('data');
    expect(await linked.answer(list)).toEqual([]);
    expect(linked.told).toEqual(['fault readStale']);
  });
});

describe('a call of a daemon', () => {
  it.each([
    ['that is down', 'host/no-engine', (linked: Linked) => linked.engine.crashDaemon()],
    ['that is frozen', 'host/timeout', (linked: Linked) => linked.engine.freezeDaemon()],
    ['without power', 'host/unreachable', (linked: Linked) => linked.engine.losePower()],
  ])('%s fails with %s', async (_, code, happen) => {
    const linked = await new Linked().connected();
    happen(linked);
    expect(await linked.outcome(createVolume(linked), 10_000)).toBe(code);
  });

  it('that was frozen lands when nobody waits for it any more', async () => {
    const linked = await new Linked().connected();
    linked.engine.freezeDaemon();
    expect(await linked.outcome(createVolume(linked), 10_000)).toBe('host/timeout');
    linked.engine.thawDaemon();
    expect(volumes(linked)).toEqual(['data']);
  });

  it('that dies in the middle of a long call fails, and the container is left as it is', async () => {
    const linked = await new Linked().connected();
    const id = runOn(linked.engine, 'api', { does: { ignoresSigterm: true } });
    const stop = linked.link.stopContainer(id, 5_000, CALL);
    await linked.clock.pass(1_000);
    linked.engine.crashDaemon();
    expect(await linked.outcome(stop, 10)).toBe('host/no-engine');
    expect(linked.lost).toEqual([]);
  });
});

describe('a pull', () => {
  const pulling = async (): Promise<{ linked: Linked; pull: Promise<void>; steps: number[] }> => {
    const registry = new MapRegistry();
    registry.push('r.example/web:1', image({}, 2_000_000));
    const linked = await new Linked({ registry, pace: { ...NO_PACE, pullBytesPerMs: 1_000 } }).connected();
    const steps: number[] = [];
    const onProgress = ({ layersDone }: { layersDone: number }) => steps.push(layersDone);
    const pull = linked.link.pullImage('r.example/web:1', null, onProgress, { deadlineMs: 1_500 });
    return { linked, pull, steps };
  };
  const images = ({ engine }: Linked): number => engine.snapshot().images.length;

  it('ends on the engine as well when its deadline comes', async () => {
    const { linked, pull, steps } = await pulling();
    expect(await linked.outcome(pull, 10_000)).toBe('host/timeout');
    expect([images(linked), steps]).toEqual([0, [1]]);
  });

  it.each([
    ['while its request is on the way', 0],
    ['later', 500],
  ])('ends on the engine when its process dies %s', async (_, afterMs) => {
    const { linked, pull } = await pulling();
    await linked.clock.pass(afterMs);
    linked.link.kill();
    expect(await linked.outcome(pull, 60_000)).toBe('pending');
    expect([images(linked), linked.told]).toEqual([0, ['issued pullImage r.example/web:1']]);
  });

  it('goes on where the engine cannot know that nobody waits', async () => {
    const { linked, pull, steps } = await pulling();
    await linked.clock.pass(500);
    linked.set({ way: 'cut' });
    expect(await linked.outcome(pull, 10_000)).toBe('host/timeout');
    expect([images(linked), steps]).toEqual([1, []]);
  });
});
