// Plays worlds by seeds in several processes, adds up what happened in them, and plays every hundredth once
// more in another process: the same seed must be the same world, event by event.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { FaultKind } from '../../src/sim/faults/fault.ts';
import type { Verdict } from '../../src/sim/run/verdict.ts';
import { JOB_DONE, type Job, type JobNews } from './job.ts';

export interface SeedsOrder {
  readonly from: number;
  readonly count: number;
  readonly jobs: number;
  /** Kinds of faults that may be drawn; null: all. */
  readonly kinds: readonly FaultKind[] | null;
}

export interface FailingSeed {
  readonly seed: number;
  readonly violation: Verdict;
}

export interface SeedsReport {
  readonly worlds: number;
  readonly events: number;
  readonly faults: number;
  readonly tookMs: number;
  readonly counts: ReadonlyMap<string, number>;
  /** Seeds in which an invariant was broken, in their order, each with what was seen. */
  readonly failing: readonly FailingSeed[];
  /** How many seeds were played a second time, and those that were another world then. */
  readonly repeated: number;
  readonly unequal: readonly number[];
}

export interface SeedsProgress {
  readonly worlds: number;
  readonly violations: number;
  readonly worldsPerS: number;
}

/** What is told while worlds are played. */
export interface SeedsListener {
  /** From time to time. */
  progress(progress: SeedsProgress): void;
  /** As soon as it is seen. */
  violated(failing: FailingSeed): void;
}

const REPEAT_EVERY = 100;
/** Seeds of one message: few enough that no process waits for another one at the end. */
const SHARE = 20;
const SHOW_EVERY_MS = 5_000;

class Tally {
  readonly #beganMs = performance.now();
  readonly #hashes = new Map<number, string>();
  readonly counts = new Map<string, number>();
  readonly failing: FailingSeed[] = [];
  readonly unequal: number[] = [];
  #worlds = 0;
  #events = 0;
  #faults = 0;
  #repeated = 0;
  readonly #listener: SeedsListener;

  constructor(listener: SeedsListener) {
    this.#listener = listener;
  }

  note(news: JobNews): void {
    const before = this.#hashes.get(news.seed);
    if (before !== undefined) {
      this.#repeated += 1;
      if (before !== news.hash) this.unequal.push(news.seed);
      return;
    }
    this.#hashes.set(news.seed, news.hash);
    this.#worlds += 1;
    this.#events += news.events;
    this.#faults += news.faults;
    for (const [name, count] of news.counts) this.counts.set(name, (this.counts.get(name) ?? 0) + count);
    const { seed, violation } = news;
    if (violation === null) return;
    this.failing.push({ seed, violation });
    this.#listener.violated({ seed, violation });
  }

  progress(): SeedsProgress {
    const tookS = (performance.now() - this.#beganMs) / 1_000;
    return { worlds: this.#worlds, violations: this.failing.length, worldsPerS: this.#worlds / tookS };
  }

  report(): SeedsReport {
    return {
      worlds: this.#worlds,
      events: this.#events,
      faults: this.#faults,
      tookMs: performance.now() - this.#beganMs,
      counts: this.counts,
      failing: this.failing.sort((a, b) => a.seed - b.seed),
      repeated: this.#repeated,
      unequal: this.unequal,
    };
  }
}

function* sharesOf(seeds: readonly number[]): Generator<readonly number[]> {
  for (let at = 0; at < seeds.length; at += SHARE) yield seeds.slice(at, at + SHARE);
}

/** Hands out shares until there are no more. */
async function work(
  child: ChildProcess,
  shares: Iterator<readonly number[]>,
  kinds: SeedsOrder['kinds'],
  note: (news: JobNews) => void,
): Promise<void> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a job ended with ${code}`);
  });
  ended.catch(() => {});
  for (let next = shares.next(); next.done !== true; next = shares.next()) {
    const order: Job = { seeds: next.value, kinds };
    const done = new Promise<void>((resolve) => {
      const hear = (message: JobNews | typeof JOB_DONE): void => {
        if (message === JOB_DONE) {
          child.off('message', hear);
          resolve();
        } else note(message);
      };
      child.on('message', hear);
    });
    child.send(order);
    await Promise.race([done, ended]);
  }
}

/** Rejects where a process dies; a broken invariant is part of the report. */
export async function playSeeds(order: SeedsOrder, listener: SeedsListener): Promise<SeedsReport> {
  const { from, count, jobs, kinds } = order;
  const tally = new Tally(listener);
  const seeds = Array.from({ length: count }, (_, n) => from + n);
  const timer = setInterval(() => listener.progress(tally.progress()), SHOW_EVERY_MS);
  const play = async (all: readonly number[]): Promise<void> => {
    const shares = sharesOf(all);
    const children = Array.from({ length: jobs }, () => fork(new URL('./job.ts', import.meta.url)));
    try {
      await Promise.all(children.map((child) => work(child, shares, kinds, (news) => tally.note(news))));
    } finally {
      for (const child of children) child.kill();
    }
  };
  try {
    await play(seeds);
    // In new processes, so that nothing that a process remembers can make them alike.
    await play(seeds.filter((_, n) => n % REPEAT_EVERY === 0));
  } finally {
    clearInterval(timer);
  }
  return tally.report();
}
