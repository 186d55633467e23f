// Runs a world event by event, with every check after every event. What people and faults do in it, and how
// it must end, is decided by stories.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { Checks } from '../checks/checks.ts';
import { Violation } from '../checks/violation.ts';
import type { World } from '../world/world.ts';

/** More events than this are a livelock. */
const EVENT_BUDGET = 400_000;

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
  async until(atMs: number, lookMs: number, isDone: () => boolean): Promise<boolean> {
    const { world } = this;
    const { scheduler } = world;
    let nextLookMs = scheduler.nowMs;
    for (;;) {
      const nextMs = scheduler.nextAtMs();
      if (nextMs === null) throw new Violation('I1', 'a deadlock: nothing will ever happen again');
      if (nextMs > atMs) return false;
      scheduler.step();
      await nextTurn();
      if (world.failure !== null) throw world.failure;
      this.#checks.afterEvent();
      this.#watch(world);
      if (scheduler.ran > EVENT_BUDGET) throw new Violation('I12', `a livelock: ${EVENT_BUDGET} events`);
      if (scheduler.nowMs < nextLookMs) continue;
      nextLookMs = scheduler.nowMs + lookMs;
      if (isDone()) return true;
      // What it may have asked of the controller begins now, and not at the next event.
      await nextTurn();
    }
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
