// Connections that are cut, hang, break off and come back.

import { describe, expect, it } from 'vitest';
import type { Way } from '../../../src/sim/link/conditions.ts';
import { runOn } from '../engine/plain-engine.ts';
import { CALL, Linked } from './linked.ts';

const volumes = ({ engine }: Linked) => engine.snapshot().volumes.map(({ name }) => name);
const createVolume = ({ link }: Linked) => link.createVolume('data', {}, CALL);

describe('a connection', () => {
  it.each<[Way, number, number]>([
    ['cut', 1_999, 3_000],
    ['cutToHost', 1_999, 3_000],
    ['cutFromHost', 1_999, 3_000],
    ['halfOpen', 1_999, 3_000],
    ['refused', 19, 20],
  ])('that is %s is not lost after %i ms, and lost after %i', async (way, notYetMs, lostMs) => {
    const linked = await new Linked().connected();
    const call = createVolume(linked);
    linked.set({ way });
    await linked.clock.pass(notYetMs);
    expect(linked.lost).toEqual([]);
    expect(await linked.outcome(call, lostMs - notYetMs)).toBe(
      way === 'cutToHost' ? 'ok' : 'host/unreachable',
    );
    expect(linked.lost).toHaveLength(1);
    expect(await linked.outcome(linked.link.listVolumes(CALL), 0)).toBe('host/unreachable');
  });

  it('that is cut for a moment loses nothing: what was sent comes late', async () => {
    const linked = await new Linked().connected();
    linked.set({ way: 'cut' });
    const call = createVolume(linked);
    await linked.clock.pass(1_500);
    expect(volumes(linked)).toEqual([]);
    linked.set({ way: 'open' });
    expect(await linked.outcome(call, 10)).toBe('ok');
    await linked.clock.pass(10_000);
    expect(linked.lost).toEqual([]);
  });

  it('that is cut in one way and then in another stays cut', async () => {
    const linked = await new Linked().connected();
    const call = createVolume(linked);
    linked.set({ way: 'cutFromHost' });
    await linked.clock.pass(100);
    linked.set({ way: 'halfOpen' });
    expect(await linked.outcome(call, 1_500)).toBe('pending');
    linked.set({ way: 'open' });
    expect(await linked.outcome(call, 10)).toBe('ok');
  });

  it('whose answers are cut off does what it is told', async () => {
    const linked = await new Linked().connected();
    linked.set({ way: 'cutFromHost' });
    expect(await linked.outcome(createVolume(linked), 5_000)).toBe('host/unreachable');
    expect(volumes(linked)).toEqual(['data']);
  });

  it('that was given up may still deliver what lay in its queue', async () => {
    const linked = await new Linked().connected();
    linked.set({ way: 'cut' });
    const calls = Array.from({ length: 20 }, (_, n) => linked.link.createVolume(`v${n}`, {}, CALL));
    for (const call of calls) call.catch(() => {});
    await linked.clock.pass(5_000);
    expect(linked.lost).toHaveLength(1);
    linked.set({ way: 'open' });
    await linked.clock.pass(1_000);
    expect(volumes(linked).length).toBeGreaterThan(0);
    expect(volumes(linked).length).toBeLessThan(20);
  });

  it('that was given up long ago delivers nothing', async () => {
    const linked = await new Linked().connected();
    linked.set({ way: 'cut' });
    const calls = Array.from({ length: 20 }, (_, n) => linked.link.createVolume(`v${n}`, {}, CALL));
    for (const call of calls) call.catch(() => {});
    await linked.clock.pass(16 * 60_000);
    linked.set({ way: 'open' });
    await linked.clock.pass(1_000);
    expect(volumes(linked)).toEqual([]);
  });

  it('to a machine that loses its power is lost after a while, or when it is back', async () => {
    const linked = await new Linked().connected();
    linked.engine.losePower();
    await linked.clock.pass(1_000);
    expect(linked.lost).toEqual([]);
    linked.engine.boot();
    await linked.clock.pass(20);
    expect(linked.lost).toEqual(['h1 is unreachable: it broke the connection off']);
  });

  it('that breaks off is lost at once, and told once', async () => {
    const linked = await new Linked().connected();
    linked.link.breakOff('it closed the connection');
    linked.link.breakOff('it closed the connection');
    await linked.clock.pass(10_000);
    expect(linked.lost).toEqual(['h1 is unreachable: it closed the connection']);
    await linked.connected();
    expect(await linked.outcome(linked.link.listVolumes(CALL), 100)).toBe('ok');
  });
});

describe('connecting', () => {
  it.each<[string, (linked: Linked) => void, string, number]>([
    ['is refused without sshd', (linked) => linked.set({ way: 'refused' }), 'host/unreachable', 30],
    ['hangs while it is cut', (linked) => linked.set({ way: 'cut' }), 'host/unreachable', 10_000],
    ['hangs while sshd is stopped', (linked) => linked.set({ way: 'halfOpen' }), 'host/unreachable', 10_000],
    [
      'finds no way to a machine without power',
      (linked) => linked.engine.losePower(),
      'host/unreachable',
      3_030,
    ],
    ['finds no engine', (linked) => linked.engine.crashDaemon(), 'host/no-engine', 40],
    ['waits for an engine that hangs', (linked) => linked.engine.freezeDaemon(), 'host/timeout', 10_000],
  ])('%s', async (_, happen, code, afterMs) => {
    const linked = new Linked();
    happen(linked);
    const connecting = linked.link.connect(CALL);
    expect(await linked.outcome(connecting, afterMs - 1)).toBe('pending');
    expect(await linked.outcome(connecting, 1)).toBe(code);
    expect(linked.lost).toEqual([]);
  });

  it('is cancelled', async () => {
    const linked = new Linked();
    const controller = new AbortController();
    linked.set({ way: 'cut' });
    const connecting = linked.link.connect({ ...CALL, signal: controller.signal });
    controller.abort();
    expect(await linked.outcome(connecting, 0)).toBe('host/cancelled');
  });
});

describe('a probe', () => {
  const probing = async (): Promise<[Linked, string]> => {
    const linked = await new Linked().connected();
    runOn(linked.engine, 'api');
    return [linked, linked.engine.snapshot().containers[0]?.observed.networks['bridge']?.address ?? ''];
  };
  const target = (address: string) => ({ kind: 'http', address, port: 80, path: '/', headers: {} }) as const;

  it('reaches a container while the daemon is down', async () => {
    const [linked, address] = await probing();
    linked.engine.crashDaemon();
    const outcome = await linked.answer(linked.link.probe(target(address), { deadlineMs: 500 }));
    expect(outcome).toEqual({ ok: true, tookMs: 10 });
  });

  it.each([
    ['that gets lost', { requestLost: 1 }],
    ['whose answer is held back', { way: 'cutFromHost' }],
  ] as const)('%s has failed at its deadline', async (_, conditions) => {
    const [linked, address] = await probing();
    linked.set(conditions);
    const outcome = await linked.answer(linked.link.probe(target(address), { deadlineMs: 500 }));
    expect(outcome).toEqual({ ok: false, tookMs: 500, because: 'no answer within 500ms' });
  });

  it('to an address that nobody has finds no way after three seconds', async () => {
    const [linked] = await probing();
    const outcome = linked.link.probe(target('172.17.0.77'), { deadlineMs: 5_000 });
    await linked.clock.pass(4_000);
    expect(await linked.answer(outcome)).toMatchObject({ ok: false, because: 'No route to host' });
  });

  it('ends with its connection: that says nothing about the container', async () => {
    const [linked, address] = await probing();
    linked.set({ way: 'cut' });
    const probe = linked.link.probe(target(address), { deadlineMs: 60_000 });
    expect(await linked.outcome(probe, 3_000)).toBe('host/unreachable');
  });
});
