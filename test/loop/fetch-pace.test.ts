// How often a Git server is asked by those who do not wait for the next poll.

import { describe, expect, it } from 'vitest';
import { SourceId } from '../../src/kernel/ids.ts';
import { type SourceOptions, SourceWatcher } from '../../src/loop/source-watcher.ts';
import { randomStream } from '../../src/sim/core/random.ts';
import { Scheduler } from '../../src/sim/core/scheduler.ts';
import { VirtualClock } from '../../src/sim/core/virtual-clock.ts';
import { SimRemote } from '../../src/sim/git/sim-remote.ts';
import { SimRepository } from '../../src/sim/git/sim-repository.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** Nobody polls while anybody looks. */
const NEVER_MS = 24 * 60 * MINUTE_MS;
const FETCH_MS = 100;

function followed({ isDirectory = false, pollMs = NEVER_MS }: Partial<SourceOptions> = {}) {
  const scheduler = new Scheduler(randomStream(1, 'ties'));
  const clock = new VirtualClock(scheduler);
  const repository = new SimRepository(clock);
  repository.commit({ 'a.yaml': 'a: 1' });
  const askedMs: number[] = [];
  const git = new SimRemote({
    repository,
    clock,
    localCopy: new Set(),
    delayMs: () => FETCH_MS,
    outage: () => null,
    isAlive: () => true,
    onAsked: () => askedMs.push(scheduler.nowMs),
  });
  const seen: string[] = [];
  const watcher = new SourceWatcher(
    {
      id: SourceId.parse('main'),
      fleet: true,
      git,
      isDirectory,
      pollMs,
      forcePush: 'hold',
      prune: 'correct',
      selfHeal: 'correct',
      governor: { percent: 20, min: 5 },
    },
    clock,
    { next: () => 0.5 },
    {
      onCandidate: async ({ head }) => void seen.push(head.commit),
      hadPath: () => false,
      onProblem: () => {},
    },
  );
  const pass = async (ms: number): Promise<void> => {
    const untilMs = scheduler.nowMs + ms;
    scheduler.after(ms, () => {});
    await new Promise(setImmediate);
    for (let next = scheduler.nextAtMs(); next !== null && next <= untilMs; next = scheduler.nextAtMs()) {
      scheduler.step();
      await new Promise(setImmediate);
    }
  };
  /** Somebody asks so often, at this distance. */
  const storm = async (times: number, apartMs: number): Promise<void> => {
    for (let n = 0; n < times; n += 1) {
      void watcher.sync();
      await pass(apartMs);
    }
  };
  return { watcher, repository, askedMs, seen, pass, storm };
}

describe('a Git server is asked', () => {
  it('at once, ten times', async () => {
    const { askedMs, storm } = followed();
    await storm(10, SECOND_MS);
    expect(askedMs).toEqual(Array.from({ length: 10 }, (_, n) => n * SECOND_MS));
  });

  it.each([20, 200, 2_000])(
    'twenty times a minute at most, where somebody asks each %d ms',
    async (apartMs) => {
      const { askedMs, storm } = followed();
      await storm((3 * MINUTE_MS) / apartMs, apartMs);
      expect(askedMs.length).toBeGreaterThan(30);
      for (const [n, ms] of askedMs.entries())
        expect(ms - (askedMs[n - 20] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(MINUTE_MS);
    },
  );

  it('once more for what was pushed in a storm', async () => {
    const { repository, seen, storm, pass } = followed();
    await storm(100, 20);
    const last = repository.commit({ 'a.yaml': 'a: 2' });
    await storm(1, 0);
    await pass(10 * SECOND_MS);
    expect(seen.at(-1)).toBe(last);
  });

  it('as often as it is polled', async () => {
    const { watcher, askedMs, pass } = followed({ pollMs: 2 * SECOND_MS });
    watcher.start();
    await pass(MINUTE_MS);
    expect(askedMs.length).toBeGreaterThanOrEqual(28);
  });

  it('every six seconds at least, where it is polled more often and somebody asks all the time', async () => {
    const { watcher, askedMs, storm } = followed({ pollMs: 2 * SECOND_MS });
    watcher.start();
    await storm(180, SECOND_MS);
    for (const [n, ms] of askedMs.entries()) expect(ms - (askedMs[n - 1] ?? 0)).toBeLessThan(7 * SECOND_MS);
  });

  it('for whom asks once, however many ask after him', async () => {
    const { watcher, storm } = followed();
    await storm(10, 200);
    let isDone = false;
    void watcher.sync().then(() => {
      isDone = true;
    });
    // The one that begins now is paced, and is the one that he waits for.
    await storm(35, 200);
    expect(isDone).toBe(true);
  });

  it('not any more once it is not followed any more', async () => {
    const { watcher, askedMs, storm, pass } = followed();
    await storm(50, 200);
    const { length } = askedMs;
    await Promise.all([watcher.stop(), pass(MINUTE_MS)]);
    expect(askedMs).toHaveLength(length);
  });
});

it('a directory is read as often as somebody asks', async () => {
  const { askedMs, storm } = followed({ isDirectory: true });
  await storm(60, SECOND_MS);
  expect(askedMs).toHaveLength(60);
});
