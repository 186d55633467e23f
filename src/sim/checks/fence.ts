// One at a time, and never on from where another one has been: what a process writes and sends it does under
// the lease with which it began (I9).

import type { Effect } from '../link/observer.ts';
import type { SimProcess } from '../world/process.ts';
import type { Check } from './check.ts';
import type { Written } from './ledger.ts';
import type { Scene } from './scene.ts';
import { Violation } from './violation.ts';

export class Fence implements Check {
  readonly #scene: Scene;
  /** The epoch under which each process was first seen to act. */
  readonly #epochs = new WeakMap<SimProcess, number>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  durable({ keys, process }: Written): void {
    const lease = this.#scene.world.disk.leaseNow('controller');
    if (lease?.holder !== process.name)
      throw new Violation(
        'I9',
        `${process.name} writes ${keys.join(' ')} while ${lease?.holder ?? 'nobody'} holds the lease`,
      );
    this.#mustBeTheSame(lease.epoch, process, 'writes');
  }

  issued({ kind, object }: Effect, process: SimProcess): void {
    const lease = this.#scene.world.disk.leaseNow('controller');
    if (lease?.holder === process.name) this.#mustBeTheSame(lease.epoch, process, `sends ${kind} ${object}`);
  }

  #mustBeTheSame(epoch: number, process: SimProcess, does: string): void {
    const began = this.#epochs.get(process) ?? epoch;
    this.#epochs.set(process, began);
    if (began !== epoch)
      throw new Violation('I9', `${process.name} ${does} under lease ${epoch}, and began under ${began}`);
  }
}
