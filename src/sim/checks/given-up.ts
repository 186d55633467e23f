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

export class GivenUp implements Check {
  readonly #scene: Scene;
  readonly #ledger: Ledger;
  /**
   * Of containers that were found well by their engines, by who looked: when he first had the answer to a look that
   * was asked for since; until then his looks that are under way.
   */
  readonly #seen = new Map<string, Map<SimProcess, number | Set<Question>>>();

  constructor(scene: Scene, ledger: Ledger) {
    this.#scene = scene;
    this.#ledger = ledger;
  }

  afterChange(): void {
    for (const { container } of this.#scene.ours) {
      if (isFoundWell(container)) continue;
      const sights = this.#seen.get(container.id) ?? [];
      // Whoever was seen to serve has served, whatever becomes of it.
      for (const [by, seen] of sights) if (seen instanceof Set) this.#seen.get(container.id)?.delete(by);
    }
  }

  asked(question: Question, by: SimProcess): void {
    const { kind, at, object } = question;
    if (kind !== 'inspect' && kind !== 'report') return;
    for (const { host, container } of this.#scene.ours) {
      const { id, name } = container;
      if (host.id !== at || !(kind === 'report' || object === id || object === name)) continue;
      if (!isFoundWell(container)) continue;
      const sights = this.#seen.get(id) ?? new Map<SimProcess, number | Set<Question>>();
      this.#seen.set(id, sights);
      const seen = sights.get(by) ?? new Set();
      sights.set(by, seen);
      if (seen instanceof Set) seen.add(question);
    }
  }

  learnt(question: Question, by: SimProcess): void {
    for (const sights of this.#seen.values()) {
      const seen = sights.get(by);
      if (seen instanceof Set && seen.has(question)) sights.set(by, this.#scene.nowMs);
    }
  }

  /** Whether it may go, since its deployment was given up before anybody knew that it serves, or had to since `knownMs`. */
  isUnknown(place: OwnPlace, knownMs: number): boolean {
    const row = this.#ledger.service(place.service);
    if (row === null || row.stable !== null || row.rollout?.phase !== 'failed') return false;
    if (instanceIn(row, place.host.id, place.container.name)?.hasServed === true) return false;
    const { active } = this.#scene.world;
    const seen = active === null ? undefined : this.#seen.get(place.container.id)?.get(active);
    return typeof seen !== 'number' || this.#scene.nowMs - seen < knownMs;
  }
}
