// Reading a repository leaves the event loop free, and gives up on one that takes for ever.

import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/adapters/clock/system.ts';
import { problem } from '../../src/kernel/errors.ts';
import { SourceId } from '../../src/kernel/ids.ts';
import { err } from '../../src/kernel/result.ts';
import { type Candidate, type SourceOptions, SourceWatcher } from '../../src/loop/source-watcher.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { GitRemote } from '../../src/ports/git.ts';
import { SimRemote } from '../../src/sim/git/sim-remote.ts';
import { SimRepository } from '../../src/sim/git/sim-repository.ts';

const LONG = Array.from({ length: 10_000 }, (_, line) => `key${line}: value`).join('\n');

const remoteOf = (repository: SimRepository, clock: Clock): SimRemote =>
  new SimRemote({
    repository,
    clock,
    localCopy: new Set(),
    delayMs: () => 0,
    outage: () => null,
    isAlive: () => true,
  });

const optionsOf = (git: GitRemote): SourceOptions => ({
  id: SourceId.parse('main'),
  fleet: true,
  git,
  isDirectory: false,
  pollMs: 60_000,
  forcePush: 'hold',
  prune: 'correct',
  selfHeal: 'correct',
  governor: { percent: 20, min: 5 },
});

/** A repository whose files take long to read: they are no manifests, which is found out at the end. */
function watcherOf(files: number, clock: Clock, onCandidate: (candidate: Candidate) => Promise<void>) {
  const repository = new SimRepository(systemClock);
  repository.commit(
    Object.fromEntries(Array.from({ length: files }, (_, n) => [`${n}.yaml`, `n: ${n}\n${LONG}`])),
  );
  const git = remoteOf(repository, clock);
  const found: string[] = [];
  const watcher = new SourceWatcher(
    optionsOf(git),
    clock,
    { next: () => 0.5 },
    { onCandidate, hadPath: () => false, onProblem: (problem) => found.push(problem?.code ?? 'none') },
  );
  return { watcher, found };
}

/** Ten long files; how long that takes is not what is asked here. */
const READING_MS = 60_000;

it(
  'others have their turn while many files are read',
  async () => {
    let turns = 0;
    let isRead = false;
    const { watcher } = watcherOf(10, systemClock, async ({ problems }) => {
      isRead = true;
      expect(problems).toHaveLength(10);
    });
    const ticking = setInterval(() => {
      turns += 1;
    }, 1);
    await watcher.sync();
    clearInterval(ticking);
    expect(isRead).toBe(true);
    expect(turns).toBeGreaterThanOrEqual(5);
  },
  READING_MS,
);

it('a repository that takes longer than a minute to read is refused', async () => {
  let lookedMs = 0;
  // Each look at the clock is ten seconds after the one before.
  const hasty: Clock = {
    now: () => systemClock.now(),
    monotonicMs: () => {
      lookedMs += 10_000;
      return lookedMs;
    },
    after: (_, callback) => systemClock.after(0, callback),
  };
  const { watcher, found } = watcherOf(10, hasty, async () => {});
  await watcher.sync();
  expect(found).toEqual(['source/limit']);
});

describe('a commit without the path of the source', () => {
  /** A remote whose newest commit lacks the path. */
  function check(hadPath: boolean) {
    const repository = new SimRepository(systemClock);
    repository.commit({ 'a.yaml': 'a: 1' });
    const remote = remoteOf(repository, systemClock);
    const missing = problem('source/path', 'the path deploy does not exist in the commit');
    const git: GitRemote = {
      fetch: (options) => remote.fetch(options),
      tree: async () => err(missing),
      read: (blobs) => remote.read(blobs),
      isAncestor: (a, b) => remote.isAncestor(a, b),
      close: () => remote.close(),
    };
    const seen: string[] = [];
    const watcher = new SourceWatcher(
      optionsOf(git),
      systemClock,
      { next: () => 0.5 },
      {
        onCandidate: async ({ documents, problems }) => {
          seen.push(`candidate ${documents.length} ${problems.length}`);
        },
        hadPath: () => hadPath,
        onProblem: (found) => seen.push(found?.code ?? 'readable'),
      },
    );
    return watcher.sync().then(() => seen);
  }

  it('is a mistake in the configuration where none was in force before', async () => {
    expect(await check(false)).toEqual(['source/path']);
  });

  it('empties a source that had it, which then has to be approved', async () => {
    expect(await check(true)).toEqual(['readable', 'candidate 0 0']);
  });
});

it('files that .plimsollignore names are not read at all', async () => {
  const repository = new SimRepository(systemClock);
  const ignored = Array.from({ length: 10 }, (_, n) => [`charts/${n}.yaml`, `n: ${n}\n${LONG}`] as const);
  repository.commit({ '.plimsollignore': 'charts/\n', ...Object.fromEntries(ignored) });
  let looks = 0;
  const counting: Clock = {
    now: () => systemClock.now(),
    monotonicMs: () => {
      looks += 1;
      return systemClock.monotonicMs();
    },
    after: (delayMs, callback) => systemClock.after(delayMs, callback),
  };
  const seen: number[] = [];
  const watcher = new SourceWatcher(
    optionsOf(remoteOf(repository, counting)),
    counting,
    { next: () => 0.5 },
    {
      onCandidate: async ({ problems }) => {
        seen.push(problems.length);
      },
      hadPath: () => false,
      onProblem: () => {},
    },
  );
  await watcher.sync();
  expect(seen).toEqual([0]);
  // The clock is asked once per file that is read.
  expect(looks).toBeLessThan(5);
});
