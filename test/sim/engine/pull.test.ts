// Pulls: as long as the bytes that are missing take, and what can come in between.

import { describe, expect, it } from 'vitest';
import type { PullProgress } from '../../../src/ports/host.ts';
import type { Answer } from '../../../src/sim/engine/answer.ts';
import { NO_PACE } from '../../../src/sim/engine/pace.ts';
import { pullImage } from '../../../src/sim/engine/pull.ts';
import { image, MapRegistry, plainEngine } from './plain-engine.ts';
import { VirtualTime } from './virtual-time.ts';

const WEB = 'r.example/web:1';

/** A pull of an image of two layers of a second each, under way. */
function pulling() {
  const clock = new VirtualTime();
  const registry = new MapRegistry();
  const engine = plainEngine(clock, { registry, pace: { ...NO_PACE, pullBytesPerMs: 1_000 } });
  const made = image({}, 2_000_000);
  registry.push(WEB, made);
  const progress: PullProgress[] = [];
  const answers: string[] = [];
  const request = {
    reference: WEB,
    credential: null,
    onProgress: (step: PullProgress) => progress.push(step),
  };
  const pull = (): (() => void) =>
    engine.receive<void>(
      (reply) => pullImage(engine.machine, request, reply),
      (answer: Answer<void>) => answers.push(answer.ok ? 'ok' : answer.error.code),
    );
  return { clock, registry, engine, made, progress, answers, pull, hangUp: pull() };
}

const tagsOf = ({ engine }: ReturnType<typeof pulling>) =>
  engine.snapshot().images.flatMap(({ tags }) => tags);

describe('a pull', () => {
  it('takes as long as its layers, and tells of each', async () => {
    const pulled = pulling();
    await pulled.clock.pass(1_999);
    expect(pulled.answers).toEqual([]);
    await pulled.clock.pass(1);
    expect(pulled.answers).toEqual(['ok']);
    expect(pulled.progress.map(({ layersDone, bytesDone }) => [layersDone, bytesDone])).toEqual([
      [1, 1_000_000],
      [2, 2_000_000],
    ]);
    expect(tagsOf(pulled)).toEqual([WEB]);
  });

  it('does not pull again what is there', async () => {
    const pulled = pulling();
    await pulled.clock.pass(2_000);
    pulled.pull();
    expect(pulled.answers).toEqual(['ok', 'ok']);
  });

  it('takes longer on a slow machine', async () => {
    const pulled = pulling();
    pulled.engine.slow(5);
    await pulled.clock.pass(5_999);
    expect(pulled.answers).toEqual([]);
    await pulled.clock.pass(1);
    expect(pulled.answers).toEqual(['ok']);
  });

  it('waits for a registry that is silent', async () => {
    const pulled = pulling();
    pulled.registry.trouble = 'silent';
    await pulled.clock.pass(60_000);
    expect(pulled.answers).toEqual([]);
    pulled.registry.trouble = 'none';
    await pulled.clock.pass(4_000);
    expect(pulled.answers).toEqual(['ok']);
  });

  it('fails with a registry that goes down, and later needs only the rest', async () => {
    const pulled = pulling();
    await pulled.clock.pass(500);
    pulled.registry.trouble = 'down';
    await pulled.clock.pass(1_000);
    expect(pulled.answers).toEqual(['image/registry']);
    expect(tagsOf(pulled)).toEqual([]);
    pulled.registry.trouble = 'none';
    pulled.pull();
    await pulled.clock.pass(1_000);
    expect(pulled.answers).toEqual(['image/registry', 'ok']);
  });

  it('gets what the tag stood for when it began', async () => {
    const pulled = pulling();
    await pulled.clock.pass(500);
    pulled.registry.push(WEB, image());
    await pulled.clock.pass(1_500);
    expect(pulled.engine.snapshot().images.map(({ id }) => id)).toEqual([pulled.made.id]);
  });

  it('fails on a full disk', async () => {
    const pulled = pulling();
    pulled.engine.fillDisk();
    await pulled.clock.pass(2_000);
    expect(pulled.answers).toEqual(['host/disk-full']);
  });

  it('ends when its client has gone', async () => {
    const pulled = pulling();
    await pulled.clock.pass(500);
    pulled.hangUp();
    await pulled.clock.pass(10_000);
    expect([pulled.answers, tagsOf(pulled)]).toEqual([[], []]);
  });

  it('ends when its client has gone while the daemon was frozen', async () => {
    const pulled = pulling();
    pulled.engine.freezeDaemon();
    await pulled.clock.pass(5_000);
    pulled.hangUp();
    pulled.engine.thawDaemon();
    await pulled.clock.pass(10_000);
    expect([pulled.progress, tagsOf(pulled)]).toEqual([[], []]);
  });

  it('ends with the daemon', async () => {
    const pulled = pulling();
    await pulled.clock.pass(500);
    pulled.engine.crashDaemon();
    pulled.engine.startDaemon();
    await pulled.clock.pass(10_000);
    expect([pulled.answers, tagsOf(pulled)]).toEqual([['host/no-engine'], []]);
  });

  it('goes on with a daemon that was frozen', async () => {
    const pulled = pulling();
    pulled.engine.freezeDaemon();
    await pulled.clock.pass(10_000);
    expect(pulled.answers).toEqual([]);
    pulled.engine.thawDaemon();
    await pulled.clock.pass(1_000);
    expect(pulled.answers).toEqual(['ok']);
  });
});
