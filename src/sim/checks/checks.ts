// All checks of a world, called while it runs: with every effect, every write, every word, and after every
// event. Whatever must never be ends the world.

import type { Effect, EffectOutcome } from '../link/observer.ts';
import type { StoreWriteNote } from '../store/sim-store.ts';
import type { SimProcess } from '../world/process.ts';
import type { Onlooker, World } from '../world/world.ts';
import { Capacity } from './capacity.ts';
import type { Check } from './check.ts';
import { Content } from './content.ts';
import { Permission } from './permission.ts';
import { Scene } from './scene.ts';
import { Volumes } from './volumes.ts';

export class Checks implements Onlooker {
  readonly #scene: Scene;
  readonly #all: readonly Check[];
  #seenVersion = -1;

  constructor(world: World) {
    this.#scene = new Scene(world);
    this.#all = [
      new Permission(this.#scene),
      new Capacity(this.#scene),
      new Content(this.#scene),
      new Volumes(this.#scene),
    ];
  }

  issued(effect: Effect, process: SimProcess): void {
    for (const check of this.#all) check.issued?.(effect, process);
    this.#scene.noteOrder(effect);
  }

  landed(effect: Effect, outcome: EffectOutcome, process: SimProcess): void {
    for (const check of this.#all) check.landed?.(effect, outcome, process);
  }

  said(event: { readonly kind: string; readonly message: string }, process: SimProcess): void {
    for (const check of this.#all) check.said?.(event, process);
  }

  written(note: StoreWriteNote, process: SimProcess): void {
    for (const check of this.#all) check.written?.(note, process);
  }

  afterEvent(): void {
    const { version } = this.#scene;
    const hasChanged = version !== this.#seenVersion;
    this.#seenVersion = version;
    for (const check of this.#all) {
      check.afterEvent?.();
      if (hasChanged) check.afterChange?.();
    }
  }

  atRest(): void {
    for (const check of this.#all) check.atRest?.();
  }
}
