// A controller's process that dies at one of the points of an effect, and what it leaves on the machine.

import { describe, expect, it } from 'vitest';
import { runOn } from '../engine/plain-engine.ts';
import { CALL, FILL, Linked } from './linked.ts';

const files = [{ path: 'a.conf', contentBase64: 'eA==', mode: 0o444 }];
const left = ({ engine }: Linked) => engine.snapshot().containers.map(({ observed }) => observed.name);
const filled = ({ engine }: Linked) => engine.snapshot().volumes.map((volume) => volume.files.size);

/** Fills a volume in a process that dies when `point` of `kind` is told. */
async function fillAndDie(point: 'issued' | 'landed', kind: string): Promise<Linked> {
  const linked = await new Linked().connected();
  runOn(linked.engine, 'any');
  linked.onEffect = (at, effect) => {
    if (at !== point || effect.kind !== kind) return 'go';
    linked.link.kill();
    return 'crash';
  };
  const filling = linked.link.fillVolume('config', 'r.example/any:1', {}, files, FILL);
  expect(await linked.outcome(filling, 60_000)).toBe('pending');
  return linked;
}

describe('a process that dies', () => {
  it.each([
    ['issued', 'createFiller', ['any'], []],
    ['landed', 'createFiller', ['any', 'config.fill'], [0]],
    ['issued', 'putArchive', ['any', 'config.fill'], [0]],
    ['landed', 'putArchive', ['any', 'config.fill'], [1]],
    ['issued', 'removeFiller', ['any', 'config.fill'], [1]],
    ['landed', 'removeFiller', ['any'], [1]],
  ] as const)('when %s %s leaves the containers %j and volumes with %j files', async (...row) => {
    const [point, kind, containers, volumes] = row;
    const linked = await fillAndDie(point, kind);
    expect([left(linked), filled(linked)]).toEqual([containers, volumes]);
  });

  it('leaves something that the next one clears away', async () => {
    const linked = await fillAndDie('landed', 'createFiller');
    linked.onEffect = () => 'go';
    const next = linked.another();
    const connecting = next.connect(CALL);
    await linked.clock.pass(1_000);
    await connecting;
    const filling = next.fillVolume('config', 'r.example/any:1', {}, files, FILL);
    expect(await linked.outcome(filling, 1_000)).toBe('ok');
    expect([left(linked), filled(linked)]).toEqual([['any'], [1]]);
  });

  it('has sent what still arrives, and hears nothing of it', async () => {
    const linked = await new Linked().connected();
    linked.set({ answerLost: 1 });
    const call = linked.link.createVolume('data', {}, CALL);
    linked.link.kill();
    expect(await linked.outcome(call, 60_000)).toBe('pending');
    expect(linked.told).toEqual(['issued createVolume data', 'landed createVolume data ok']);
  });

  it('hears no event, no loss of the connection, no deadline and no answer to later calls', async () => {
    const linked = await new Linked().connected();
    const events = linked.link.events(new AbortController().signal)[Symbol.asyncIterator]();
    const next = events.next();
    await linked.clock.pass(10);
    linked.link.kill();
    linked.engine.people.createVolume('data');
    linked.set({ way: 'refused' });
    const settled: string[] = [];
    const note = (what: string, promise: Promise<unknown>): void => {
      promise.then(
        () => settled.push(what),
        () => settled.push(what),
      );
    };
    note('event', next);
    note('call', linked.link.listVolumes(CALL));
    note('connect', linked.link.connect(CALL));
    note('probe', linked.link.probe({ kind: 'tcp', address: 'x', port: 1, path: '/', headers: {} }, CALL));
    await linked.clock.pass(60_000);
    expect([settled, linked.lost]).toEqual([[], []]);
  });

  it('has heard the answer before it dies of it', async () => {
    const linked = await new Linked().connected();
    linked.onEffect = (point) => {
      if (point === 'answered') linked.link.kill();
      return 'go';
    };
    const call = linked.link.createVolume('data', {}, CALL);
    expect(await linked.outcome(call, 60_000)).toBe('pending');
    expect(linked.told.at(-1)).toBe('answered createVolume data ok');
  });
});
