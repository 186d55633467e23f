// Counts the effects and writes of a world, and lets processes die at those that were chosen.

import type { CrashMoment } from '../../../src/sim/faults/fault.ts';
import type { Effect } from '../../../src/sim/link/observer.ts';
import type { StoreWriteNote } from '../../../src/sim/store/sim-store.ts';
import type { CrashInjector } from '../../../src/sim/world/crash-injector.ts';
import type { World } from '../../../src/sim/world/world.ts';
import { type CrashPoint, downMsOf, type Moment, pointText } from './crash-point.ts';

export class CrashScript implements CrashInjector {
  /** In the order in which they were sent. */
  readonly effects: Effect[] = [];
  /** The keys of each write that was begun. */
  readonly writes: (readonly string[])[] = [];
  readonly #points: Set<CrashPoint>;
  /** The number of each effect and write: the same object at each of its stages. */
  readonly #numbers = new Map<Effect | readonly string[], number>();
  #doomedFor: CrashPoint | null = null;

  constructor(points: readonly CrashPoint[]) {
    this.#points = new Set(points);
  }

  /** Points that the world did not come to. */
  get unreached(): readonly CrashPoint[] {
    return [...this.#points];
  }

  atEffect(when: CrashMoment, effect: Effect): number | null {
    if (when === 'before') {
      const number = this.effects.length;
      this.#numbers.set(effect, number);
      this.effects.push(effect);
      this.#doom('effect', number, 'sent');
      return this.#strike('effect', number, 'before');
    }
    const number = this.#numbers.get(effect) ?? -1;
    if (when === 'unacknowledged') return this.#strike('effect', number, 'unacknowledged');
    this.#doom('effect', number, 'after');
    return null;
  }

  atWrite({ stage, keys }: StoreWriteNote): number | null {
    if (stage === 'issued') {
      this.#numbers.set(keys, this.writes.length);
      this.writes.push(keys);
      return this.#strike('write', this.writes.length - 1, 'before');
    }
    const number = this.#numbers.get(keys) ?? -1;
    if (stage === 'durable') return this.#strike('write', number, 'unacknowledged');
    this.#doom('write', number, 'after');
    return null;
  }

  /** To be called after every event: kills who was to die once all that follows from it was done. */
  afterEvent(world: World): void {
    const point = this.#doomedFor;
    if (point === null) return;
    this.#doomedFor = null;
    const process = world.active;
    if (process !== null) world.crash(process, downMsOf(point), pointText(point));
  }

  #find(at: CrashPoint['at'], index: number, moment: Moment): CrashPoint | null {
    for (const point of this.#points)
      if (point.at === at && point.index === index && point.moment === moment) return point;
    return null;
  }

  #strike(at: CrashPoint['at'], index: number, moment: Moment): number | null {
    const point = this.#find(at, index, moment);
    if (point === null) return null;
    this.#points.delete(point);
    return downMsOf(point);
  }

  #doom(at: CrashPoint['at'], index: number, moment: Moment): void {
    const point = this.#find(at, index, moment);
    if (point === null) return;
    this.#points.delete(point);
    this.#doomedFor = point;
  }
}
