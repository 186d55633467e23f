// Looks on while a world runs: every effect when it is sent and when it lands, every word that is said, and
// the machines after every event. Whatever must never be ends the world.

import type { Effect, EffectOutcome } from '../link/observer.ts';
import type { SimProcess } from '../world/process.ts';
import { type Onlooker, SECRET, type World } from '../world/world.ts';
import { Capacity } from './capacity.ts';
import { mustBeDiscreet, mustBeOfOneCommit } from './content.ts';
import { Permission } from './permission.ts';
import { Scene } from './scene.ts';
import { Violation } from './violation.ts';
import { mustBeNoData, mustHaveOneWriter } from './volumes.ts';

export class Checks implements Onlooker {
  readonly #scene: Scene;
  readonly #permission: Permission;
  readonly #capacity: Capacity;
  #seenVersion = -1;

  constructor(world: World) {
    this.#scene = new Scene(world);
    this.#permission = new Permission(this.#scene);
    this.#capacity = new Capacity(this.#scene);
  }

  issued(effect: Effect, process: SimProcess): void {
    this.#permission.issued(effect, process);
    const target = this.#scene.findOwn(effect.host, effect.object);
    if (target === null) return;
    const { stopped } = this.#scene;
    if (effect.kind === 'stopContainer' || effect.kind === 'removeContainer')
      this.#capacity.mustSpare(target);
    if (effect.kind === 'stopContainer') stopped.add(target.container.id);
    if (effect.kind === 'startContainer') stopped.delete(target.container.id);
  }

  landed(effect: Effect, outcome: EffectOutcome, _process: SimProcess): void {
    if (outcome !== 'ok') return;
    if (effect.kind === 'createContainer') mustBeDiscreet(this.#scene, effect);
    if (effect.kind === 'startContainer') {
      mustBeOfOneCommit(this.#scene, effect);
      this.#capacity.mustNotBeTooMany(effect);
    }
    if (effect.kind === 'removeVolume') mustBeNoData(effect);
  }

  said(message: string, process: SimProcess): void {
    if (message.includes(SECRET)) throw new Violation('I11', `${process.name} says a password: ${message}`);
  }

  /** The machines as they are now. */
  afterEvent(): void {
    this.#permission.afterEvent();
    const { version } = this.#scene;
    if (version === this.#seenVersion) return;
    this.#seenVersion = version;
    mustHaveOneWriter(this.#scene);
    this.#capacity.afterChange();
  }
}
