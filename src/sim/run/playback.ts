// Runs a world event by event, with every check after every event. What people and faults do in it, and how
// it must end, is decided by stories.

import { Checks } from '../checks/checks.ts';
import { Violation } from '../checks/violation.ts';
import type { World } from '../world/world.ts';

/** More events than this are a livelock. */
const EVENT_BUDGET = 400_000;

/** So many turns are asked for at once: going round the event loop costs more than a turn. */
const TURNS = 64;

/**
 * Calls `turn` until it gives a result. Before each call everything that can go on without the outside world
 * has gone on: Node settles all microtasks between two immediates.
 */
function inTurns<T>(turn: () => T | null): Promise<T> {
  return new Promise((resolve, reject) => {
    let left = 0;
    let hasEnded = false;
    const take = (): void => {
      left -= 1;
      if (hasEnded) return;
      try {
        const result = turn();
        if (result === null) {
          if (left === 0) ask();
          return;
        }
        hasEnded = true;
        resolve(result);
      } catch (error) {
        hasEnded = true;
        reject(error);
      }
    };
    const ask = (): void => {
      left = TURNS;
      for (let n = 0; n < TURNS; n += 1) setImmediate(take);
    };
    ask();
  });
}

export class Playback {
  readonly world: World;
  readonly #checks: Checks;
  readonly #watch: (world: World) => void;

  /** `watch` is called after every event and everything that followed from it. */
  constructor(world: World, watch: (world: World) => void = () => {}) {
    this.world = world;
    this.#checks = new Checks(world);
    this.#watch = watch;
    world.onlooker = this.#checks;
  }

  /**
   * Runs events until the moment (false), or until `isDone` (true), which is asked every `lookMs`. Throws a
   * Violation, or whatever nobody may throw.
   */
  until(atMs: number, lookMs: number, isDone: () => boolean): Promise<boolean> {
    const { scheduler } = this.world;
    let nextLookMs = scheduler.nowMs;
    let hasStepped = false;
    return inTurns(() => {
      if (hasStepped) {
        hasStepped = false;
        this.#look();
        if (scheduler.nowMs >= nextLookMs) {
          nextLookMs = scheduler.nowMs + lookMs;
          // What it may have asked of the controller begins before the next event.
          return isDone() ? true : null;
        }
      }
      const nextMs = scheduler.nextAtMs();
      if (nextMs === null) throw new Violation('I1', 'a deadlock: nothing will ever happen again');
      if (nextMs > atMs) return false;
      hasStepped = scheduler.step();
      return null;
    });
  }

  /** What follows from the last event has happened. */
  #look(): void {
    const { world } = this;
    if (world.failure !== null) throw world.failure;
    this.#checks.afterEvent();
    this.#watch(world);
    if (world.scheduler.ran > EVENT_BUDGET) throw new Violation('I12', `a livelock: ${EVENT_BUDGET} events`);
  }

  /** What must hold once nothing is to be done any more. */
  judgeAtRest(): void {
    this.#checks.atRest();
  }

  /** Lets so much time pass. */
  async pass(ms: number): Promise<void> {
    await this.until(this.world.scheduler.nowMs + ms, Number.POSITIVE_INFINITY, () => false);
  }
}
