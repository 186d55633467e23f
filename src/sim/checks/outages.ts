// That a source cannot be read is told once to whoever follows the events, and not at each poll (I12). What may
// be told again is a state of the repository that came later: people wait for its end, and for the next one.

import type { SaidEvent } from '../world/onlooker.ts';
import type { SimProcess } from '../world/process.ts';
import type { Check } from './check.ts';
import type { Scene } from './scene.ts';
import { Violation } from './violation.ts';

export class Outages implements Check {
  readonly #scene: Scene;
  /** By process and words: how often they were said while the repository was as it is. */
  #said = new WeakMap<SimProcess, Map<string, number>>();
  #state = '';
  /** All of one repository; as many as at the beginning, whatever is pushed to it. */
  readonly #sources: number;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#sources = scene.world.shop.isSplit === true ? 2 : 1;
    this.#state = this.#now();
  }

  afterEvent(): void {
    const state = this.#now();
    if (state === this.#state) return;
    this.#state = state;
    this.#said = new WeakMap();
  }

  said({ kind, message }: SaidEvent, process: SimProcess): void {
    if (kind !== 'source/unreadable') return;
    const said = this.#said.get(process) ?? new Map<string, number>();
    this.#said.set(process, said);
    const times = (said.get(message) ?? 0) + 1;
    said.set(message, times);
    if (times > this.#sources)
      throw new Violation('I12', `${process.name} says ${times} times of one outage: ${message}`);
  }

  /** Whether the server answers, or else whether there is anything to be read. */
  #now(): string {
    const { gitOutage, repository } = this.#scene.world;
    if (gitOutage !== null) return gitOutage.code;
    return repository.head === 'empty' || repository.head === 'deleted' ? repository.head : 'there';
  }
}
