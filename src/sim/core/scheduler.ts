// Virtual time. Everything that happens in a simulated world is an event in one heap, ordered by its
// instant; what falls on the same instant is ordered by seeded chance, so that no seed relies on an order
// that reality does not promise, and every seed can be repeated.

import type { Random } from '../../ports/clock.ts';

interface Entry {
  readonly atMs: number;
  readonly tie: number;
  readonly sequence: number;
  run: () => void;
  cancelled: boolean;
}

const DONE = (): void => {};

const isBefore = (a: Entry, b: Entry): boolean =>
  a.atMs !== b.atMs ? a.atMs < b.atMs : a.tie !== b.tie ? a.tie < b.tie : a.sequence < b.sequence;

export class Scheduler {
  readonly #heap: Entry[] = [];
  readonly #ties: Random;
  #nowMs = 0;
  #sequence = 0;
  #ran = 0;

  constructor(ties: Random) {
    this.#ties = ties;
  }

  /** Milliseconds since the world began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events that have run so far. */
  get ran(): number {
    return this.#ran;
  }

  get pending(): number {
    return this.#heap.length;
  }

  /** Runs `run` after `delayMs` of virtual time; the returned function cancels. */
  after(delayMs: number, run: () => void): () => void {
    const atMs = this.#nowMs + Math.max(0, delayMs);
    const entry: Entry = { atMs, tie: this.#ties.next(), sequence: this.#sequence, run, cancelled: false };
    this.#sequence += 1;
    this.#push(entry);
    return () => {
      entry.cancelled = true;
      // What it holds must not live until it would have been due.
      entry.run = DONE;
    };
  }

  /** When the next event is due; null where nothing is left to happen. */
  nextAtMs(): number | null {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined) return null;
      if (!first.cancelled) return first.atMs;
      this.#pop();
    }
  }

  /** Moves to the next event and runs it; false where nothing is left. */
  step(): boolean {
    if (this.nextAtMs() === null) return false;
    const entry = this.#pop();
    if (entry === undefined) return false;
    this.#nowMs = entry.atMs;
    this.#ran += 1;
    entry.run();
    return true;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || !isBefore(entry, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = entry;
  }

  #pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const leftAt = 2 * at + 1;
      const left = heap[leftAt];
      if (left === undefined) break;
      const right = heap[leftAt + 1];
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (!isBefore(child, last)) break;
      heap[at] = child;
      at = isRight ? leftAt + 1 : leftAt;
    }
    heap[at] = last;
    return first;
  }
}
