// Data are never removed, and nobody writes beside another one (I6).

import type { Effect, EffectOutcome } from '../link/observer.ts';
import type { Check } from './check.ts';
import type { Scene } from './scene.ts';
import { Violation } from './violation.ts';

const isConfig = (volume: string): boolean => volume.startsWith('plimsoll.config.');

export class Volumes implements Check {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  landed({ kind, host, object }: Effect, outcome: EffectOutcome): void {
    if (kind === 'removeVolume' && outcome === 'ok' && !isConfig(object))
      throw new Violation('I6', `the volume ${object} on ${host} was removed`);
  }

  /** At most one living process writes into a volume of one name, on whatever hosts. */
  afterChange(): void {
    const writers = new Map<string, string>();
    for (const { host, container } of this.#scene.ours) {
      if (container.run === null || this.#scene.isStartedLate(container.id)) continue;
      for (const { volume, readOnly } of container.made.mounts) {
        if (readOnly || isConfig(volume)) continue;
        const other = writers.get(volume);
        const self = `${host.id}: ${container.name}`;
        if (other !== undefined) throw new Violation('I6', `${volume} has two writers: ${other} and ${self}`);
        writers.set(volume, self);
      }
    }
  }
}
