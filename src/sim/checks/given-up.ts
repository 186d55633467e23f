// What is left of a first deployment that was given up: what has served stays, and the rest is stopped, by whatever
// was known of it. That a replica has come to serve meanwhile nobody can know before its engine finds it well, also
// by a health check of its image, and somebody has looked at it since and got an answer. Until it is written that it
// has served, no process knows it from another one.

import type { SimContainer } from '../engine/container.ts';
import type { Question } from '../link/observer.ts';
import type { SimProcess } from '../world/process.ts';
import type { Check } from './check.ts';
import { instanceIn, type Ledger } from './ledger.ts';
import type { OwnPlace, Scene } from './scene.ts';

const isFoundWell = ({ status, health }: SimContainer): boolean =>
  status === 'running' && (health === 'none' || health === 'healthy');

interface Sight {
  readonly by: SimProcess;
  readonly atMs: number;
}

export class GivenUp implements Check {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  /**
   * Of containers that were found well by their engines: who first had the answer to a look that was asked for since;
   * until then the looks that are under way.
   */
  readonly #seen = new Map<string, Sight | Set<Question>>();

  constructor(scene: Scene, ledger: Ledger) {
    this.#scene = scene;
    this.#ledger = ledger;
  }

  afterChange(): void {
    for (const { container } of this.#scene.ours) {
      const seen = this.#seen.get(container.id);
      if (!isFoundWell(container)) {
        // Whoever was seen to serve has served, whatever becomes of it.
        if (seen instanceof Set) this.#seen.delete(container.id);
      } else if (seen === undefined || (!(seen instanceof Set) && !this.#isKnown(seen)))
        this.#seen.set(container.id, new Set());
    }
  }

  asked(question: Question): void {
    const { kind, at, object } = question;
    if (kind !== 'inspect' && kind !== 'report') return;
    for (const { host, container } of this.#scene.ours) {
      const { id, name } = container;
      const seen = this.#seen.get(id);
      if (host.id !== at || !(seen instanceof Set)) continue;
      if (kind === 'report' || object === id || object === name) seen.add(question);
    }
  }

  learnt(question: Question, by: SimProcess): void {
    for (const [id, seen] of this.#seen)
      if (seen instanceof Set && seen.has(question)) this.#seen.set(id, { by, atMs: this.#scene.nowMs });
  }

  /** To the process that acts now: whoever took over from another one knows only what it has seen itself. */
  #isKnown({ by }: Sight): boolean {
    return by === this.#scene.world.active;
  }

  /** Whether it may go, since its deployment was given up before anybody knew that it serves, or had to since `knownMs`. */
  isUnknown(place: OwnPlace, knownMs: number): boolean {
    const row = this.#ledger.service(place.service);
    if (row === null || row.stable !== null || row.rollout?.phase !== 'failed') return false;
    if (instanceIn(row, place.host.id, place.container.name)?.hasServed === true) return false;
    const seen = this.#seen.get(place.container.id);
    if (seen === undefined || seen instanceof Set || !this.#isKnown(seen)) return true;
    return this.#scene.nowMs - seen.atMs < knownMs;
  }
}
